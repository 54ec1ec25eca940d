/** Reads pasted text at a prompt: without echo, and without the limit of 4,095 characters that a terminal's line mode has. */
import { cancelled, GauthError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { type Tty, watchClose, watchContinue } from './tty.ts';

/** Characters: a SAML response has at most 100,000, a page that contains it some more. */
const LIMIT = 2_000_000;
/** Milliseconds without input after a line break that end the paste: the pasted text may contain line breaks. */
const QUIET = 200;

// Terminals with bracketed paste (xterm) put markers around pasted text.
const BRACKETS_ON = '\u001b[?2004h';
const BRACKETS_OFF = '\u001b[?2004l';
const BEGIN = '\u001b[200~';
const END = '\u001b[201~';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/**
 * The pasted text, unchanged. `bracketed` turns bracketed paste on; the text then ends with the closing marker, else at Enter or
 * Ctrl-D. Throws GauthError CANCELLED at Ctrl-C, when the terminal closes and when the signal fires; BAD_OPTION if the text is
 * far too long.
 */
export async function readPaste(
  tty: Tty,
  label: string,
  { bracketed, signal }: { readonly bracketed: boolean; readonly signal: AbortSignal },
): Promise<Secret> {
  const { input, output } = tty;
  let received = '';
  let timer: NodeJS.Timeout | undefined;
  const watches: (() => void)[] = [];
  input.setRawMode(true);
  output.write((bracketed ? BRACKETS_ON : '') + label);
  try {
    return await new Promise<Secret>((resolve, reject) => {
      const cancel = (): void => {
        reject(cancelled());
      };
      const finish = (): void => {
        const text = received.replaceAll(BEGIN, '').replaceAll(END, '').replaceAll(CTRL_D, '').trim();
        if (text !== '') resolve(new Secret(text));
      };
      const listen = (data: Buffer): void => {
        clearTimeout(timer);
        received += data.toString('utf8');
        if (received.length > LIMIT)
          reject(new GauthError('BAD_OPTION', 'the pasted text is too long for a SAML response'));
        else if (received.includes(CTRL_C)) cancel();
        else if (received.includes(END) || received.endsWith(CTRL_D)) finish();
        else if (/[\r\n]$/.test(received)) timer = setTimeout(finish, QUIET);
      };
      input.on('data', listen);
      signal.addEventListener('abort', cancel);
      watches.push(
        () => input.off('data', listen),
        () => {
          signal.removeEventListener('abort', cancel);
        },
        watchClose(tty, cancel),
        watchContinue(tty, () => output.write(label)),
      );
      // After an earlier prompt the input is paused.
      input.resume();
    });
  } finally {
    clearTimeout(timer);
    watches.forEach((stop) => stop());
    input.pause();
    output.write(`${bracketed ? BRACKETS_OFF : ''}\r\n`);
    input.setRawMode(false);
  }
}
