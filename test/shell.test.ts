/** Shell commands: read back by real shells if they are installed, else by tables of their rules. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { GauthError } from '../src/errors.ts';
import { type Shell, detectShell, shellText } from '../src/shell.ts';
import { testWith } from './support/tools.ts';

/** What quoting has to survive. */
const NASTY: Readonly<Record<string, string>> = {
  T_EMPTY: '',
  T_PLAIN: 'FwoGZXIvYXdzEJr//+abc=',
  T_BLANKS: '  two  blanks, a\ttab ',
  T_SINGLE: "it's, ' and ''",
  T_ONLY_QUOTE: "'",
  T_DOUBLE: 'say "hello"',
  T_BACKSLASHES: String.raw`\ \\ \' \n C:\new\ `,
  T_END: 'ends with \\',
  T_DOLLARS: '$HOME ${HOME} $(echo pwned) `echo pwned` $$',
  T_HISTORY: 'wow!! !1 ^a^b',
  T_GLOBS: '* ? [a-z] {a,b} ~ #comment',
  T_SIGNS: '& | ; < > ( ) % @ = ^ %PATH% %%',
  T_LINES: 'one\ntwo\r\n  three',
  T_UNICODE: 'ünï 日本 🔑 ‘curly’ ‚low‛',
};

/** Prints the variables, each ended by a NUL; in the order given. */
const print = `for (const name of ${JSON.stringify(Object.keys(NASTY))}) process.stdout.write((process.env[name] ?? 'not set') + '\\0')`;
const show = '"$NODE" -e "$PRINT"';

function result(program: string, args: readonly string[]): readonly string[] {
  const env = { PATH: process.env['PATH'] ?? '', HOME: '/nonexistent', NODE: process.execPath, PRINT: print };
  const text = execFileSync(program, args, { env, encoding: 'utf8' });
  return text.split('\0').slice(0, -1);
}

describe.each([
  ['bash', 'bash', ['--norc', '-c']],
  ['dash', 'bash', ['-c']],
  ['zsh', 'zsh', ['-f', '-c']],
  // With this option two quotes within quotes are one.
  ['zsh', 'zsh', ['-f', '-o', 'rc_quotes', '-c']],
  ['fish', 'fish', ['--no-config', '-c']],
] as const)('%s as %s (%j)', (program, shell, flags) => {
  const run = testWith(program);
  const set = shellText(shell, [], NASTY);

  run('reads every value back as it was', () => {
    expect(result(program, [...flags, `${set}${show}`])).toEqual(Object.values(NASTY));
  });

  run('takes every variable away', () => {
    const unset = shellText(shell, Object.keys(NASTY), {});
    const gone = Object.keys(NASTY).map(() => 'not set');
    expect(result(program, [...flags, `${set}${unset}${show}`])).toEqual(gone);
  });

  run('is not disturbed by taking away what is not set', () => {
    const unset = shellText(shell, Object.keys(NASTY), {});
    expect(result(program, [...flags, `${unset}${set}${show}`])).toEqual(Object.values(NASTY));
  });
});

describe('the result of eval', () => {
  const values = { A: "it's", B: '$HOME two' };
  it.each([
    ['in quotes', 'eval "$(cat)"'],
    ['without quotes, as people write it', 'eval $(cat)'],
  ])('is the same %s', (_how, line) => {
    const script = `${line}; printf '%s|%s|%s' "$A" "$B" "\${C-gone}"`;
    const input = shellText('bash', ['C'], values);
    expect(execFileSync('bash', ['--norc', '-c', script], { input, env: { C: 'c' }, encoding: 'utf8' })).toBe(
      "it's|$HOME two|gone",
    );
  });
});

describe('powershell (about_Quoting_Rules, about_Environment_Variables)', () => {
  it.each([
    ['plain', "$env:X = 'plain'\n"],
    ["it's", "$env:X = 'it''s'\n"],
    ['a “double” $x `n "', "$env:X = 'a “double” $x `n \"'\n"],
    ['‘a’ ‚b‛', "$env:X = '‘‘a’’ ‚‚b‛‛'\n"],
  ])('sets %s', (value, line) => {
    expect(shellText('powershell', [], { X: value })).toBe(line);
  });

  it('unsets a variable, set or not', () => {
    expect(shellText('powershell', ['X'], {})).toBe('Remove-Item Env:\\X -ErrorAction SilentlyContinue\n');
  });
});

describe('cmd (set /?)', () => {
  it.each(['plain', 'a & b | c > d < e ^ f', "it's (fine) ; = ,", 'blanks at the end  '])(
    'sets %s within quotes, where nothing is special',
    (value) => {
      expect(shellText('cmd', [], { X: value })).toBe(`set "X=${value}"\n`);
    },
  );

  it('unsets a variable', () => {
    expect(shellText('cmd', ['X'], {})).toBe('set "X="\n');
  });
});

describe('dotenv', () => {
  it.each([
    ['FwoGZXIvYXdzEJr//+abc=', 'X=FwoGZXIvYXdzEJr//+abc=\n'],
    ['2030-01-02T03:04:05Z', 'X=2030-01-02T03:04:05Z\n'],
    ['', 'X=\n'],
    ['two words', "X='two words'\n"],
    ['a #b "c" $d', 'X=\'a #b "c" $d\'\n'],
  ])('writes %s', (value, line) => {
    expect(shellText('dotenv', [], { X: value })).toBe(line);
  });

  it('empties variables to be unset', () => {
    expect(shellText('dotenv', ['X'], { Y: 'y' })).toBe('Y=y\n');
  });
});

describe('a value that cannot be quoted', () => {
  it.each<[Shell, string]>([
    ...['"', '%', '!', '\n', '\r'].map((sign): [Shell, string] => ['cmd', sign]),
    ...["'a b", 'a b\\', 'a\nb', 'a\rb'].map((text): [Shell, string] => ['dotenv', text]),
  ])('is refused for %s, without the value: %j', (shell, value) => {
    const attempt = (): string => shellText(shell, [], { X: `SECRET ${value}` });
    expect(attempt).toThrow(GauthError);
    expect(attempt).toThrow(`${shell} cannot quote the value of X`);
  });
});

describe('json', () => {
  it('is one object, with null for variables to be unset', () => {
    expect(JSON.parse(shellText('json', ['GONE'], NASTY))).toEqual({ GONE: null, ...NASTY });
  });
});

describe('detecting the shell', () => {
  const linux = { env: { SHELL: '/bin/zsh' }, platform: 'linux' } as const;

  it.each<[string, readonly string[], Shell]>([
    ['takes the parent', ['fish', 'systemd'], 'fish'],
    ['takes a login shell', ['-bash', 'sshd'], 'bash'],
    ['takes a path, as macOS tells it', ['/usr/local/bin/fish', 'login'], 'fish'],
    ['takes PowerShell on Linux', ['pwsh'], 'powershell'],
    ['reads dash and sh as POSIX', ['dash', 'zsh'], 'bash'],
    ['takes a script rather than the shell that it was called from', ['sh', 'fish'], 'bash'],
    ['looks past what is no shell', ['make', 'sudo', 'fish'], 'fish'],
    ["looks past npx's own shell", ['sh', 'npm exec gauth-a', 'fish'], 'fish'],
    ['takes the shell in an editor', ['zsh', 'node', 'sh'], 'zsh'],
    ['asks SHELL where no shell is above', ['cron', 'systemd'], 'zsh'],
    ['asks SHELL where the system does not tell', [], 'zsh'],
  ])('%s', (_what, ancestors, shell) => {
    expect(detectShell(ancestors, linux)).toBe(shell);
  });

  it.each<[string, Record<string, string>, NodeJS.Platform, Shell]>([
    ['nothing at all', {}, 'linux', 'bash'],
    ['a shell that is not known', { SHELL: '/usr/bin/nu' }, 'linux', 'bash'],
    [
      'Git Bash',
      { SHELL: 'C:\\Program Files\\Git\\usr\\bin\\bash.exe', PSModulePath: 'a;b' },
      'win32',
      'bash',
    ],
    ['cmd', { ComSpec: 'C:\\Windows\\system32\\cmd.exe', PSModulePath: 'C:\\a;C:\\b' }, 'win32', 'cmd'],
    [
      'PowerShell',
      { PSModulePath: 'C:\\Users\\me\\Documents\\PowerShell\\Modules;C:\\a;C:\\b' },
      'win32',
      'powershell',
    ],
    ['prototype names', { SHELL: '/bin/constructor' }, 'linux', 'bash'],
  ])('by the environment: %s', (_what, env, platform, shell) => {
    expect(detectShell([], { env, platform })).toBe(shell);
  });
});
