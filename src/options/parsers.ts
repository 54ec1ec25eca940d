/** How the text of an option, a variable or a profile key becomes a value. */
import { parseRoleArn, isRoleArn } from '../aws/roles.ts';
import { Secret } from '../secret.ts';

/** Throws BadValue with what would be right. */
export type Parser<Value> = (text: string) => Value;

/** A value that cannot be used. The message says what would be right, never the value, which may be a secret. */
export class BadValue extends Error {}

/** The session length limits of STS, in seconds (AssumeRoleWithSAML, DurationSeconds). */
export const MIN_DURATION = 900;
export const MAX_DURATION = 43_200;

export const text: Parser<string | undefined> = (value) => value;
export const secret: Parser<Secret | undefined> = (value) => new Secret(value);

export const booleanValue: Parser<boolean> = (value) => {
  const word = value.trim().toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new BadValue('must be true or false');
};

/** One of some words, in any case. */
export function oneOf<Word extends string>(words: readonly Word[]): Parser<Word> {
  return (value) => {
    const word = words.find((each) => each === value.trim().toLowerCase());
    if (word === undefined) throw new BadValue(`must be one of ${words.join(', ')}`);
    return word;
  };
}

/** A region as AWS writes them. Which there are, AWS knows: new ones come. */
export const regionName: Parser<string | undefined> = (value) => {
  const name = value.trim();
  if (!/^[a-z][a-z\d-]*$/i.test(name)) throw new BadValue('must be like us-east-1');
  return name;
};

/** Seconds that STS gives a session for. */
export const sessionLength: Parser<number> = (value) => {
  if (!/^\d+$/.test(value.trim())) throw new BadValue('must be a number of seconds');
  const number = Number(value);
  if (number < MIN_DURATION) throw new BadValue(`must be at least ${MIN_DURATION} seconds`);
  if (number > MAX_DURATION) throw new BadValue(`must be at most ${MAX_DURATION} seconds`);
  return number;
};

/** Words with blanks between. */
export const wordList: Parser<readonly string[]> = (value) =>
  value.split(/\s+/).filter((word) => word !== '');

/** A number of seconds in these bounds. */
export function wholeSeconds(least: number, most: number): Parser<number> {
  return (value) => {
    const number = /^\d{1,9}$/.test(value.trim()) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw new BadValue(`must be a number of seconds from ${least} to ${most}`);
  };
}

/** Digits of an account: 12 at AWS, while those of some assertions have lost what led them. */
const FEWEST_DIGITS = 9;

/** As assertions hold them, since the profile remembers a role as it was taken from one. */
export const roleArn: Parser<string | undefined> = (value) => {
  if ((parseRoleArn(value)?.account.length ?? 0) < FEWEST_DIGITS)
    throw new BadValue('must be like arn:aws:iam::111222333444:role/NAME');
  return value;
};

export const roleArns: Parser<readonly string[]> = (value) => {
  const arns = arnsOf(value);
  if (arns.every(isRoleArn)) return arns;
  throw new BadValue('must be ARNs of roles, like arn:aws:iam::111222333444:role/developer');
};

/** STS's limit (AssumeRoleWithSAML, PolicyArns). */
const MOST_POLICIES = 10;

export const policyArns: Parser<readonly string[]> = (value) => {
  const arns = arnsOf(value);
  if (arns.length > MOST_POLICIES) throw new BadValue(`must be ${MOST_POLICIES} policies at most`);
  if (arns.every((arn) => /^arn:aws[a-z-]*:iam::(aws|\d{12}):policy\/[\w+=,.@/-]+$/.test(arn))) return arns;
  throw new BadValue('must be ARNs of managed policies, like arn:aws:iam::aws:policy/ReadOnlyAccess');
};

/** ARNs with blanks between, or commas, which may also stand within a role's name. */
function arnsOf(text: string): readonly string[] {
  return text.split(/\s+|,+(?=arn:)/).filter((word) => word !== '');
}

/** A service as the console's addresses call it. */
export const serviceName: Parser<string | undefined> = (value) => {
  const name = value.trim().toLowerCase();
  if (!/^[a-z][a-z\d-]*$/.test(name)) throw new BadValue('must be a name of letters, digits and hyphens');
  return name;
};

/** What profiles are named after. */
export const nameTemplate: Parser<string> = (value) => {
  if (/\{(alias|account|role)\}/.test(value)) return profileName(value);
  throw new BadValue('must hold {alias}, {account} or {role}');
};

/** A name that can stand in a section header of AWS's files. */
export const profileName: Parser<string> = (value) => {
  if (/[\u0000-\u001f\u007f[\]]/.test(value))
    throw new BadValue('must not hold line breaks or square brackets');
  return value;
};
