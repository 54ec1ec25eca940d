/** How a browser's start went: the endpoint that it tells, or why there is none. */
import type { ChildProcess } from 'node:child_process';
import { cancelled, GauthError } from '../errors.ts';
import { oneLine } from '../text.ts';

/**
 * The endpoint as the browser tells it on its standard error, which no other program's port can be mistaken for; undefined when the port was taken.
 * `exited` is how the process ended, undefined for status 0; `limit` in milliseconds.
 * Throws GauthError BROWSER_MISSING, BROWSER_FAILED, LOCKED, TIMEOUT; CANCELLED when the signal fires.
 */
export async function waitForEndpoint(
  child: ChildProcess,
  exited: Promise<string | undefined>,
  limit: number,
  signal: AbortSignal,
): Promise<string | undefined> {
  let said = '';
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
        reject(slow(limit, said));
      });
    }, limit);
    signal.addEventListener('abort', stop, { once: true });
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      // Read on to the end of its life, or the browser would wait for a reader; the beginning is what matters.
      if (said.length > 20_000) return;
      said += text;
      const endpoint = /^DevTools listening on (ws:\/\/\S+)\s/m.exec(said)?.[1];
      if (endpoint !== undefined) {
        settle(() => {
          resolve(endpoint);
        });
      } else if (/Cannot start http server for devtools/i.test(said)) {
        settle(() => {
          resolve(undefined);
        });
      }
    });
    child.once('error', (cause) => {
      settle(() => {
        reject(
          new GauthError('BROWSER_MISSING', `${child.spawnfile} cannot be started`, {
            hints: ['name another browser by --browser-path'],
            cause,
          }),
        );
      });
    });
    void exited.then((how) => {
      // What it said last may still be on its way.
      setImmediate(() => {
        settle(() => {
          reject(unwilling(how, said));
        });
      });
    });
  });
}

/** What browsers say when they do not start, and what it means to the person. */
const REASONS: readonly {
  readonly said: RegExp;
  readonly code: 'BROWSER_FAILED' | 'LOCKED';
  readonly message: string;
  readonly hints: readonly string[];
}[] = [
  {
    said: /Running as root without --no-sandbox/,
    code: 'BROWSER_FAILED',
    message: 'the browser does not start as root, where its sandbox does not work',
    hints: [
      'run gauth as an ordinary user',
      'or, where nobody else can reach this machine, without the sandbox: --browser-arg=--no-sandbox',
    ],
  },
  {
    said: /No usable sandbox/,
    code: 'BROWSER_FAILED',
    message: 'the system does not let the browser set up its sandbox',
    hints: [
      'use a browser that is installed as a package of the system, or see https://chromium.googlesource.com/chromium/src/+/main/docs/security/apparmor-userns-restrictions.md',
      'or, where nobody else can reach this machine, without the sandbox: --browser-arg=--no-sandbox',
    ],
  },
  {
    said: /Missing X server|cannot open display|Failed to connect to Wayland|platform failed to initialize/i,
    code: 'BROWSER_FAILED',
    message: 'the browser cannot open the display that DISPLAY or WAYLAND_DISPLAY names',
    hints: ["check it with another program of the desktop; over ssh, 'ssh -X' brings one along"],
  },
  {
    said: /Opening in existing browser session/,
    code: 'LOCKED',
    message: 'another browser runs on the profile of this account',
    hints: ['close its windows, then run gauth again'],
  },
  {
    said: /remote debugging is disallowed/i,
    code: 'BROWSER_FAILED',
    message:
      "the organisation's policy forbids the debugging port, without which gauth cannot see the end of the sign-in",
    hints: [
      'use another browser: --browser-path',
      'or sign in with it by hand and paste the SAML response: gauth -p NAME --saml-assertion -',
    ],
  },
];

function unwilling(how: string | undefined, said: string): GauthError {
  const known = REASONS.find((reason) => reason.said.test(said));
  if (known) return new GauthError(known.code, known.message, { hints: known.hints });
  return new GauthError(
    'BROWSER_FAILED',
    `the browser ended as soon as it was started (${how ?? 'status 0'})`,
    {
      hints: [...lastWords(said), 'try another browser: --browser-path'],
    },
  );
}

function slow(limit: number, said: string): GauthError {
  return new GauthError('TIMEOUT', `the browser was not up within ${String(limit / 1000)} seconds`, {
    hints: [...lastWords(said), 'try again; if it stays, try another browser: --browser-path'],
  });
}

function lastWords(said: string): readonly string[] {
  const line = said.trim().split('\n').at(-1) ?? '';
  return line === '' ? [] : [`the browser said: ${oneLine(line.replace(/^\[[^\]]*\]\s*/, ''))}`];
}
