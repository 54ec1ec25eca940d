/** Checks before writing to AWS's files: refuses what AWS tools would not read back. */
import { GauthError } from '../errors.ts';
import { syntaxError, type Ini, lenientProfileNameOf, profileNameOf, type Section } from './ini.ts';

/** Throws GauthError BAD_OPTION for a value that AWS tools would read differently or not at all. The error does not contain the value. */
export function checkReadable(key: string, value: string, path: string): void {
  if (!/^[\w.-]+$/.test(key))
    throw new GauthError('INTERNAL', 'a key with characters that cannot be written');
  const why =
    value === ''
      ? 'is empty'
      : /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u.test(value)
        ? 'contains a line break or another control character'
        : value.trim() !== value
          ? 'starts or ends with a space'
          : /(^|\s)[#;]/.test(value)
            ? 'contains what some AWS tools read as a comment (# or ; at the start or after a space)'
            : undefined;
  if (why === undefined) return;
  throw new GauthError('BAD_OPTION', `the value of ${key} cannot be written to ${path}: it ${why}`);
}

/** Throws GauthError FILE if botocore would read another section instead of the changed ones, and the SDKs would not. */
export function checkShadow({ sections, text, path }: Ini, group: readonly Section[], section: string): void {
  const profile = profileNameOf(section);
  const last = group.at(-1);
  if (profile === undefined || !last) return;
  const shadow = sections.find(
    ({ start, header }) => start > last.start && lenientProfileNameOf(header) === profile,
  );
  if (!shadow) return;
  throw syntaxError(
    path,
    text,
    shadow.start,
    'is a second section of this profile for the AWS CLI, but not for the SDKs',
  );
}
