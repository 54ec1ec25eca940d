/** What each exit status means, in words for the documents: the README's table and the man page. */
import type { Kind } from '../src/errors.ts';

export const KINDS: Readonly<Record<Kind, string>> = {
  internal: 'a fault of gauth',
  usage: 'the command line or the settings',
  google: 'Google said no',
  aws: 'AWS said no, or offers no such role',
  environment: 'something around gauth',
  cancelled: 'cancelled',
};
