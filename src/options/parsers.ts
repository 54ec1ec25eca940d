/** Parsers of option values, from flags, variables and profile keys. */
import { isRegionLike } from '../aws/partition.ts';
import { parseRoleArn, isRoleArn } from '../aws/roles.ts';
import { Secret } from '../secret.ts';

/** Throws BadValue. */
export type Parser<Value> = (text: string) => Value;

/** An invalid value. The message says what is valid, and never contains the value, which may be a secret. */
export class BadValue extends Error {}

/** The session length limits of STS, in seconds (AssumeRoleWithSAML, DurationSeconds). */
const MIN_DURATION = 900;
export const MAX_DURATION = 43_200;

export const text: Parser<string | undefined> = (value) => value;
export const secret: Parser<Secret | undefined> = (value) => new Secret(value);

export const booleanValue: Parser<boolean> = (value) => {
  const word = value.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new BadValue('must be true or false');
};

/** One of the given words, in any case. */
export function oneOf<Word extends string>(words: readonly Word[]): Parser<Word> {
  return (value) => {
    const word = words.find((each) => each === value.trim().toLowerCase());
    if (word === undefined) throw new BadValue(`must be one of ${words.join(', ')}`);
    return word;
  };
}

/** A name in the form of an AWS region. It may be a region newer than this program. */
export const regionName: Parser<string | undefined> = (value) => {
  const name = value.trim();
  if (!/^[a-z][a-z\d-]*$/i.test(name)) throw new BadValue('must be like us-east-1');
  return name;
};

/**
 * What users type at prompts is checked more strictly than flags and profiles, which other tools may have accepted: a mistake
 * would show only after a whole sign-in.
 */
export const typedRegion: Parser<string | undefined> = (value) => {
  if (!isRegionLike(value)) throw new BadValue('must be like us-east-1');
  return value;
};

export const typedEmail: Parser<string | undefined> = (value) => {
  if (!/^[^\s@<>]+@[^\s@<>]+\.[^\s@<>]+$/.test(value))
    throw new BadValue('must be an e-mail address, like me@example.com');
  return value;
};

export const typedIdpId: Parser<string | undefined> = (value) => {
  if (!/^C[a-z\d]+$/i.test(value))
    throw new BadValue('must be like C01abc2de (idpid); you can also paste the link of the AWS tile');
  return value;
};

export const typedSpId: Parser<string | undefined> = (value) => {
  if (!/^\d+$/.test(value))
    throw new BadValue('must be a number (spid); you can also paste the link of the AWS tile');
  return value;
};

/** A session duration that STS accepts, in seconds. */
export const sessionLength: Parser<number> = (value) => {
  const number = secondsOf(value);
  if (number === undefined) throw new BadValue(`must be ${A_TIME}`);
  if (number < MIN_DURATION) throw new BadValue(`must be at least ${MIN_DURATION} seconds`);
  if (number > MAX_DURATION) throw new BadValue(`must be at most ${MAX_DURATION} seconds`);
  return number;
};

/** Words separated by white space. */
export const wordList: Parser<readonly string[]> = (value) =>
  value.split(/\s+/).filter((word) => word !== '');

const A_TIME = 'a number of seconds, or a time like 90m, 8h or 1h30m';

/** Seconds from `3600`, `45s`, `90m`, `8h` or `1h30m`; undefined for anything else. */
function secondsOf(text: string): number | undefined {
  const value = text.trim().toLowerCase();
  if (/^\d+$/.test(value)) return Number(value);
  const [all, hours = 0, minutes = 0, seconds = 0] =
    /^(?:(\d{1,4})h)?(?:(\d{1,5})m)?(?:(\d{1,6})s)?$/.exec(value) ?? [];
  if (all === undefined || all === '') return undefined;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
}

/** A time within these limits, in seconds. */
export function wholeSeconds(least: number, most: number): Parser<number> {
  return (value) => {
    const number = secondsOf(value) ?? NaN;
    if (number >= least && number <= most) return number;
    throw new BadValue(`must be ${A_TIME}, from ${least} to ${most} seconds`);
  };
}

/** Digits of an account ID: 12 at AWS, but some assertions omit leading zeros. */
const MIN_ACCOUNT_DIGITS = 9;

/** A role ARN in the form that assertions have, because the profile saves the role of an assertion. */
export const roleArn: Parser<string | undefined> = (value) => {
  if ((parseRoleArn(value)?.account.length ?? 0) < MIN_ACCOUNT_DIGITS)
    throw new BadValue('must be like arn:aws:iam::111222333444:role/NAME');
  return value;
};

export const roleArns: Parser<readonly string[]> = (value) => {
  const arns = arnsOf(value);
  if (arns.every(isRoleArn)) return arns;
  throw new BadValue('must be ARNs of roles, like arn:aws:iam::111222333444:role/developer');
};

/** The limit of STS (AssumeRoleWithSAML, PolicyArns). */
const MAX_POLICIES = 10;

export const policyArns: Parser<readonly string[]> = (value) => {
  const arns = arnsOf(value);
  if (arns.length > MAX_POLICIES) throw new BadValue(`must be at most ${MAX_POLICIES} policies`);
  if (arns.every((arn) => /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/.test(arn))) return arns;
  throw new BadValue('must be ARNs of managed policies, like arn:aws:iam::aws:policy/ReadOnlyAccess');
};

/** Account IDs, separated by white space or commas. */
export const accountIds: Parser<readonly string[]> = (value) => {
  const ids = value.split(/[\s,]+/).filter((word) => word !== '');
  if (ids.every((id) => /^\d{12}$/.test(id))) return ids;
  throw new BadValue('must be account IDs of 12 digits, like 111222333444');
};

/** ARNs separated by white space or commas; a role name may contain commas too. */
function arnsOf(text: string): readonly string[] {
  return text.split(/\s+|,+(?=arn:)/).filter((word) => word !== '');
}

/** A service name as in the URLs of the console. */
export const serviceName: Parser<string | undefined> = (value) => {
  const name = value.trim().toLowerCase();
  if (!/^[a-z][a-z\d-]*$/.test(name)) throw new BadValue('must be a name of letters, digits and hyphens');
  return name;
};

/** A template for profile names. */
export const nameTemplate: Parser<string> = (value) => {
  if (/\{(alias|account|role)\}/.test(value)) return profileName(value);
  throw new BadValue('must contain {alias}, {account} or {role}');
};

/** A name that is valid in a section header of AWS's files. */
export const profileName: Parser<string> = (value) => {
  if (/[\u0000-\u001f\u007f[\]]/.test(value))
    throw new BadValue('must not contain line breaks or square brackets');
  return value;
};
