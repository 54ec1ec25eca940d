/** The start of a browser: its DevTools endpoint, or why it did not start. */
import type { ChildProcess } from 'node:child_process';
import { cancelled, GauthError } from '../errors.ts';
import { oneLine } from '../text.ts';

/**
 * The endpoint that the browser prints on standard error, so that no other program on the port can be mistaken for it;
 * undefined if the port is in use. `exited` is the reason why the process ended, undefined for status 0; `limit` is in milliseconds.
 * Throws GauthError BROWSER_MISSING, BROWSER_FAILED, LOCKED, TIMEOUT; CANCELLED when the signal fires.
 */
export async function waitForEndpoint(
  child: ChildProcess,
  exited: Promise<string | undefined>,
  limit: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  let output = '';
  return new Promise((resolve, reject) => {
    const settle = (finish: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', stop);
      finish();
    };
    const stop = (): void => {
      settle(() => {
        reject(cancelled());
      });
    };
    const timer = setTimeout(() => {
      settle(() => {
        reject(startTimeout(limit, output));
      });
    }, limit);
    signal.addEventListener('abort', stop, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // Read until the browser ends, or it would block on a full pipe. Only the beginning matters.
      if (output.length > 20_000) return;
      output += text;
      const endpoint = /^DevTools listening on (ws:\/\/\S+)\s/m.exec(output)?.[1];
      if (endpoint !== undefined) {
        settle(() => {
          resolve(endpoint);
        });
      } else if (/Cannot start http server for devtools/i.test(output)) {
        settle(() => {
          resolve(undefined);
        });
      }
    });
    child.once('error', (cause) => {
      settle(() => {
        reject(
          new GauthError('BROWSER_MISSING', `${child.spawnfile} cannot be started`, {
            hints: ['name another browser with --browser-path'],
            cause,
          }),
        );
      });
    });
    void exited.then((how) => {
      // The last output may not have been read yet.
      setImmediate(() => {
        settle(() => {
          reject(startFailure(how, output));
        });
      });
    });
  });
}

/** What browsers print when they do not start, and what the user can do. */
const REASONS: readonly {
  readonly pattern: RegExp;
  readonly code: 'BROWSER_FAILED' | 'LOCKED';
  readonly message: string;
  readonly hints: readonly string[];
}[] = [
  {
    pattern: /Running as root without --no-sandbox/,
    code: 'BROWSER_FAILED',
    message: 'the browser does not start as root, because its sandbox does not work there',
    hints: [
      'run gauth as an ordinary user',
      'or, if nobody else uses this machine, start it without the sandbox: --browser-arg=--no-sandbox',
    ],
  },
  {
    pattern: /No usable sandbox/,
    code: 'BROWSER_FAILED',
    message: 'the system does not allow the browser to set up its sandbox',
    hints: [
      'use a browser from a system package, or see https://chromium.googlesource.com/chromium/src/+/main/docs/security/apparmor-userns-restrictions.md',
      'or, if nobody else uses this machine, start it without the sandbox: --browser-arg=--no-sandbox',
    ],
  },
  {
    pattern:
      /Missing X server|cannot open display|Failed to connect to Wayland|platform failed to initialize/i,
    code: 'BROWSER_FAILED',
    message: 'the browser cannot open the display named by DISPLAY or WAYLAND_DISPLAY',
    hints: ["try another desktop program; over SSH, 'ssh -X' forwards a display"],
  },
  {
    pattern: /Opening in existing browser session/,
    code: 'LOCKED',
    message: 'another browser uses the browser profile of this account',
    hints: ['close its windows, then run gauth again'],
  },
  {
    pattern: /remote debugging is disallowed/i,
    code: 'BROWSER_FAILED',
    message:
      "your organisation's policy forbids the debugging port, which gauth needs to get the SAML response",
    hints: [
      'use another browser: --browser-path',
      'or sign in by hand and paste the SAML response: gauth --saml-assertion -',
    ],
  },
];

function startFailure(how: string | undefined, output: string): GauthError {
  const known = REASONS.find((reason) => reason.pattern.test(output));
  if (known) return new GauthError(known.code, known.message, { hints: known.hints });
  return new GauthError('BROWSER_FAILED', `the browser ended right after its start (${how ?? 'status 0'})`, {
    hints: [...lastLine(output), 'try another browser: --browser-path'],
  });
}

function startTimeout(limit: number, output: string): GauthError {
  return new GauthError('TIMEOUT', `the browser did not start within ${String(limit / 1000)} seconds`, {
    hints: [...lastLine(output), 'try again, or try another browser: --browser-path'],
  });
}

function lastLine(output: string): readonly string[] {
  const line = output.trim().split('\n').at(-1) ?? '';
  return line === '' ? [] : [`the browser printed: ${oneLine(line.replace(/^\[[^\]]*\]\s*/, ''))}`];
}
