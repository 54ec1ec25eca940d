/** Names of accounts: the user's own, those from AWS, and saved ones. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { parseRoles } from '../../src/aws/roles.ts';
import {
  knownAccountNames,
  parseLabels,
  type AccountNameParts,
  resolveAccountNames,
} from '../../src/session/account-names.ts';
import { readAssertion, samlResponseFromText } from '../../src/saml.ts';
import type { SamlSource } from '../../src/session/saml-source.ts';
import { awsSigninEmulator } from '../emulators/aws-signin.ts';
import { iamEmulator } from '../emulators/iam.ts';
import { inMemory } from '../emulators/memory.ts';
import { fakeClock, temporaryHome } from '../fakes/system.ts';
import { organisation } from '../support/organisation.ts';

const ACCOUNTS = ['111222333444', '555666777888'];
const VALUES = ACCOUNTS.map(
  (account) => `arn:aws:iam::${account}:role/admin,arn:aws:iam::${account}:saml-provider/GoogleApps`,
);
const ROLES = parseRoles(VALUES);

/** AWS's sign-in page knows the first account's name, IAM that of the second. */
async function world() {
  const org = organisation({ sts: { roles: ROLES.map(({ roleArn: arn }) => ({ arn })) } });
  const signin = awsSigninEmulator({ issuer: org.issuer, aliases: { '111222333444': 'prod' } });
  const iam = iamEmulator({ sts: org.sts, aliases: { '555666777888': 'sandbox' } });
  const http = inMemory({ ...org.hosts, ...signin.hosts, ...iam.hosts });
  const response = samlResponseFromText(org.issuer.issue({ roles: VALUES }));
  const source: SamlSource = { kind: 'new', response, assertion: await readAssertion(response) };
  const home = temporaryHome();
  const lines: string[] = [];
  const note = (line: string): void => void lines.push(line);
  const parts: AccountNameParts = {
    system: {
      http,
      env: {},
      home,
      platform: 'linux',
      clock: fakeClock(),
      signal: new AbortController().signal,
    },
    log: { debug: note, info: note, warn: note },
    files: { config: join(home, 'config'), credentials: join(home, 'credentials') },
  };
  return { http, iam, parts, source, home, lines };
}

describe('resolveNames', () => {
  it('uses the page, then IAM, and saves the names of both', async () => {
    const { parts, source, iam } = await world();
    expect([...(await resolveAccountNames(ROLES, source, undefined, parts))]).toEqual([
      ['111222333444', 'prod'],
      ['555666777888', 'sandbox'],
    ]);
    expect(iam.accounts).toEqual(['555666777888']);
    expect([...(await knownAccountNames(parts))]).toEqual([
      ['111222333444', 'prod'],
      ['555666777888', 'sandbox'],
    ]);
  });

  it('does not ask IAM again for a saved name', async () => {
    const { parts, source, iam } = await world();
    await resolveAccountNames(ROLES, source, undefined, parts);
    expect((await resolveAccountNames(ROLES, source, undefined, parts)).get('555666777888')).toBe('sandbox');
    expect(iam.accounts).toHaveLength(1);
  });

  it('does not ask IAM if only the page is wanted', async () => {
    const { parts, source, iam } = await world();
    const names = await resolveAccountNames(ROLES, source, undefined, { ...parts, onlyPage: true });
    expect([...names]).toEqual([['111222333444', 'prod']]);
    expect(iam.accounts).toEqual([]);
  });

  it("puts the user's labels first, and does not ask IAM for them", async () => {
    const { parts, source, home, iam } = await world();
    mkdirSync(join(home, 'gauth'));
    writeFileSync(join(home, 'gauth/accounts'), '555666777888 mine\n111222333444 also mine\n');
    expect([...(await resolveAccountNames(ROLES, source, undefined, parts)).values()].toSorted()).toEqual([
      'also mine',
      'mine',
    ]);
    expect(iam.accounts).toEqual([]);
  });

  it('returns the names even if they cannot be saved', async () => {
    const { parts, source, home, lines } = await world();
    writeFileSync(join(home, 'gauth'), 'a file where the folder should be');
    expect((await resolveAccountNames(ROLES, source, undefined, parts)).get('111222333444')).toBe('prod');
    expect(lines.join('\n')).toContain('account names are not cached: ');
    expect(readFileSync(join(home, 'gauth'), 'utf8')).toBe('a file where the folder should be');
  });
});

test.each([
  ['111222333444 production', [['111222333444', 'production']]],
  ['  111222333444\tthe data team # theirs\r\n', [['111222333444', 'the data team']]],
  ['# 111222333444 production', []],
  ['111222333444', []],
  ['111222333444 # nothing', []],
  ['12345 short', []],
  ['1112223334445 long', []],
  ['111222333444 a\n111222333444 b', [['111222333444', 'b']]],
  ['111222333444 \u001b[31mred', [['111222333444', '[31mred']]],
])('labels are read line by line: %j', (text, labels) => {
  expect([...parseLabels(text)]).toEqual(labels);
});
