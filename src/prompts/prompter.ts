/** Answers Google's questions: the password from the keychain, standard input or a prompt, everything else from prompts. */
import { untilAborted } from '../cancellation.ts';
import { largeDigits } from './large-digits.ts';
import { GauthError } from '../errors.ts';
import type { PresetCode } from './preset-code.ts';
import { type Method, isSecondStep, methodRow } from '../google/challenge-methods.ts';
import type { MethodOffer } from '../google/page.ts';
import type {
  ApprovalEnd,
  CodeAnswer,
  CodeQuestion,
  PasswordQuestion,
  UserPrompts,
} from '../google/user-prompts.ts';
import { typedValueFault } from '../options/settings.ts';
import type { Choice, Log, System } from '../ports.ts';
import { askCaptcha } from './captcha.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';

/** The keychain entry of aws-google-auth is used (facts, case 70). */
export const PASSWORD_SERVICE = 'aws-google-auth';

export interface Prompter extends UserPrompts {
  /** To be called after the sign-in succeeded: only then the password is saved. */
  succeeded(): Promise<void>;
  /** The verification method that the user picked from a list, if any: it is saved in the profile. */
  chosen(): Method | undefined;
  /** The e-mail address, which the user may have corrected. */
  username(): string;
  /** Whether the keychain could be used, if it was needed: the profile does not remember one that does not work. */
  hasKeychain(): boolean;
  /** Whether the user chose to continue in the browser. */
  wantsBrowser(): boolean;
}

type World = Pick<System, 'terminal' | 'input' | 'stderr' | 'keychain' | 'clock'>;

interface PrompterOptions {
  readonly username: string;
  /** Whether to save the password in the keychain. */
  readonly keyring: boolean;
  /** Whether a browser can continue the sign-in. */
  readonly canOpenBrowser?: () => Promise<boolean>;
  /** Answers the first prompt for a code. */
  readonly givenCode?: PresetCode | undefined;
}

interface Given {
  readonly from: 'keychain' | 'input' | 'terminal';
  readonly password: Secret;
}

export function createPrompter(
  {
    username: initialUsername,
    keyring,
    givenCode,
    canOpenBrowser = async () => Promise.resolve(false),
  }: PrompterOptions,
  world: World,
  log: Log,
): Prompter {
  const { terminal, input, stderr, keychain, clock } = world;
  let username = initialUsername;
  let given: Given | undefined;
  let code: 'given' | 'refused' | undefined;
  let resent = false;
  let chosen: Method | undefined;
  let keychainWorks = true;
  let wantsBrowser = false;

  /** A keychain that cannot be used is reported once and does not fail the sign-in. */
  async function tryKeychain<Value>(work: () => Promise<Value>): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof GauthError) || error.code !== 'KEYCHAIN') throw error;
      if (keychainWorks) log.warn([error.message, ...error.hints].join('; '));
      keychainWorks = false;
      return undefined;
    }
  }

  async function findPassword(question: PasswordQuestion, signal: AbortSignal): Promise<Given> {
    if (keyring && given === undefined) {
      const password = await tryKeychain(async () => keychain.get(PASSWORD_SERVICE, username));
      if (password) return { from: 'keychain', password };
    }
    if (!input.isTerminal && given?.from !== 'input') {
      const password = await input.readLine(signal);
      // A failed command leaves an empty line in a pipe.
      if (password && password.reveal() !== '') return { from: 'input', password };
    }
    if (!(await terminal.available())) throw noPassword(question, username, given !== undefined);
    for (;;) {
      const password = await terminal.askSecret('Google Password: ', { signal });
      if (password.reveal() !== '') return { from: 'terminal', password };
    }
  }

  return {
    async identifier({ refused, message }, signal) {
      if (terminal.onlyShortPrompts === true || !(await terminal.available())) return undefined;
      const why = quoteGoogle(message) ?? `Google does not accept ${oneLine(refused)}.`;
      for (let note = `${why}\n`; ;) {
        const label = `${note}Google username: `;
        const answer = (await terminal.ask(label, { initial: oneLine(refused), signal })).trim();
        const fault = answer === '' ? '' : typedValueFault('username', answer);
        if (fault === undefined) return (username = answer);
        note = fault === '' ? '' : `It ${fault}.\n`;
      }
    },

    async password(question, signal) {
      if (question.refused > 0) {
        if (given?.from === 'keychain') {
          await tryKeychain(async () => keychain.delete(PASSWORD_SERVICE, username));
          stderr.write('Google refused the password from the keychain; it was removed there.\n');
        } else if (await terminal.available()) {
          stderr.write(`${quoteGoogle(question.message) ?? 'Google refused the password.'}\n`);
        }
      } else if (given !== undefined && (await terminal.available())) {
        stderr.write('Google asks for the password again.\n');
      }
      given = await findPassword(question, signal);
      return given.password;
    },

    async code(question, signal) {
      if (givenCode && code === undefined) {
        code = 'given';
        return { kind: 'text', text: normaliseCode((await givenCode(signal)).reveal()) };
      }
      if (code === 'given' && question.refused > 0) {
        code = 'refused';
        if (!(await terminal.available())) {
          const line = input.isTerminal ? undefined : await input.readLine(signal);
          if (line === undefined || line.reveal() === '') throw wrongCode(question);
          return { kind: 'text', text: normaliseCode(line.reveal()) };
        }
      }
      const isNew = question.refused === 0 || resent;
      resent = false;
      const notes = [
        quoteGoogle(question.message),
        isNew ? sentTo(question) : undefined,
        // Users with the right code need no such hint.
        !isNew && (question.canResend || question.canSwitch) ? 'Press Enter for other options.' : undefined,
      ].filter((note) => note !== undefined);
      for (let note = notes.map((each) => `${each}\n`).join(''); ; note = '') {
        const label = `${note}${methodRow(question.method).prompt ?? 'Code: '}`;
        const text = await readLine(label, world, signal, CODE_HINTS);
        const typedCode = normaliseCode(text);
        if (typedCode.reveal() !== '') return { kind: 'text', text: typedCode };
        const alternative = await askAlternative(question, world, signal);
        resent = alternative?.kind === 'resend';
        if (alternative) return alternative;
      }
    },

    async captcha(question, signal) {
      const note = quoteGoogle(question.message);
      const ask = async (label: string): Promise<string> =>
        readAnswer(note === undefined ? label : `${note}\n${label}`, world, signal);
      return new Secret(await askCaptcha(question, terminal, ask, signal));
    },

    async phoneNumber(message, signal) {
      const note = quoteGoogle(message);
      const label = 'Phone number for the code, with country code: ';
      return new Secret(await readAnswer(note === undefined ? label : `${note}\n${label}`, world, signal));
    },

    async method(offers, unavailable, signal) {
      const usable = offers.map((offer) => ({ value: offer, ...choiceFor(offer) }));
      const disabled = unavailable.map((offer) => ({
        value: offer,
        ...choiceFor(offer),
        disabled: methodRow(offer.method).terminal ? 'not available now' : 'not possible in a terminal',
      }));
      if (!(await terminal.available())) throw noChoice(offers);
      const offer = await terminal.choose("how to verify it's you", [...usable, ...disabled], {
        signal,
      });
      if (isSecondStep(offer.method)) chosen = offer.method;
      return offer;
    },

    async page(question, signal) {
      if (terminal.onlyShortPrompts === true || !(await terminal.available())) return { kind: 'stop' };
      const { askPage } = await import('./page-dialogue.ts');
      const answer = await askPage(question, await canOpenBrowser(), world, signal);
      wantsBrowser = answer.kind === 'browser';
      return answer;
    },

    async approval({ number, canSwitch, message, isUpdate, until }, signal) {
      const instruction =
        number === undefined
          ? 'Approve the prompt on your phone or tablet: tap Yes.'
          : `Approve the prompt on your phone or tablet: tap ${number}.`;
      const note = quoteGoogle(message);
      if (!(await terminal.available())) {
        stderr.write([note, instruction, ''].filter((line) => line !== undefined).join('\n'));
        return untilAborted(signal);
      }
      const keys = canSwitch ? 'Enter: check now, o: other options' : 'Enter: check now';
      const refresh = (): string => {
        const left = minutesAndSeconds(until.getTime() - clock.now().getTime());
        return `Waiting for approval, ${left} left (${keys}) `;
      };
      const digits =
        number === undefined ? undefined : largeDigits(number, await terminal.largeDigitColumns());
      const label = [note, instruction, digits, refresh()].filter(Boolean).join('\n');
      const answer = await terminal.ask(label, { bell: !isUpdate, refresh, signal });
      return canSwitch && answer.trim().toLowerCase() === 'o' ? 'another' : 'check';
    },

    approvalEnded(end) {
      stderr.write(`${APPROVAL_ENDS[end]}\n`);
    },

    chosen: () => chosen,

    username: () => username,

    hasKeychain: () => keychainWorks,

    wantsBrowser: () => wantsBrowser,

    async succeeded() {
      if (!keyring || given === undefined || given.from === 'keychain') return;
      const { password } = given;
      await tryKeychain(async () => keychain.set(PASSWORD_SERVICE, username, password));
    },
  };
}

const APPROVAL_ENDS: Readonly<Record<ApprovalEnd, string>> = {
  approved: 'Approved.',
  declined: 'The prompt was not approved. Google offers other options.',
  expired: 'The prompt has expired. Google offers other options.',
};

/** `4:05` */
function minutesAndSeconds(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  return `${String(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, '0')}`;
}

const CODE_HINTS: readonly string[] = [
  'or give the code in advance with --mfa-code or GOOGLE_MFA_CODE, or a command that prints it with --mfa-command or GAUTH_MFA_COMMAND',
];

/** A visible line from the terminal, or from standard input if there is no terminal. There, an empty line is no answer. */
async function readLine(
  label: string,
  { terminal, input }: World,
  signal: AbortSignal,
  hints: readonly string[] = [],
): Promise<string> {
  if (await terminal.available()) return terminal.ask(label, { signal });
  const line = input.isTerminal ? undefined : (await input.readLine(signal))?.reveal();
  if (line !== undefined && line !== '') return line;
  throw new GauthError(
    'NOT_INTERACTIVE',
    `Google asks a question, and there is no terminal to prompt on (${oneLine(label.slice(label.lastIndexOf('\n') + 1))})`,
    {
      hints: ['run gauth in a terminal, or give the answer as another line of standard input', ...hints],
    },
  );
}

/** As `readLine`, until the answer is not empty: Google counts an empty answer as wrong. */
async function readAnswer(label: string, world: World, signal: AbortSignal): Promise<string> {
  for (;;) {
    const line = await readLine(label, world, signal);
    if (line.trim() !== '') return line;
  }
}

/** An empty answer offers the alternatives. Without any, the prompt is shown again. */
async function askAlternative(
  question: CodeQuestion,
  { terminal }: World,
  signal: AbortSignal,
): Promise<CodeAnswer | undefined> {
  const choices: Choice<CodeAnswer | undefined>[] = [{ value: undefined, label: 'Type the code' }];
  if (question.canResend) choices.push({ value: { kind: 'resend' }, label: 'Send the code again' });
  if (question.canSwitch) choices.push({ value: { kind: 'another' }, label: 'Try another way to sign in' });
  if (choices.length === 1 || !(await terminal.available())) return undefined;
  return terminal.choose('what to do', choices, { signal });
}

function noPassword(question: PasswordQuestion, username: string, again: boolean): GauthError {
  if (question.refused === 0 && again) {
    return new GauthError('NOT_INTERACTIVE', 'Google asks for the password again without giving a reason', {
      hints: ['run gauth in a terminal to see what Google requires'],
    });
  }
  if (question.refused === 0) {
    return new GauthError(
      'NOT_INTERACTIVE',
      'no password: there is no terminal to prompt on and no line on standard input',
      {
        hints: [
          'run gauth in a terminal, pipe the password into it as one line, or save it in the system keychain with --keyring',
        ],
      },
    );
  }
  return new GauthError('WRONG_PASSWORD', `Google refused the password of ${username}`, {
    hints: [
      'check the password on standard input',
      ...[quoteGoogle(question.message)].filter((note) => note !== undefined),
    ],
  });
}

/** The code as Google expects it: without the `G-` of text messages, and without spaces. */
function normaliseCode(text: string): Secret {
  return new Secret(text.replace(/^\s*G-/i, '').replace(/\s+/g, ''));
}

function wrongCode(question: CodeQuestion): GauthError {
  return new GauthError('WRONG_CODE', 'Google refused the code that was given in advance', {
    hints: [
      ...[quoteGoogle(question.message)].filter((note) => note !== undefined),
      `Google asked for: ${methodRow(question.method).label}; use --mfa for another method`,
      'codes of authenticator apps are valid for half a minute: get a new one, and check the clock of this machine',
    ],
  });
}

function noChoice(offers: readonly MethodOffer[]): GauthError {
  return new GauthError(
    'NOT_INTERACTIVE',
    'Google offers several verification methods, and there is no terminal to prompt on',
    {
      hints: [`choose one with --mfa or GAUTH_MFA: ${offers.map((offer) => offer.method).join(', ')}`],
    },
  );
}

function quoteGoogle(message: string | undefined): string | undefined {
  return message === undefined ? undefined : `Google: ${message}`;
}

function sentTo({ sentTo: target, method }: CodeQuestion): string | undefined {
  const how: Partial<Record<Method, string>> = { sms: 'sent a text message to', call: 'calls' };
  const verb = how[method];
  return target === undefined || verb === undefined ? undefined : `Google ${verb} ${target}`;
}

/** The name of the method, with the text of Google (and the masked number) next to it. */
function choiceFor(offer: MethodOffer): { readonly label: string; readonly detail?: string } {
  const { label } = methodRow(offer.method);
  return offer.label === '' ? { label } : { label, detail: offer.label };
}
