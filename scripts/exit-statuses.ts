/** What each exit status means, in words for the documents and the man page. */
import type { Kind } from '../src/errors.ts';

export const KINDS: Readonly<Record<Kind, string>> = {
  internal: 'internal error',
  usage: 'wrong usage or settings',
  google: 'refused by Google',
  aws: 'refused by AWS, or no such role',
  environment: 'an error around gauth: network, files, browser, keychain',
  cancelled: 'cancelled',
};
