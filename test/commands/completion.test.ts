/** `gauth completion`: the program itself, and real shells in a terminal in which Tab is pressed. */
import { chmodSync, existsSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMPLETION_SHELLS } from '../../src/cli/completion.ts';
import { temporaryHome } from '../fakes/system.ts';
import { organisation, ROLE } from '../support/organisation.ts';
import { type Pty, start } from '../support/pty.ts';
import { type ScenarioResult, runScenario } from '../support/scenario.ts';
import { testWith } from '../support/tools.ts';

/** A name that would run a program if a shell read it unquoted or in double quotes. */
const HOSTILE = 'zz$(touch x)"`touch x`';
const CONFIG = [
  '[profile sts-temp]',
  `google_config.role_arn = ${ROLE}`,
  '[profile staging.eu]',
  '[profile wait!]',
  "[profile 'two words']",
  `[profile '${HOSTILE}']`,
  'google_config.google_username = me@example.com',
  '[profile bell\u0007]',
  '',
].join('\n');

function homeWithProfiles(): string {
  const home = temporaryHome();
  mkdirSync(join(home, '.aws'));
  writeFileSync(join(home, '.aws', 'config'), CONFIG);
  return home;
}

async function ask(shell: string, ...words: readonly string[]): Promise<ScenarioResult> {
  return runScenario(organisation(), ['completion', shell, '--', ...words], { home: homeWithProfiles() });
}

/** The words offered for a line of bash's, whose last word stands behind the last blank or sign that bash parts words at. */
async function offered(line: string): Promise<readonly string[]> {
  const { out } = await ask('bash', `gauth ${line}`, /[^\s:='"]*$/.exec(line)?.[0] ?? '');
  return out.split('\n').slice(0, -1);
}

describe('the completions', () => {
  it('begin with the commands', async () => {
    expect(await offered('lo')).toEqual(['login', 'logout']);
    expect(await offered('')).toContain('exec');
  });

  it('are the options of the command, without those that are given', async () => {
    expect(await offered('console --u')).toEqual(['--username', '--url']);
    expect(await offered('console --url --u')).toEqual(['--username']);
    expect(await offered('--url')).toEqual([]);
  });

  it.each([
    ['-p st', ['sts-temp', 'staging.eu']],
    ['exec --profile st', ['sts-temp', 'staging.eu']],
    ['exec --profile=sta', ['staging.eu']],
    ['-p tw', [String.raw`two\ words`]],
    ['-p "tw', ['two words']],
    ['-p wa', [String.raw`wait\!`]],
    ['-p "wa', []],
    ['-p b', []],
  ])('are the profiles: %s', async (line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  it('are the roles, from the character at which bash splits them', async () => {
    expect(await offered('-r arn:aws:iam::')).toEqual([ROLE.slice('arn:aws:iam::'.length)]);
    expect(await offered('--role-arn ')).toEqual([ROLE]);
  });

  it.each([
    ['--mfa t', ['totp']],
    ['env --shell p', ['powershell']],
    ['--log=', ['debug', 'info', 'warn']],
    ['completion ', [...COMPLETION_SHELLS]],
  ])('are the possible words: %s', async (line, words) => {
    expect(await offered(line)).toEqual(words);
  });

  it.each(['exec -p sts-temp aws s', 'exec -- aws --', 'replay ', '-u ', 'nonsense x '])(
    'are none if files or other words may follow: %s',
    async (line) => {
      expect(await offered(line)).toEqual([]);
    },
  );

  it('have a description if the shell can show it', async () => {
    expect((await ask('fish', '-p', 'sts')).out).toBe('sts-temp\tprofile\n');
    expect((await ask('zsh', 'logo')).out).toMatch(/^logout\tRemove /);
    expect((await ask('powershell', '-p', "='two")).out).toBe('two words\tprofile\n');
    expect((await ask('powershell', '=')).out).toContain('exec\t');
  });

  it('are none, without a message, if the config file is damaged', async () => {
    const home = temporaryHome();
    mkdirSync(join(home, '.aws'));
    writeFileSync(join(home, '.aws', 'config'), 'garbage\n');
    const result = await runScenario(organisation(), ['completion', 'zsh', '--', '-p', ''], { home });
    expect(result).toMatchObject({ status: 5, out: '' });
  });
});

describe('the script', () => {
  it.each(COMPLETION_SHELLS)('is printed for %s, and says where it goes', async (shell) => {
    const result = await runScenario(organisation(), ['completion', shell]);
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out).toContain(`gauth completion ${shell}`);
  });

  it('is refused for other shells, with the list of shells', async () => {
    const result = await runScenario(organisation(), ['completion', 'tcsh']);
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain('supported shells: bash, zsh, fish, powershell');
  });
});

interface Interactive {
  readonly argv: readonly string[];
  /** Loads the script and sets a prompt that can be waited for. */
  readonly setUp: string;
}

const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', Interactive>> = {
  bash: { argv: ['--norc', '-i'], setUp: `PS1='rea''dy> '; eval "$(gauth completion bash)"` },
  zsh: {
    argv: ['-f', '-i'],
    setUp: `autoload -Uz compinit; compinit -u -D; PS1='rea''dy> '; eval "$(gauth completion zsh)"`,
  },
  fish: {
    argv: ['--no-config', '-i'],
    setUp: "gauth completion fish | source; function fish_prompt; echo 'rea''dy> '; end",
  },
};

/** The shell in a terminal, with this gauth on its path. */
async function shellWithGauth(name: keyof typeof SHELLS, home = homeWithProfiles()): Promise<Pty> {
  const bin = join(home, 'bin');
  mkdirSync(bin);
  symlinkSync(fileURLToPath(new URL('../../bin/gauth.js', import.meta.url)), join(bin, 'gauth'));
  // What a completed command line gets, one word a line.
  writeFileSync(join(bin, 'show'), '#!/bin/sh\nprintf "<%s>\\n" "$@"\n');
  chmodSync(join(bin, 'show'), 0o755);
  const { argv, setUp } = SHELLS[name];
  // Without XDG_RUNTIME_DIR fish leaves a folder in /tmp.
  const env = {
    HOME: home,
    XDG_RUNTIME_DIR: home,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    TERM: 'xterm-256color',
  };
  const shell = start(name, argv, { env, cwd: home, cols: 120 });
  await shell.waitFor(/[$%#>] ?$/);
  shell.type(`${setUp}\n`);
  await shell.waitFor(/ready> ?$/);
  return shell;
}

describe.each(Object.keys(SHELLS) as (keyof typeof SHELLS)[])('Tab in %s', (name) => {
  const run = testWith(name);

  run('completes commands, profiles with blanks, and roles with colons', async () => {
    const shell = await shellWithGauth(name);
    shell.type('gauth cons');
    shell.press('tab');
    await shell.waitFor(/gauth console ?$/);
    shell.type('--prof');
    shell.press('tab');
    await shell.waitFor(/--profile ?$/);
    shell.type('two');
    shell.press('tab');
    await shell.waitFor(/--profile two\\ words ?$/);
    shell.type('-r arn:aws:iam::1112');
    shell.press('tab');
    await shell.waitFor(new RegExp(`-r ${ROLE} ?$`));
  });

  run('completes a value behind =', async () => {
    const shell = await shellWithGauth(name);
    shell.type('gauth --profile=sta');
    shell.press('tab');
    await shell.waitFor(/gauth --profile=staging\.eu ?$/);
  });

  run('goes on where a blank is escaped', async () => {
    const shell = await shellWithGauth(name);
    shell.type(String.raw`gauth -p two\ w`);
    shell.press('tab');
    await shell.waitFor(/gauth -p two\\ words ?$/);
  });

  run("leaves another program's words to the shell's files", async () => {
    const shell = await shellWithGauth(name);
    shell.type('gauth exec show bin/sh');
    shell.press('tab');
    await shell.waitFor(/gauth exec show bin\/show ?$/);
  });

  for (const quote of ['', '"', "'"]) {
    run(`never runs what is in a name: behind ${quote === '' ? 'no quote' : quote}`, async () => {
      const home = homeWithProfiles();
      const shell = await shellWithGauth(name, home);
      shell.type(`gauth status --json -p ${quote}zz`);
      shell.press('tab');
      await shell.waitFor(/zz.*touch/);
      shell.press('enter');
      await shell.waitFor(/"profile": "zz.*/);
      await shell.waitFor(/ready> ?$/);
      expect(shell.screen()).toContain(JSON.stringify(HOSTILE));
      expect(existsSync(join(home, 'x'))).toBe(false);
    });
  }
});
