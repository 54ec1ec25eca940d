/** The program, from argv to exit status. The only place that catches all errors; it prints one with its hints. */
import { readArguments } from './cli/arguments.ts';
import { loadCommand } from './commands/loaders.ts';
import { refuseDebugging } from './node-flags.ts';
import { GauthError } from './errors.ts';
import type { CommandName } from './options/commands.ts';
import type { System } from './ports.ts';
import { withProgress } from './prompts/progress-line.ts';
import { sanitise, terminalSafeJson } from './text.ts';
import { version } from './version.ts';

/** The commands that handle no secrets. */
const WITHOUT_SECRETS: ReadonlySet<CommandName> = new Set<CommandName>([
  'completion',
  'settings',
  'doctor',
  'profiles',
  'replay',
  'shell',
  'status',
]);

/** Runs the command in argv (without node and the script) with the given ports, and returns the exit status. Never throws. */
export async function main(argv: readonly string[], system: System): Promise<number> {
  try {
    const { command, named, given, operands, about } = readArguments(argv);
    if (about === 'version') {
      system.stdout.write(`${version}\n`);
      return 0;
    }
    if (about !== undefined) {
      const { helpTexts } = await import('./cli/help.ts');
      const help = helpTexts()[named ? command : 'gauth'];
      system.stdout.write((about === 'help' ? help?.long : help?.short) ?? '');
      return 0;
    }
    if (!WITHOUT_SECRETS.has(command)) refuseDebugging(system.env);
    const run = await loadCommand(command);
    // With credential_process, standard error belongs to the SDK.
    const ports = command === 'credential-process' ? system : withProgress(system);
    const status = await run(given, ports, operands);
    return typeof status === 'number' ? status : 0;
  } catch (error) {
    return printError(error, argv, system);
  }
}

/** Prints the error to standard error: what failed, then what to do, one line each; or as JSON. */
function printError(error: unknown, argv: readonly string[], { stderr, env }: System): number {
  const debug = wantsDebug(argv);
  const known =
    error instanceof GauthError
      ? error
      : new GauthError('INTERNAL', 'an internal error', {
          hints: ["please report it, with the output of '--log debug'"],
          cause: error,
        });
  const code = known.code === 'CANCELLED' ? '' : ` (${known.code})`;
  if (wantsJson(argv, env)) {
    const { code, message, hints, exitStatus } = known;
    const profile = profileIn(argv) ?? (env['AWS_PROFILE'] || null);
    stderr.write(`${terminalSafeJson({ code, message, hints, exitStatus, profile })}\n`);
    return exitStatus;
  }
  // Messages quote names and values from files that others may have written.
  stderr.write(`gauth: ${sanitise(known.message)}${code}\n`);
  for (const hint of known.hints) stderr.write(`  ${sanitise(hint)}\n`);
  if (debug) for (const line of causes(known)) stderr.write(`  caused by: ${line}\n`);
  return known.exitStatus;
}

/** The chain of causes; with a stack only for internal errors. */
function causes(error: GauthError): readonly string[] {
  const lines: string[] = [];
  for (let cause = error.cause; cause instanceof Error && lines.length < 10; cause = cause.cause) {
    const stack = error.code === 'INTERNAL' ? cause.stack : undefined;
    lines.push((stack ?? `${cause.name}: ${cause.message}`).split('\n').map(sanitise).join('\n'));
  }
  return lines;
}

/** Whether errors are to be printed as JSON. As with debug output, argv may be invalid. */
function wantsJson(argv: readonly string[], env: System['env']): boolean {
  const end = argv.indexOf('--');
  const own = end < 0 ? argv : argv.slice(0, end);
  const flags = own.flatMap((word, index) => {
    const found = /^--error-[a-z]*(?:=(.*))?$/s.exec(word);
    return found === null ? [] : [found[1] ?? own[index + 1]];
  });
  return (flags.at(-1) ?? env['GAUTH_ERROR_FORMAT'])?.toLowerCase() === 'json';
}

/** The profile that argv names; undefined if there is none, or if argv cannot be parsed. */
function profileIn(argv: readonly string[]): string | undefined {
  try {
    const { profile } = readArguments(argv).given;
    return typeof profile === 'string' && profile !== '' ? profile : undefined;
  } catch {
    return undefined;
  }
}

/** Whether argv asks for debug output. Needed even if argv cannot be parsed; abbreviated flags count too. */
function wantsDebug(argv: readonly string[]): boolean {
  return argv.some((word, index) => {
    const value = /^(?:--lo?g?=|-\w*l=?)(.*)$/.exec(word)?.[1];
    return value === 'debug' || (/^(?:--lo?g?|-\w*l)$/.test(word) && argv[index + 1] === 'debug');
  });
}
