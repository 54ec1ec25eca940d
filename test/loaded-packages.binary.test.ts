/** Which packages each command loads: those that the run uses, and no others. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Metafile } from 'esbuild';
import { type Binary, binary } from './support/binary.ts';
import { ROLE, USER } from './support/organisation.ts';

const root = join(import.meta.dirname, '..');
const PRELOAD = join(import.meta.dirname, 'fixtures', 'loaded-files.cjs');
const SIGN_IN = ['-u', USER.email, '-I', 'C01abc2de', '-S', '000111000111', '-R', 'us-east-1', '-r', ROLE];

/** Packages by the one that gauth asks for them. */
const PARTS: Readonly<Record<string, RegExp>> = {
  commander: /^commander$/,
  axios: /^axios$/,
  'https-proxy-agent': /^https-proxy-agent$/,
  'tough-cookie': /^(tough-cookie|tldts)$/,
  cheerio: /^(cheerio|htmlparser2|parse5)/,
  xmldom: /^(@xmldom\/xmldom|xpath)$/,
  "the SDK's protocol": /^@aws-sdk\/xml-builder$/,
  "the SDK's client": /^(@aws-sdk\/signature-v4-multi-region|@aws-sdk\/credential-provider-node)$/,
  '@inquirer/core': /^@inquirer\//,
  '@smithy/signature-v4': /^@smithy\/signature-v4$/,
  'cross-spawn': /^cross-spawn$/,
  'jpeg-js': /^jpeg-js$/,
};

/** The files of the program that a run has loaded, less `bin/gauth.js`. */
interface Loaded {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

function loadedOf(list: string): Loaded {
  const { outputs } = JSON.parse(readFileSync(join(root, 'dist', 'meta.json'), 'utf8')) as Metafile;
  const dist = join(root, 'dist');
  const files = list.split('\n').filter((file) => file.startsWith(dist));
  const names = files.flatMap((file) =>
    Object.keys(outputs[`dist/${basename(file)}`]?.inputs ?? {}).flatMap(
      (input) => /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? [],
    ),
  );
  const packages = Object.keys(PARTS).filter((part) => names.some((name) => PARTS[part]?.test(name)));
  return { files: files.map((file) => basename(file)), packages };
}

async function run(setup: Binary, args: readonly string[], input = ''): Promise<Loaded> {
  const list = join(setup.home, 'loaded');
  const env = { NODE_OPTIONS: `--require=${PRELOAD}`, LOADED_FILES: list, GAUTH_KEEP_SESSION: 'file' };
  const result = await setup.alone(args, { input, env });
  expect(result.status, result.err).toBe(0);
  return loadedOf(readFileSync(list, 'utf8'));
}

/** After a sign-in that saved everything. */
async function signedIn(): Promise<Binary> {
  const setup = await binary();
  await run(setup, [...SIGN_IN, '-p', 'sts-temp'], `${USER.password}\n`);
  return setup;
}

const NETWORK = ['commander', 'axios', 'https-proxy-agent', 'tough-cookie'];

describe('the packages that a command loads', () => {
  it.each([
    ['--version'],
    ['--help'],
    ['login', '--help'],
    ['credential-process', '-p', 'sts-temp'],
    ['status', '--short', '-p', 'sts-temp'],
  ])('gauth %s: only the launcher', async (...args) => {
    const setup = await signedIn();
    expect((await run(setup, args)).files).toEqual(['launcher.cjs']);
  });

  it.each([
    ['status'],
    ['settings', '-p', 'sts-temp'],
    ['profiles'],
    ['env', '-p', 'sts-temp'],
    ['exec', '-p', 'sts-temp', '--', 'true'],
    ['shell', 'bash'],
    ['logout', '-p', 'sts-temp'],
  ])('gauth %s: commander', async (...args) => {
    const setup = await signedIn();
    expect((await run(setup, args)).packages).toEqual(['commander']);
  });

  it('gauth completion: commander', async () => {
    const setup = await signedIn();
    expect((await run(setup, ['completion', 'bash', '--', 'gauth', 'st'])).packages).toEqual(['commander']);
  });

  it('a sign-in with a password: no XML parser, no client of the SDK, no list', async () => {
    const setup = await binary();
    const { packages } = await run(setup, [...SIGN_IN, '-p', 'sts-temp'], `${USER.password}\n`);
    expect(packages).toEqual([...NETWORK, 'cheerio', "the SDK's protocol"]);
  });

  it('a renewal with a saved Google session: no HTML parser either', async () => {
    const setup = await signedIn();
    const { packages } = await run(setup, ['-p', 'sts-temp', '--no-cache']);
    expect(packages).toEqual([...NETWORK, "the SDK's protocol"]);
  });

  it('a response that is not plain: the XML parser', async () => {
    const setup = await binary();
    const given = setup.world.issuer.issue({
      roles: [`${ROLE},arn:aws:iam::111222333444:saml-provider/GoogleApps`],
      // A character reference that the reader of plain XML leaves to the parser.
      roleSessionName: 'me@example.com😀',
    });
    const { packages } = await run(
      setup,
      [...SIGN_IN, '-p', 'sts-temp', '--saml-assertion', '-'],
      Buffer.from(given, 'base64').toString(),
    );
    expect(packages).toEqual(['commander', 'axios', 'https-proxy-agent', 'xmldom', "the SDK's protocol"]);
  });

  it('a list of roles: what draws it', async () => {
    const other = 'arn:aws:iam::111222333444:role/admin';
    const roles = [ROLE, other].map((arn) => `${arn},arn:aws:iam::111222333444:saml-provider/GoogleApps`);
    const setup = await binary({ user: { roles }, sts: { roles: [ROLE, other].map((arn) => ({ arn })) } });
    const list = join(setup.home, 'loaded');
    const args = [...SIGN_IN.slice(0, -2), '-p', 'sts-temp'];
    const terminal = setup.inTerminal(args, {
      env: { NODE_OPTIONS: `--require=${PRELOAD}`, LOADED_FILES: list },
    });
    await terminal.waitFor('Google Password:');
    terminal.type(`${USER.password}\r`);
    await terminal.waitFor('Choose the role to assume:');
    terminal.press('enter');
    expect((await terminal.exit()).code).toBe(0);
    expect(loadedOf(readFileSync(list, 'utf8')).packages).toEqual([
      ...NETWORK,
      'cheerio',
      "the SDK's protocol",
      '@inquirer/core',
    ]);
  });

  it('a chained role: the client of the SDK, which signs', async () => {
    const setup = await binary({
      sts: {
        roles: [{ arn: ROLE }, { arn: 'arn:aws:iam::555666777888:role/deploy', assumableBy: [ROLE] }],
      },
    });
    const chain = ['--chain', 'arn:aws:iam::555666777888:role/deploy'];
    const { packages } = await run(setup, [...SIGN_IN, '-p', 'deploy', ...chain], `${USER.password}\n`);
    expect(packages).toEqual([
      ...NETWORK,
      'cheerio',
      "the SDK's protocol",
      "the SDK's client",
      '@smithy/signature-v4',
    ]);
  });
});

it('a profile file of another tool is enough for the list of profiles', async () => {
  const setup = await binary();
  mkdirSync(join(setup.home, '.aws'), { recursive: true });
  writeFileSync(join(setup.home, '.aws', 'config'), '[profile other]\nregion = us-east-1\n');
  expect((await run(setup, ['profiles'])).packages).toEqual(['commander']);
});
