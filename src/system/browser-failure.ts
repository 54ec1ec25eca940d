/** Why a browser did not start, from what it printed. Pure. */
import { GauthError } from '../errors.ts';
import { oneLine } from '../text.ts';

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
    pattern:
      /Opening in existing browser session|is already running, but is not responding|Could not acquire.*lock/i,
    code: 'LOCKED',
    message: 'another browser uses the browser profile of this account',
    hints: ['close its windows, then run gauth again'],
  },
];

/** The error for a browser that ended right after its start; undefined if its output shows no reason and it ended in order. */
export function startFailure(how: string | undefined, output: string): GauthError | undefined {
  const known = REASONS.find((reason) => reason.pattern.test(output));
  if (known) return new GauthError(known.code, known.message, { hints: known.hints });
  if (how === undefined) return undefined;
  return new GauthError('BROWSER_FAILED', `the browser ended right after its start (${how})`, {
    hints: [...lastLine(output), 'try another browser: --browser'],
  });
}

function lastLine(output: string): readonly string[] {
  const line = output.trim().split('\n').at(-1) ?? '';
  return line === '' ? [] : [`the browser printed: ${oneLine(line.replace(/^\[[^\]]*\]\s*/, ''))}`];
}
