/** Every command line of gauth in the documents, run against the emulators. */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { main } from '../src/main.ts';
import type { Terminal } from '../src/ports.ts';
import { Secret } from '../src/secret.ts';
import { awsSigninEmulator } from './emulators/aws-signin.ts';
import { inMemory } from './emulators/memory.ts';
import { fakeBrowser } from './fakes/browser.ts';
import { fakeSystem, temporaryHome } from './fakes/system.ts';
import { DEVELOPER, FLAGS, organisation, PROVIDER, ROLE, USER } from './support/organisation.ts';

const root = join(import.meta.dirname, '..');

/** The words of a command line, as a POSIX shell splits them; undefined if it is more than a plain command of gauth. */
function wordsOf(line: string): readonly string[] | undefined {
  const words = [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare ?? '',
  );
  return words[0] === 'gauth' ? words.slice(1) : undefined;
}

interface DocumentedCommand {
  readonly file: string;
  readonly line: string;
  readonly argv: readonly string[];
}

/** Each command line in the code blocks of a document, also those within `eval "$(...)"` and before a pipe. */
function commandsIn(file: string): readonly DocumentedCommand[] {
  const text = readFileSync(join(root, file), 'utf8');
  const blocks = [...text.matchAll(/^```\w*\n(.*?)^```/gms)].flatMap(([, block = '']) => block.split('\n'));
  return blocks.flatMap((raw) => {
    const line = raw
      .replace(/(^|\s)#.*$/, '')
      .replace(/^\$ /, '')
      .trim();
    const inner = /\$\((gauth [^)]*)\)/.exec(line)?.[1] ?? line;
    return inner.split(/\s+(?:\|\|?|>)\s+|\s+>\s*\S+/).flatMap((part) => {
      const argv = wordsOf(part.trim());
      return argv === undefined || argv.includes('──') ? [] : [{ file, line: part.trim(), argv }];
    });
  });
}

const FILES = [
  'README.md',
  ...readdirSync(join(root, 'docs'))
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];
const COMMANDS = [...new Map(FILES.flatMap(commandsIn).map((each) => [each.argv.join(' '), each])).values()];

const OTHER = 'arn:aws:iam::111222333444:role/other';
const org = organisation({
  user: { roles: [ROLE, OTHER].map((role) => `${role},${PROVIDER}`) },
  sts: {
    roles: [{ arn: ROLE, maxDuration: 43_200 }, { arn: OTHER }, { arn: DEVELOPER, assumableBy: [ROLE] }],
  },
});
const signin = awsSigninEmulator({ issuer: org.issuer, keys: org.sts.keys });
const http = inMemory({ ...org.hosts, ...signin.hosts });

function samlResponse(): string {
  return org.issuer.issue({ roles: [`${ROLE},${PROVIDER}`], roleSessionName: USER.email });
}

/** A user who answers whatever is asked. */
const willing: Terminal = {
  available: () => Promise.resolve(true),
  ask: (label) => Promise.resolve(answerTo(label)),
  askSecret: () => Promise.resolve(new Secret(USER.password)),
  paste: () => Promise.resolve(new Secret(samlResponse())),
  choose: (_label, choices) => {
    const [first] = choices.filter(({ disabled }) => disabled === undefined);
    if (first === undefined) throw new Error('nothing can be chosen');
    return Promise.resolve(first.value);
  },
  chooseSeveral: (_label, choices) => Promise.resolve(choices.slice(0, 1).map(({ value }) => value)),
  largeDigitColumns: () => Promise.resolve(0),
  picture: () => Promise.resolve(false),
};

const ANSWERS: readonly (readonly [question: RegExp, answer: string])[] = [
  [/\[[yY]\/[nN]\]/, 'y'],
  [/^AWS Region/, 'us-east-1'],
  [/^Google username/, USER.email],
  [/^Link of the AWS tile/, 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111'],
  [/^Google IDP ID/, 'C01abc2de'],
  [/^Google SP ID/, '000111000111'],
];

function answerTo(label: string): string {
  const found = ANSWERS.find(([question]) => question.test(label));
  if (found === undefined) throw new Error(`nobody can answer "${label}"`);
  return found[1];
}

/** Runs a command line in this home; whatever it starts succeeds. */
async function run(argv: readonly string[], home: string): Promise<{ status: number; text: string }> {
  const stop = new AbortController();
  const isServer = argv[0] === 'serve';
  const system = fakeSystem({
    home,
    http,
    dialogue: [],
    signal: stop.signal,
    // A server runs until Ctrl-C.
    onOutput: () => {
      if (isServer) stop.abort();
    },
    commands: { 'op item get Google --otp': { stdout: '123456\n' } },
    browser: fakeBrowser({
      onVisit: (page) => page.posts('https://signin.aws.amazon.com/saml', { SAMLResponse: samlResponse() }),
    }),
    programs: {
      execute: () => Promise.resolve({ kind: 'ended', status: 0 }),
      browse: () => Promise.resolve(true),
      ancestors: () => Promise.resolve(['bash']),
    },
  });
  const status = await main(argv, { ...system, terminal: willing });
  return { status, text: system.err() };
}

let prepared: string;

/** A user who has signed in with the profiles that the documents name, and has the files that they name. */
beforeAll(async () => {
  prepared = mkdtempSync(join(tmpdir(), 'gauth-docs-'));
  for (const name of ['sts-temp', 'prod', 'test', 'dev', 'NAME-FROM-THE-LIST']) {
    const { status, text } = await run([...FLAGS.slice(0, -1), name, '-r', ROLE], prepared);
    expect(status, text).toBe(0);
  }
  writeFileSync(
    join(prepared, 'read-one-bucket.json'),
    '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}]}',
  );
  mkdirSync(join(prepared, 'gauth-flow-20260102T030405Z'));
  writeFileSync(join(prepared, 'gauth-flow-20260102T030405Z', '01.html'), '<title>x</title>');
});
afterAll(() => {
  rmSync(prepared, { recursive: true });
});

describe('the command lines of the documents', () => {
  it('are many', () => {
    expect(COMMANDS.length).toBeGreaterThan(50);
  });

  it.each(COMMANDS.map(({ line, file, argv }) => [line, file, argv] as const))(
    '%s (%s)',
    async (line, _file, argv) => {
      const home = temporaryHome();
      cpSync(prepared, home, { recursive: true });
      // The new name must be free.
      if (line.includes('rename')) await run(['profiles', 'remove', '--yes', 'prod'], home);
      const own = argv[0] === 'use' ? [...argv, '--shell', 'bash'] : argv;
      const withLink = own.map((word) => word.replace('idpid=...', 'idpid=C01abc2de&spid=000111000111'));
      const { status, text } = await run(withLink, home);
      // gauth doctor finds something to note in every made-up home.
      expect(argv[0] === 'doctor' ? [0, 5] : [0], text).toContain(status);
      expect(text).not.toMatch(/\((?:BAD_OPTION|INTERNAL)\)/);
    },
  );
});
