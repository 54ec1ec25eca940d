/** Reads session policies (`--policy`, `--policy-arn`) and checks their JSON and size. Pure. */
import { GauthError } from '../errors.ts';

/** Characters of the policy and policy ARNs together (IAM and STS quotas, "Session policies"). STS also limits the packed size. */
const MAX_LENGTH = 2048;

/**
 * The policy as compact JSON in printable Latin-1, as STS requires.
 * Throws GauthError BAD_OPTION, which names the file, if it is not a policy, or too long together with the ARNs.
 */
export function readSessionPolicy(text: string, policyArns: readonly string[], path: string): string {
  const policy = parse(text, path);
  if (typeof policy !== 'object' || policy === null || !('Statement' in policy)) {
    throw badPolicy(`${path} is not a policy`, 'a policy is an object with "Version" and "Statement"');
  }
  const written = JSON.stringify(policy).replace(/[^ -\u00ff]/g, escaped);
  const length = [written, ...policyArns].reduce((sum, each) => sum + each.length, 0);
  if (length > MAX_LENGTH) {
    throw badPolicy(
      `the session policies have ${String(length)} characters, and STS accepts at most ${String(MAX_LENGTH)}`,
      'shorten the policy in the file, or make it a managed policy and pass its ARN with --policy-arn',
    );
  }
  return written;
}

function parse(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    // V8's message would quote the text, which may be a secret if the file is the wrong one.
    throw badPolicy(`${path} is not JSON`, `to find the error: python3 -m json.tool ${path}`);
  }
}

function escaped(sign: string): string {
  return `\\u${sign.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function badPolicy(message: string, hint: string): GauthError {
  return new GauthError('BAD_OPTION', message, { hints: [hint] });
}
