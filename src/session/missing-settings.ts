/** Prompts for settings that are missing, and checks what the user types before it costs a sign-in. */
import { missingOption, typedValueFault } from '../options/settings.ts';
import type { Settings } from '../options/options.ts';
import { parseTileLink } from '../google/tile-link.ts';
import type { System } from '../ports.ts';

const LABELS = {
  region: 'AWS Region: ',
  username: 'Google username: ',
  idpId: 'Google IDP ID: ',
  spId: 'Google SP ID: ',
} as const;

const TILE = 'Paste the link of the AWS tile (right-click it in the Google apps menu).';

/** What to type, for a user who has pressed Enter only. */
const EXPLANATIONS = {
  region: 'An AWS region, like us-east-1.',
  username: 'Your e-mail address at Google, like me@example.com.',
  idpId: TILE,
  spId: TILE,
} as const;

/** A setting that can be prompted for. */
export type RequiredSetting = keyof typeof LABELS;

type Complete<Name extends RequiredSetting> = Settings & Readonly<Record<Name, string>>;

/**
 * The settings with all of `names`, prompted for in this order. The link of the AWS tile, pasted at any of these prompts, sets
 * both IDs. Throws GauthError MISSING_OPTION if one is missing and there is no terminal to prompt on, CANCELLED.
 */
export async function completeSettings<Name extends RequiredSetting>(
  settings: Settings,
  names: readonly Name[],
  { terminal, stderr, signal }: Pick<System, 'terminal' | 'stderr' | 'signal'>,
): Promise<Complete<Name>> {
  let known = settings;
  for (let note = ''; ;) {
    const name = names.find((each) => known[each] === undefined);
    if (name === undefined) break;
    if (!(await terminal.available())) throw missingOption(name);
    const answer = (await terminal.ask(note + LABELS[name], { signal })).trim();
    note = '';
    if (answer === '') {
      note = `${EXPLANATIONS[name]}\n`;
      continue;
    }
    const ids = parseTileLink(answer);
    if (ids !== undefined) {
      known = { ...known, ...ids };
      stderr.write(`IDP ID ${ids.idpId} and SP ID ${ids.spId} are taken from the link.\n`);
      continue;
    }
    const fault = typedValueFault(name, answer);
    if (fault === undefined) known = { ...known, [name]: answer };
    else note = `It ${fault}.\n`;
  }
  return { ...known, ...requireAll(known, names) };
}

function requireAll<Name extends RequiredSetting>(
  settings: Settings,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const values: Partial<Record<RequiredSetting, string>> = {};
  for (const name of names) {
    const value: string | undefined = settings[name satisfies RequiredSetting];
    if (value === undefined) throw missingOption(name);
    values[name] = value;
  }
  return values as Record<Name, string>;
}
