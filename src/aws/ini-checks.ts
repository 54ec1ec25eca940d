/** What is not written into AWS's shared files, since their readers would not read it back. */
import { GauthError } from '../errors.ts';
import { syntaxError, type Ini, lenientProfileNameOf, profileNameOf, type Section } from './ini.ts';

/** Throws GauthError BAD_OPTION, without the value, for one that would be read back as another or not at all. */
export function checkReadable(key: string, value: string, path: string): void {
  if (!/^[\w.-]+$/.test(key))
    throw new GauthError('INTERNAL', 'a key with characters that cannot be written');
  const why =
    value === ''
      ? 'is empty'
      : /[\u0000-\u001f\u007f-\u009f\u2028\u2029]|\p{Surrogate}/u.test(value)
        ? 'holds a line break or another control character'
        : value.trim() !== value
          ? 'starts or ends with a blank'
          : /(^|\s)[#;]/.test(value)
            ? 'holds what some AWS tools take for a comment (# or ; at its start or behind a blank)'
            : undefined;
  if (why === undefined) return;
  throw new GauthError('BAD_OPTION', `the value of ${key} cannot be written to ${path}: it ${why}`);
}

/** Throws GauthError FILE where botocore would read another section in the place of those that are changed, and the SDKs would not. */
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
    'is to the AWS CLI a second section of this profile, and to the SDKs none',
  );
}
