/** What profiles will hold, for the user to see before they are written. Pure. */
import { oneLine } from '../text.ts';

export interface PlannedProfile {
  readonly name: string;
  /** Such as `new`. */
  readonly label: string;
  readonly entries: readonly (readonly [key: string, value: string])[];
}

/** Each profile with its keys. Keys that have the same value in all profiles are shown once, at the end. */
export function profilePreview(path: string, planned: readonly PlannedProfile[]): string {
  const [first] = planned;
  const isCommon = ([key, value]: readonly [string, string]): boolean =>
    planned.length > 1 &&
    planned.every(({ entries }) => entries.some(([other, text]) => other === key && text === value));
  const lines = planned.flatMap(({ name, label, entries }) => [
    `  [profile ${oneLine(name)}]  ${label}`,
    ...entries.filter((entry) => !isCommon(entry)).map((entry) => `    ${line(entry)}`),
  ]);
  const common = first?.entries.filter(isCommon) ?? [];
  const below =
    common.length === 0 ? [] : ['  in each of them:', ...common.map((entry) => `    ${line(entry)}`)];
  return [`${oneLine(path)}:`, ...lines, ...below].map((each) => `${each}\n`).join('');
}

function line([key, value]: readonly [key: string, value: string]): string {
  return `${key} = ${oneLine(value, Infinity)}`;
}
