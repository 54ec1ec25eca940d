/** `aws_session_expiration` in the credentials file. Small, because the launcher loads it. Pure. */

/** The time in the format of aws-google-auth, `2030-01-02T03:04:05+0000`, or in ISO 8601; undefined if it is neither. */
export function expirationFrom(text: string | undefined): Date | undefined {
  const time = Date.parse(text?.replace(/([+-]\d\d)(\d\d)$/, '$1:$2') ?? '');
  return Number.isNaN(time) ? undefined : new Date(time);
}

/** The expiration of a profile's credentials in the text of the credentials file; undefined if there is none. */
export function expirationInFile(text: string, profile: string): Date | undefined {
  let isInside = false;
  let found: string | undefined;
  for (const line of text.split(/\r?\n/)) {
    const header = /^\s*\[([^\]]*)\]/.exec(line)?.[1];
    if (header !== undefined) isInside = header.trim() === profile;
    else if (isInside) found = /^aws_session_expiration\s*=\s*(.*?)\s*$/.exec(line)?.[1] ?? found;
  }
  return expirationFrom(found);
}
