/** Commands that set or unset environment variables, quoted for each of the supported shells. Pure. */
import { GauthError } from './errors.ts';
import type { Environment } from './ports.ts';

/** `bash` means any POSIX shell; `dotenv` and `json` are for programs that read files. */
export const SHELLS = ['bash', 'zsh', 'fish', 'powershell', 'cmd', 'dotenv', 'json'] as const;
export type Shell = (typeof SHELLS)[number];

type Variables = Readonly<Record<string, string>>;

interface Dialect {
  /** Throws GauthError BAD_OPTION for a value that the dialect cannot hold. */
  readonly set: (name: string, value: string) => string;
  /** Missing if the format cannot unset: to AWS's tools an empty AWS_PROFILE is the name of a profile. */
  readonly unset?: (name: string) => string;
}

// Lines for POSIX shells and fish end with a semicolon, because an unquoted `eval $(gauth env)` joins them.
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
    // PowerShell also treats typographic quotes as quotes (about_Quoting_Rules).
    set: (name, value) => `$env:${name} = '${value.replace(/['\u2018-\u201b]/g, '$&$&')}'`,
    unset: (name) => `Remove-Item Env:\\${name} -ErrorAction SilentlyContinue`,
  },
  cmd: {
    // A doubled % is one % in a batch file but two in `for /f`, and a quote ends the quoting: neither can be written.
    set: (name, value) => `set "${name}=${without(/["%!\r\n]/, name, value, 'cmd')}"`,
    unset: (name) => `set "${name}="`,
  },
  dotenv: {
    // All readers agree on bare words and, except docker's --env-file, on single quotes around text without escapes.
    set: (name, value) =>
      /^[\w.,:;/@%+=-]*$/.test(value)
        ? `${name}=${value}`
        : `${name}='${without(/['\\\r\n]/, name, value, 'dotenv')}'`,
  },
};

function without(bad: RegExp, name: string, value: string, shell: Shell): string {
  if (!bad.test(value)) return value;
  throw new GauthError('BAD_OPTION', `${shell} cannot quote the value of ${name}`, {
    hints: ["use another format: see 'gauth env --help'"],
  });
}

/** Commands, one per line, that unset some variables and set others. Throws GauthError BAD_OPTION. */
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

/** The command that runs the output of `gauth env` in the shell; undefined for file formats. */
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

/** The shell for each program name. */
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
 * Detects the shell: the nearest one among the ancestors of this process, else the one in the environment.
 * `ancestors` are process names, the parent first; empty if unknown.
 */
export function detectShell(
  ancestors: readonly string[],
  { env, platform }: { readonly env: Environment; readonly platform: NodeJS.Platform },
): Shell {
  for (const [index, name] of ancestors.entries()) {
    const shell = shellNamed(name);
    // npm and npx run programs through an sh of their own.
    const isOfNpm = /^(da)?sh$/.test(name) && /^(node|npm|npx)\b/.test(ancestors[index + 1] ?? '');
    if (shell !== undefined && !isOfNpm) return shell;
  }
  // Git Bash sets SHELL on Windows too.
  const shell = shellNamed(env['SHELL'] ?? '');
  if (shell !== undefined) return shell;
  if (platform !== 'win32') return 'bash';
  // On Windows every process has PSModulePath with two folders; PowerShell adds the user's own.
  return (env['PSModulePath'] ?? '').split(';').length > 2 ? 'powershell' : 'cmd';
}

/** The shell with this name, which may be a path, or `-bash` for a login shell. */
function shellNamed(path: string): Shell | undefined {
  const name = /([^/\\]*?)(\.exe)?$/i.exec(path)?.[1]?.replace(/^-/, '').toLowerCase() ?? '';
  return Object.hasOwn(PROGRAMS, name) ? PROGRAMS[name] : undefined;
}
