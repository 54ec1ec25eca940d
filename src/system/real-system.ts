/** The implementation of the ports. Everything beyond the process itself is loaded when it is first used. */
import { cancelled, GauthError } from '../errors.ts';
import type { Clock, System } from '../ports.ts';
import { homeFolder } from '../home.ts';
import { exitByHangup } from './exit-signal.ts';
import { createInput, createOutput } from './streams.ts';

/**
 * Handles Ctrl-C, SIGTERM and SIGHUP from now on: the first signal aborts `signal` (reason: GauthError CANCELLED), the second
 * restores the terminal and kills the process. After SIGHUP the process ends by that signal. Call it once, from the entry
 * point. A library passes the signal of its program, and no handlers are installed.
 */
export function realSystem(given?: AbortSignal): System {
  const { env, platform } = process;
  let restore = (): void => undefined;
  const signal =
    given ??
    signals(() => {
      restore();
    });
  const http = once(async () => (await import('./http.ts')).createHttp(env));
  const keychain = once(async () => (await import('./keychain.ts')).createKeychain({ signal }));
  const browser = once(async () =>
    (await import('./browser-process.ts')).createBrowser({ env, platform, home: home() }),
  );
  const terminal = once(async () => {
    const real = (await import('./terminal.ts')).createTerminal(env, platform);
    restore = () => {
      real.restore();
    };
    return real;
  });
  const stderr = createOutput(
    () => process.stderr,
    () => undefined,
  );

  return {
    env,
    platform,
    program: [process.execPath, ...process.argv.slice(1, 2)],
    get home() {
      return home();
    },
    get folder() {
      return workingFolder();
    },
    input: createInput(() => process.stdin),
    stdout: createOutput(
      () => process.stdout,
      (cause) => {
        // If the output is lost, the command has failed, even if it returned 0.
        process.on('exit', (status) => {
          if (status === 0) process.exitCode = new GauthError('FILE', '').exitStatus;
        });
        stderr.write(`gauth: cannot write to standard output (${cause.message}) (FILE)\n`);
      },
    ),
    stderr,
    terminal: {
      available: async () => (await terminal()).available(),
      ask: async (label, options) => (await terminal()).ask(label, options),
      askSecret: async (label, options) => (await terminal()).askSecret(label, options),
      paste: async (label, options) => (await terminal()).paste(label, options),
      choose: async (label, choices, options) => (await terminal()).choose(label, choices, options),
      chooseSeveral: async (label, choices, options) =>
        (await terminal()).chooseSeveral(label, choices, options),
      largeDigitColumns: async () => (await terminal()).largeDigitColumns(),
      picture: async (image, options) => (await terminal()).picture(image, options),
    },
    clock,
    http: async (request, abort) => (await http())(request, abort),
    keychain: {
      get: async (service, account, abort) => (await keychain()).get(service, account, abort),
      set: async (service, account, secret, abort) => {
        await (await keychain()).set(service, account, secret, abort);
      },
      delete: async (service, account, abort) => {
        await (await keychain()).delete(service, account, abort);
      },
    },
    programs: {
      execute: async (command, variables) =>
        (await import('./run-program.ts')).runProgram(command, variables, signal),
      browse: async (address, abort) =>
        (await import('./open-url.ts')).openUrl(address, { env, platform }, abort),
      ancestors: async () => (await import('./parent-processes.ts')).parentProcesses(platform),
    },
    run: async (line, options) => (await import('./shell-command.ts')).runCommand(line, options),
    browser: {
      whyUnavailable: async (path) => (await browser()).whyUnavailable(path),
      use: async (request, abort, work) => (await browser()).use(request, abort, work),
    },
    loopback: async (answer) => (await import('./loopback-server.ts')).startLoopbackServer(answer),
    signal,
  };
}

const clock: Clock = {
  now: () => new Date(),
  async sleep(milliseconds, signal) {
    await new Promise<void>((resolve, reject) => {
      if (signal.aborted) {
        reject(cancelled());
        return;
      }
      const onAbort = (): void => {
        clearTimeout(timer);
        reject(cancelled());
      };
      const timer = setTimeout(() => {
        signal.removeEventListener('abort', onAbort);
        resolve();
      }, milliseconds);
      signal.addEventListener('abort', onAbort, { once: true });
    });
  },
};

function signals(restore: () => void): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const onSignal = (): void => {
      if (!controller.signal.aborted) {
        controller.abort(cancelled());
        if (name === 'SIGHUP') exitByHangup();
        return;
      }
      restore();
      process.off(name, onSignal);
      process.kill(process.pid, name);
    };
    process.on(name, onSignal);
  }
  return controller.signal;
}

function home(): string {
  try {
    return homeFolder();
  } catch (cause) {
    throw new GauthError('FILE', 'your user has no home folder', {
      hints: ['set HOME to the absolute path of your home folder'],
      cause,
    });
  }
}

function workingFolder(): string {
  try {
    return process.cwd();
  } catch (cause) {
    throw new GauthError('FILE', 'the working folder no longer exists', {
      hints: ['cd to another folder'],
      cause,
    });
  }
}

/** Creates the value at the first call, and returns it at each call. */
function once<Value>(make: () => Promise<Value>): () => Promise<Value> {
  let value: Promise<Value> | undefined;
  return () => (value ??= make());
}
