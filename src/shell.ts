/** Lines that set variables in a shell, or take them away: one dialect a shell, with its own quoting. Pure. */
import { GauthError } from './errors.ts';
import type { Environment } from './ports.ts';

/** `bash` stands for every POSIX shell; `dotenv` and `json` are for programs that read files. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell', 'cmd', 'dotenv', 'json'] as const;
export type Shell = (typeof SHELLS)[number];

type Variables = Readonly<Record<string, string>>;

interface Dialect {
  /** Throws GauthError BAD_OPTION for a value that the dialect cannot hold. */
  readonly set: (name: string, value: string) => string;
  /** Left out where there is no way: to AWS's tools an empty AWS_PROFILE names a profile. */
  readonly unset?: (name: string) => string;
}

// Lines for POSIX shells and fish end with a semicolon, so that they hold together when `eval $(gauth env)` joins them.
const POSIX: Dialect = {
  set: (name, value) => `export ${name}='${value.replaceAll("'", String.raw`'\''`)}';`,
  unset: (name) => `unset ${name};`,
};

const DIALECTS: Readonly<Record<Exclude<Shell, 'json'>, Dialect>> = {
  bash: POSIX,
  zsh: POSIX,
  fish: {
    set: (name, value) => `set -gx ${name} '${value.replace(/[\\']/g, String.raw`\$&`)}';`,
    unset: (name) => `set -e ${name};`,
  },
  powershell: {
    // To PowerShell, the typographic quotes are quotes as well (about_Quoting_Rules).
    set: (name, value) => `$env:${name} = '${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`,
    unset: (name) => `Remove-Item Env:\\${name} -ErrorAction SilentlyContinue`,
  },
  cmd: {
    // What doubles a % in a batch file leaves both in `for /f`, and a quote ends the quoting: there is no right way to write them.
    set: (name, value) => `set "${name}=${without(/["%!\r\n]/, name, value, 'cmd')}"`,
    unset: (name) => `set "${name}="`,
  },
  dotenv: {
    // Its readers agree on bare words and, docker's --env-file apart, on single quotes with nothing to escape between them.
    set: (name, value) =>
      /^[\w.,:;/@%+=-]*$/.test(value)
        ? `${name}=${value}`
        : `${name}='${without(/['\\\r\n]/, name, value, 'dotenv')}'`,
  },
};

function without(bad: RegExp, name: string, value: string, shell: Shell): string {
  if (!bad.test(value)) return value;
  throw new GauthError('BAD_OPTION', `the value of ${name} cannot be written for ${shell}`, {
    hints: ["choose another form: 'gauth env --help' names them"],
  });
}

/** Lines, each with its end, that take some variables away and set others. Throws GauthError BAD_OPTION. */
export function shellText(shell: Shell, unset: readonly string[], set: Variables): string {
  if (shell === 'json') {
    const removed = Object.fromEntries(unset.map((name) => [name, null]));
    return `${JSON.stringify({ ...removed, ...set }, undefined, 2)}\n`;
  }
  const dialect = DIALECTS[shell];
  const lines = [
    ...unset.flatMap((name) => dialect.unset?.(name) ?? []),
    ...Object.entries(set).map(([name, value]) => dialect.set(name, value)),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

/** How the lines of `gauth env` are handed to the shell; undefined where they are for a file. */
export function usage(shell: Shell): string | undefined {
  switch (shell) {
    case 'bash':
    case 'zsh':
      return 'eval "$(gauth env)"';
    case 'fish':
      return 'gauth env | source';
    case 'powershell':
      return 'gauth env | Out-String | Invoke-Expression';
    case 'cmd':
      return `for /f "delims=" %i in ('gauth env') do %i`;
    case 'dotenv':
    case 'json':
      return undefined;
  }
}

/** What each program is called whose lines are written above. */
const PROGRAMS: Readonly<Record<string, Shell>> = {
  ...{
    bash: 'bash',
    sh: 'bash',
    dash: 'bash',
    ash: 'bash',
    busybox: 'bash',
    ksh: 'bash',
    ksh93: 'bash',
    mksh: 'bash',
  },
  ...{ zsh: 'zsh', fish: 'fish', pwsh: 'powershell', powershell: 'powershell', cmd: 'cmd' },
};

/**
 * The shell that will read the lines: the nearest one above this process, else the one that the environment speaks of.
 * `ancestors` are names of processes, the parent first; empty where they cannot be learned.
 */
export function detectShell(
  ancestors: readonly string[],
  { env, platform }: { readonly env: Environment; readonly platform: NodeJS.Platform },
): Shell {
  for (const [index, name] of ancestors.entries()) {
    const shell = shellNamed(name);
    // npm and npx start what they run by an sh of their own.
    const isOfNpm = /^(da)?sh$/.test(name) && /^(node|npm|npx)\b/.test(ancestors[index + 1] ?? '');
    if (shell !== undefined && !isOfNpm) return shell;
  }
  // Git Bash and its like set SHELL on Windows, too.
  const shell = shellNamed(env['SHELL'] ?? '');
  if (shell !== undefined) return shell;
  if (platform !== 'win32') return 'bash';
  // Every process on Windows has PSModulePath with two folders, before which PowerShell puts the person's own.
  return (env['PSModulePath'] ?? '').split(';').length > 2 ? 'powershell' : 'cmd';
}

/** The shell that is called so, by a path or as a login shell's `-bash`. */
function shellNamed(path: string): Shell | undefined {
  const name = /([^/\\]*?)(\.exe)?$/i.exec(path)?.[1]?.replace(/^-/, '').toLowerCase() ?? '';
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
}
