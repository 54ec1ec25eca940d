/**
 * The progress line on standard error: a spinner while a request takes longer than half a second. It is erased before
 * anything else is written, and never interferes with a prompt.
 */
import type { Http, System, Terminal } from '../ports.ts';

/** Milliseconds: shorter waits show nothing. */
const DELAY = 500;
const TICK = 100;
/** For legacy Windows consoles and terminals without UTF-8. */
const PLAIN = ['|', '/', '-', '\\'] as const;
const BRAILLE = ['⠋', '⠙', '⠹', '⠸', '⠼', '⠴', '⠦', '⠧', '⠇', '⠏'] as const;

/**
 * The same system, in which slow requests show a line on standard error. Output and prompts erase the line first. Messages
 * during a prompt are shown after it. Nothing is shown if standard error is not a terminal, if the terminal cannot move the
 * cursor, or in continuous integration. There are no colours.
 */
export function withProgress(system: System): System {
  const { stderr, stdout, terminal, clock } = system;
  let pending = 0;
  let questions = 0;
  let isShown = false;
  /** Messages written while a prompt was open. */
  let deferred = '';
  let end = async (): Promise<void> => Promise.resolve();

  const erase = (): void => {
    // To the end of the line: characters typed meanwhile, such as ^C, are there, too.
    if (isShown) stderr.write('\r\u001b[K');
    isShown = false;
  };
  const show = (mark: string, text: string): void => {
    // A line as wide as the window would wrap, and could not be erased.
    const room = (stderr.columns ?? 80) - 1;
    const line = [`${mark} ${text}`, mark].find((each) => each.length <= room);
    erase();
    if (line === undefined) return;
    stderr.write(line);
    isShown = true;
  };
  const spin = async (text: string, signal: AbortSignal): Promise<void> => {
    const marks = hasUnicode(system) ? BRAILLE : PLAIN;
    await clock.sleep(DELAY, signal);
    for (let count = 0; ; count += 1) {
      if (questions === 0) show(marks[count % marks.length] ?? '', text);
      await clock.sleep(TICK, signal);
    }
  };
  /** Shows the line until the returned function is called, when the last of the parallel requests has ended. */
  const showProgress = (text: string): (() => Promise<void>) => {
    const stop = new AbortController();
    const spinning = spin(text, stop.signal).catch(() => undefined);
    return async () => {
      stop.abort();
      await spinning;
      erase();
    };
  };
  const http: Http = async (request, signal) => {
    if (!canShow(system)) return system.http(request, signal);
    pending += 1;
    if (pending === 1) end = showProgress(`Waiting for ${request.url.hostname}...`);
    try {
      return await system.http(request, signal);
    } finally {
      pending -= 1;
      if (pending === 0) await end();
    }
  };
  /** Output must not interfere with an open prompt. */
  const duringPrompt = async <Answer>(question: () => Promise<Answer>): Promise<Answer> => {
    questions += 1;
    erase();
    try {
      return await question();
    } finally {
      questions -= 1;
      if (questions === 0 && deferred !== '') stderr.write(deferred);
      if (questions === 0) deferred = '';
    }
  };
  const promptTerminal: Terminal = {
    ...terminal,
    ask: async (label, options) => duringPrompt(async () => terminal.ask(label, options)),
    askSecret: async (label, options) => duringPrompt(async () => terminal.askSecret(label, options)),
    paste: async (label, options) => duringPrompt(async () => terminal.paste(label, options)),
    choose: async (label, choices, options) =>
      duringPrompt(async () => terminal.choose(label, choices, options)),
    chooseSeveral: async (label, choices, options) =>
      duringPrompt(async () => terminal.chooseSeveral(label, choices, options)),
  };
  const erasesFirst = (output: System['stderr']): System['stderr'] => ({
    get isTerminal() {
      return output.isTerminal;
    },
    get columns() {
      return output.columns;
    },
    write(text) {
      if (questions > 0 && output === stderr) {
        deferred += text;
        return;
      }
      erase();
      output.write(text);
    },
  });
  return {
    ...system,
    http,
    terminal: promptTerminal,
    stderr: erasesFirst(stderr),
    stdout: erasesFirst(stdout),
  };
}

function canShow({ env, platform, stderr }: System): boolean {
  if ((env['CI'] ?? '') !== '' || env['TERM'] === 'dumb') return false;
  return (platform === 'win32' || (env['TERM'] ?? '') !== '') && stderr.isTerminal;
}

function hasUnicode({ env, platform }: System): boolean {
  if (platform === 'win32') return (env['WT_SESSION'] ?? '') !== '';
  return /utf-?8/i.test(env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || '');
}
