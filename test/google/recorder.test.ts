/** Recorded sign-ins: their contents, permissions, and replay. */
import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { inMemory } from '../emulators/memory.ts';
import { html } from '../emulators/respond.ts';
import { withFaults } from '../emulators/faults.ts';
import { fakeClock, temporaryHome } from '../fakes/system.ts';
import { type Line, STOP } from '../fakes/terminal.ts';
import {
  FLAGS,
  type Organisation,
  type OrganisationOptions,
  USER,
  organisation,
} from '../support/organisation.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';

const PASSWORD: Line = [/^Google Password: $/, USER.password];
const TOTP: OrganisationOptions = {
  user: { dialect: 'v3', challenges: [{ methods: [{ kind: 'totp', code: '135790' }] }] },
};
const UNKNOWN_PAGE = { kind: 'unknown-page' } as const;

/** Google shows an unknown page once the password is there. */
function withUnknownPage(): Organisation {
  const world = organisation();
  const handle = withFaults(world.google.handle, [
    { trouble: UNKNOWN_PAGE, at: ({ body }) => String(body).includes('Passwd') },
  ]);
  return { ...world, http: inMemory({ ...world.hosts, 'accounts.google.com': handle }) };
}

function recordedFiles({ files }: ScenarioResult): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(files).filter(([path]) => path.startsWith('gauth-')));
}

describe('--save-saml-flow', () => {
  it('writes every exchange, with the pages in files, for the owner only and without secrets', async () => {
    const result = await runScenario(organisation(TOTP), [...FLAGS, '--save-saml-flow'], {
      dialogue: [PASSWORD, [/^MFA token: $/, '135790']],
    });
    expect(result.status, result.err).toBe(0);
    const files = recordedFiles(result);
    const folder = Object.keys(files)[0]!.split('/')[0]!;
    expect(folder).toMatch(/^gauth-flow-\d{8}T\d{6}Z$/);
    expect(result.err).toContain(
      `Recorded the sign-in, with secrets removed: ${join(result.home, folder)}\n`,
    );
    expect(statSync(join(result.home, folder)).mode & 0o777).toBe(0o700);
    for (const path of Object.keys(files)) expect(statSync(join(result.home, path)).mode & 0o777).toBe(0o600);

    const { exchanges } = JSON.parse(files[`${folder}/index.json`]!);
    expect(
      exchanges.map((each: { kind?: string; status: number; step?: string }) => [
        each.status,
        each.kind,
        each.step,
      ]),
    ).toEqual([
      [302, undefined, undefined],
      [200, 'identifier', 'submit'],
      [200, 'password', 'ask'],
      [302, undefined, undefined],
      [200, 'code', 'ask'],
      [302, undefined, undefined],
      [200, 'assertion', 'done'],
    ]);
    const all = Object.values(files).join('\n');
    for (const secret of [USER.email, USER.password, '135790', 'correct']) expect(all).not.toContain(secret);
    expect(all).toContain('C01abc2de');
    expect(files[`${folder}/03-request.txt`]).toMatch(
      /^POST https:.*\n[\s\S]*cookie: .*=redacted[\s\S]*\nidentifier=user@example.com\n/,
    );
    expect(files[`${folder}/05-page.html`]).toContain('name="Pin"');
  });

  it('also removes the IDs with --redact-ids', async () => {
    const result = await runScenario(organisation(), [...FLAGS, '--save-saml-flow', '--redact-ids'], {
      dialogue: [PASSWORD],
    });
    const all = Object.values(recordedFiles(result)).join('\n');
    expect(all).toContain('idpid');
    expect(all).not.toMatch(/C01abc2de|000111000111/);
  });

  it('is replayed unchanged', async () => {
    const home = temporaryHome();
    const result = await runScenario(organisation(TOTP), [...FLAGS, '--save-saml-flow'], {
      home,
      dialogue: [PASSWORD, [/^MFA token: $/, '135790']],
    });
    const folder = Object.keys(recordedFiles(result))[0]!.split('/')[0]!;
    const replayed = await runScenario(organisation(), ['replay', folder], { home });
    expect(replayed.status, replayed.err).toBe(0);
    expect(replayed.out.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['PAGE', 'STATUS', 'KIND', 'ABOUT', 'FIELDS', 'NEXT'],
      [
        '02-page.html',
        '200',
        'identifier',
        'v3',
        expect.stringContaining('identifier hiddenPassword'),
        'post to /v3/signin/identifier',
      ],
      [
        '03-page.html',
        '200',
        'password',
        'v3',
        expect.stringContaining('Passwd'),
        'ask for password, post to /v3/signin/challenge/pwd',
      ],
      [
        '05-page.html',
        '200',
        'code',
        'totp',
        expect.stringContaining('Pin TrustDevice'),
        'ask for code, post to /v3/signin/challenge/totp',
      ],
      ['07-page.html', '200', 'assertion', 'done'],
      [''],
    ]);
  });

  it('prints a message if nothing can be written, and does not fail the sign-in', async () => {
    const folder = join(temporaryHome(), 'gone');
    const result = await runScenario(organisation(), [...FLAGS, '--save-saml-flow', '--save-failure-html'], {
      folder,
      dialogue: [PASSWORD],
    });
    expect(result.status).toBe(0);
    expect(result.err.match(/recording of the sign-in stopped/g)).toHaveLength(1);
  });
});

it('writes no password, although it looks like an address', async () => {
  const password = 'https://corr3ct/horse';
  const result = await runScenario(organisation({ user: { password } }), [...FLAGS, '--save-saml-flow'], {
    dialogue: [[/^Google Password: $/, password]],
  });
  expect(result.status, result.err).toBe(0);
  const all = Object.values(recordedFiles(result)).join('\n');
  expect(all).toContain('Passwd=redacted');
  expect(all).not.toMatch(/corr3ct|horse/);
});

describe('case 47: an unknown page', () => {
  it('suggests --save-failure-html if it is off', async () => {
    const result = await runScenario(withUnknownPage(), FLAGS, { dialogue: [PASSWORD, STOP] });
    expect(result.status).toBe(3);
    expect(result.err).toMatch(
      /\(PAGE_UNRECOGNISED\)\n {2}run again with '--save-failure-html' and report the saved page/,
    );
    expect(recordedFiles(result)).toEqual({});
  });

  it('names the saved page if it is on', async () => {
    const result = await runScenario(withUnknownPage(), [...FLAGS, '--save-failure-html'], {
      dialogue: [PASSWORD, STOP],
    });
    const [[path, page] = ['', '']] = Object.entries(recordedFiles(result));
    expect(path).toMatch(/^gauth-failure-\d{8}T\d{6}Z\.html$/);
    expect(page).toContain('name="guess"');
    expect(statSync(join(result.home, path)).mode & 0o777).toBe(0o600);
    expect(result.status).toBe(3);
    expect(result.err).toContain(`Saved the page, with secrets removed: ${join(result.home, path)}\n`);
    expect(result.err).toMatch(/\(PAGE_UNRECOGNISED\)\n {2}check .*gauth-failure-.*, then report it\n/);
    expect(result.err).not.toContain("'--save-failure-html'");
  });

  it('saves a second one within the same second beside the first', async () => {
    const argv = [...FLAGS, '--save-failure-html'];
    const clock = fakeClock();
    const { home } = await runScenario(withUnknownPage(), argv, { clock, dialogue: [PASSWORD, STOP] });
    const result = await runScenario(withUnknownPage(), argv, { home, clock, dialogue: [PASSWORD, STOP] });
    const names = Object.keys(recordedFiles(result)).sort();
    const [, first = ''] = names;
    expect(names).toEqual([first.replace('.html', '-2.html'), first]);
  });

  it('also saves the page of a known refusal, but none after a cancellation or a success', async () => {
    const saves = async (options: OrganisationOptions, line: Line[]): Promise<number> => {
      const result = await runScenario(organisation(options), [...FLAGS, '--save-failure-html'], {
        dialogue: line,
      });
      return Object.keys(recordedFiles(result)).length;
    };
    expect(await saves({ user: { speedbumps: ['changepassword'] } }, [PASSWORD, STOP])).toBe(1);
    expect(await saves({}, [[/Password/, 'ctrl-c']])).toBe(0);
    expect(await saves({}, [PASSWORD])).toBe(0);
  });
});

describe('gauth replay', () => {
  it('reads a single page, and reports what it cannot read', async () => {
    const world = organisation();
    const page = html('<title>\u001b[31mA riddle\u202e</title><p jsname="VdSJob">');
    const home = temporaryHome();
    writeFileSync(join(home, 'page.html'), page.body);
    mkdirSync(join(home, 'empty'));
    const replay = async (...paths: string[]) => {
      const { status, out, err } = await runScenario(world, ['replay', ...paths], { home });
      return { status, out, err };
    };
    expect(await replay('page.html')).toMatchObject({
      status: 0,
      out: expect.stringMatching(
        /^PAGE .*\npage\.html {2}200 {5}unrecognised {2}\[31mA riddle +stop: PAGE_UNRECOGNISED\n$/,
      ),
    });
    expect(await replay('empty')).toMatchObject({
      status: 2,
      err: expect.stringContaining('contains no HTML files'),
    });
    expect(await replay('missing')).toMatchObject({
      status: 5,
      err: expect.stringContaining('cannot be read'),
    });
    expect(await replay()).toMatchObject({
      status: 2,
      err: expect.stringContaining('gauth replay needs <path...>'),
    });
  });

  it('works without an index that is damaged or has invalid URLs', async () => {
    const home = temporaryHome();
    writeFileSync(join(home, 'a.html'), '<title>A riddle</title><p jsname="VdSJob">');
    for (const index of [
      '{',
      'null',
      '{"exchanges":7}',
      '{"exchanges":[1,null,{"page":"a.html","url":"no","status":1}]}',
    ]) {
      writeFileSync(join(home, 'index.json'), index);
      const result = await runScenario(organisation(), ['replay', '.'], { home });
      expect(result.out).toMatch(/^a\.html {2,}200 {5}unrecognised/m);
    }
  });
});
