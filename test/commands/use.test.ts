/** `gauth shell` and `gauth use`: their output, and real shells in a terminal. */
import { mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { COMPLETION_SHELLS } from '../../src/cli/completion.ts';
import { type Binary, binary } from '../support/binary.ts';
import { FLAGS, organisation, USER } from '../support/organisation.ts';
import type { Pty } from '../support/pty.ts';
import { start } from '../support/pty.ts';
import { runScenario } from '../support/scenario.ts';
import { testWith } from '../support/tools.ts';

const COMMANDS_DOCUMENT = readFileSync(new URL('../../docs/commands.md', import.meta.url), 'utf8');

const parentIs = (name: string): { ancestors: () => Promise<readonly string[]> } => ({
  ancestors: () => Promise.resolve([name]),
});

describe('gauth shell', () => {
  it.each(COMPLETION_SHELLS)('prints a function and completion for %s, and how to load it', async (name) => {
    const result = await runScenario(organisation(), ['shell', name]);
    expect(result).toMatchObject({ status: 0, err: '' });
    expect(result.out.split('\n')[0]).toContain(`gauth shell ${name}`);
    expect(result.out).toContain('gauth completion');
    expect(result.out).toContain('gauth use');
  });

  it('detects the parent shell', async () => {
    const result = await runScenario(organisation(), ['shell'], { programs: parentIs('fish') });
    expect(result.out).toContain('function gauth\n');
  });

  it('is refused for shells without such functions', async () => {
    const result = await runScenario(organisation(), ['shell', 'cmd']);
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain('supported shells: bash, zsh, fish, powershell');
  });
});

describe('gauth use without the function', () => {
  it.each([
    ['fish', 'gauth shell fish | source'],
    ['zsh', 'eval "$(gauth shell zsh)"'],
    ['cmd', 'gauth exec PROFILE'],
  ])('says how to get it: %s', async (name, line) => {
    const result = await runScenario(organisation(), ['use', 'x'], { programs: parentIs(name) });
    expect(result).toMatchObject({ status: 2, out: '' });
    expect(result.err).toContain(line);
  });
});

interface Shell {
  readonly argv: readonly string[];
  readonly setUp: string;
  /** Prints variables, of which those that are not set are empty. */
  readonly show: string;
}

/** The snippet for the prompt that the documents have. */
function snippet(language: string): string {
  const found = new RegExp(`^\`\`\`${language}\\n(.*?)\\n\`\`\`$`, 'ms').exec(COMMANDS_DOCUMENT)?.[1];
  if (found === undefined) throw new Error(`docs/commands.md has no snippet for ${language}`);
  return found;
}

const SHELLS: Readonly<Record<'bash' | 'zsh' | 'fish', Shell>> = {
  bash: {
    argv: ['--norc', '-i'],
    setUp: `eval "$(gauth shell bash)"; PS1='rea''dy> '; ${snippet('bash')}`,
    show: 'echo "<$AWS_PROFILE|$GAUTH_PROFILE|$AWS_REGION|${AWS_SESSION_TOKEN:+token}>"',
  },
  zsh: {
    argv: ['-f', '-i'],
    setUp: `autoload -Uz compinit; compinit -u -D; eval "$(gauth shell zsh)"; PROMPT='rea''dy> '; ${snippet('zsh')}`,
    show: 'echo "<$AWS_PROFILE|$GAUTH_PROFILE|$AWS_REGION|${AWS_SESSION_TOKEN:+token}>"',
  },
  fish: {
    argv: ['--no-config', '-i'],
    setUp: `gauth shell fish | source; function fish_prompt; echo 'rea''dy> '; end; ${snippet('fish').replaceAll('\n', '; ')}`,
    show: 'echo "<$AWS_PROFILE|$GAUTH_PROFILE|$AWS_REGION|"(set -q AWS_SESSION_TOKEN; and echo token; or echo)">"',
  },
};

/** A text that the terminal may have wrapped anywhere. */
function wrapped(text: string): RegExp {
  return new RegExp([...text].map((sign) => sign.replace(/\W/, String.raw`\$&`)).join(String.raw`\n?`));
}

/** A shell in a terminal with the function, this gauth on its path, and two profiles that are signed in. */
async function shellWithFunction(
  name: keyof typeof SHELLS,
  cols: number,
): Promise<{ shell: Pty; setup: Binary }> {
  const setup = await binary();
  for (const profile of ['prod', 'test'])
    await setup.alone([...FLAGS.slice(0, -1), profile], { input: `${USER.password}\n` });
  const bin = join(setup.home, 'bin');
  mkdirSync(bin);
  symlinkSync(fileURLToPath(new URL('../../bin/gauth.js', import.meta.url)), join(bin, 'gauth'));
  const { argv, setUp } = SHELLS[name];
  // Without XDG_RUNTIME_DIR fish leaves a folder in /tmp.
  const env = {
    ...setup.env,
    XDG_RUNTIME_DIR: setup.home,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
    TERM: 'xterm-256color',
  };
  const shell = start(name, argv, { env, cwd: setup.home, cols });
  await shell.waitFor(/[$%#>] ?$/);
  shell.type(`${setUp}\n`);
  await shell.waitFor(/^ready> ?$/m);
  shell.type('clear\n');
  await shell.waitFor(/^ready> ?$/);
  return { shell, setup };
}

describe.each([80, 40])('in a terminal of %i columns', (cols) => {
  for (const name of Object.keys(SHELLS) as (keyof typeof SHELLS)[]) {
    testWith(name)(
      `${name} takes a session, shows it in the prompt, changes it, and gives it back`,
      async () => {
        const { shell } = await shellWithFunction(name, cols);
        const { show } = SHELLS[name];
        const text = (): string => shell.history().replaceAll('\n', '');
        shell.type('gauth use prod\n');
        await shell.waitFor(/^\(prod\) ready> ?$/m);
        expect(text()).toMatch(/This shell uses prod \((11h59m|12h00m)\)\. To end that: gauth use --off/);
        shell.type(`${show}\n`);
        await shell.waitFor(wrapped('<|prod|us-east-1|token>'));
        // From a list, although one is in use.
        shell.type('gauth use\n');
        await shell.waitFor('Choose the profile:');
        shell.type('test\r');
        await shell.waitFor(/^\(test\) ready> ?$/m);
        shell.type(`${show}\n`);
        await shell.waitFor(wrapped('<|test|us-east-1|token>'));
        // Everything else is the program's.
        shell.type('gauth use --help | head -1\n');
        await shell.waitFor('Usage: gauth use');
        shell.type('gauth status --short\n');
        await shell.waitFor(/^test (11h59m|12h00m)$/m);
        shell.type('gauth exec prod\n');
        await shell.waitFor(wrapped('(NESTED)'));
        // A failure changes nothing.
        shell.type('gauth use nosuch\n');
        await shell.waitFor(wrapped('(BAD_PROFILE)'));
        await shell.waitFor(/^\(test\) ready> ?$/m);
        shell.type('gauth use --off\n');
        await shell.waitFor(/^ready> ?$/m);
        shell.type(`${show}\n`);
        await shell.waitFor('<|||>');
        expect(text()).toContain('The credentials of test are no longer in this shell.');
      },
    );
  }
});

describe('Tab after gauth use', () => {
  for (const name of Object.keys(SHELLS) as (keyof typeof SHELLS)[]) {
    testWith(name)(`completes profiles in ${name}`, async () => {
      const { shell } = await shellWithFunction(name, 80);
      shell.type('gauth use pr');
      shell.press('tab');
      await shell.waitFor(/gauth use prod ?$/);
    });
  }
});
