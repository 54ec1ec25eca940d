/** Session policies, checked before anybody is asked for a password because of them. Pure. */
import { GauthError } from '../errors.ts';

/** Characters, of policy and policy ARNs together (IAM and STS quotas, "Session policies"). STS has a further limit on its packed form. */
const LONGEST = 2048;

/**
 * The policy in as few characters as it can be written in, as STS takes it: printable Latin-1 on one line.
 * Throws GauthError BAD_OPTION, which names the file, for what is no policy or is too long with these ARNs beside it.
 */
export function readSessionPolicy(text: string, policyArns: readonly string[], path: string): string {
  const policy = parse(text, path);
  if (typeof policy !== 'object' || policy === null || !('Statement' in policy)) {
    throw bad(`${path} holds no policy`, 'a policy is an object with "Version" and "Statement"');
  }
  const written = JSON.stringify(policy).replace(/[^ -\u00ff]/g, escaped);
  const length = [written, ...policyArns].reduce((sum, each) => sum + each.length, 0);
  if (length > LONGEST) {
    throw bad(
      `the session policies have ${String(length)} characters, and STS takes ${String(LONGEST)}`,
      'shorten the policy in the file, or make it a managed policy and pass its ARN with --policy-arn',
    );
  }
  return written;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // V8's own words would quote the text, and a wrong file may hold anything.
    throw bad(`${path} is no JSON`, `find the place with: python3 -m json.tool ${path}`);
  }
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function bad(message: string, hint: string): GauthError {
  return new GauthError('BAD_OPTION', message, { hints: [hint] });
}
