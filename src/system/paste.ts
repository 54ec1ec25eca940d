/** Takes what is pasted at a question: unseen, and whole, which a terminal's own lines are not beyond 4,095 characters. */
import { cancelled, GauthError } from '../errors.ts';
import { Secret } from '../secret.ts';
import { type Tty, watchClose, watchContinue } from './tty.ts';

/** Characters: a SAML response has 100,000 at most, and a page around it some more. */
const LIMIT = 2_000_000;
/** Milliseconds without anything more after a line's end, which may stand within what is pasted, too. */
const QUIET = 200;

// Terminals that know it put marks around what is pasted (xterm, "bracketed paste").
const MARKS_ON = '\u001b[?2004h';
const MARKS_OFF = '\u001b[?2004l';
const BEGIN = '\u001b[200~';
const END = '\u001b[201~';
const CTRL_C = '\u0003';
const CTRL_D = '\u0004';

/**
 * What is pasted, as it came; `marks` says whether the terminal may be asked for its own. It ends with the paste where the terminal says so, else by Enter or Ctrl-D.
 * Throws GauthError CANCELLED at Ctrl-C, the end of the terminal and the signal; BAD_OPTION for far too much.
 */
export async function readPaste(
  tty: Tty,
  label: string,
  { marks, signal }: { readonly marks: boolean; readonly signal: AbortSignal },
): Promise<Secret> {
  const { input, output } = tty;
  let heard = '';
  let timer: NodeJS.Timeout | undefined;
  const watches: (() => void)[] = [];
  input.setRawMode(true);
  output.write((marks ? MARKS_ON : '') + label);
  try {
    return await new Promise<Secret>((resolve, reject) => {
      const cancel = (): void => {
        reject(cancelled());
      };
      const finish = (): void => {
        const text = heard.replaceAll(BEGIN, '').replaceAll(END, '').replaceAll(CTRL_D, '').trim();
        if (text !== '') resolve(new Secret(text));
      };
      const listen = (data: Buffer): void => {
        clearTimeout(timer);
        heard += data.toString('utf8');
        if (heard.length > LIMIT)
          reject(new GauthError('BAD_OPTION', 'far more is pasted than a SAML response'));
        else if (heard.includes(CTRL_C)) cancel();
        else if (heard.includes(END) || heard.endsWith(CTRL_D)) finish();
        else if (/[\r\n]$/.test(heard)) timer = setTimeout(finish, QUIET);
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
      // Where something was asked before, it is paused.
      input.resume();
    });
  } finally {
    clearTimeout(timer);
    watches.forEach((stop) => stop());
    input.pause();
    output.write(`${marks ? MARKS_OFF : ''}\r\n`);
    input.setRawMode(false);
  }
}
