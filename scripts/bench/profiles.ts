/** Files with 10,000 profiles, as aws-google-auth and people write them. */

/** How many profiles they have. */
export const PROFILES = 10_000;

/** The text of one of AWS's two files with `PROFILES` profiles. */
export function manyProfiles(file: 'config' | 'credentials'): string {
  const profile = file === 'config' ? configProfile : credentialsProfile;
  return Array.from({ length: PROFILES }, (_, index) => profile(index)).join('');
}

/** With what people add: a comment and a nested block. */
function configProfile(index: number): string {
  return `# the account of team ${String(index)}
[profile team-${String(index)}.dev]
region = us-east-1
google_config.ask_role = False
google_config.keyring = False
google_config.duration = 3600
google_config.google_idp_id = C01
google_config.role_arn = arn:aws:iam::111222333444:role/saml-init
google_config.google_sp_id = 000111
google_config.u2f_disabled = False
google_config.google_username = me@example.com
google_config.bg_response = None
s3 =
    max_concurrent_requests = 20

`;
}

function credentialsProfile(index: number): string {
  return `[team-${String(index)}.dev]
aws_access_key_id = ASIA000000000EXAMPLE
aws_secret_access_key = ${'x'.repeat(40)}
aws_session_token = ${'x'.repeat(400)}
aws_security_token = ${'x'.repeat(400)}

`;
}
