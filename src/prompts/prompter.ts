/** Answers Google's questions: the password from the keychain, standard input or the terminal, all else from the terminal. */
import { largeDigits } from './large-digits.ts';
import { GauthError } from '../errors.ts';
import type { PresetCode } from './preset-code.ts';
import { type Method, isSecondStep, methodRow } from '../google/challenge-methods.ts';
import type { MethodOffer } from '../google/page.ts';
import type { CodeAnswer, CodeQuestion, PasswordQuestion, UserPrompts } from '../google/user-prompts.ts';
import type { Choice, Log, System } from '../ports.ts';
import { askCaptcha } from './captcha.ts';
import { Secret } from '../secret.ts';
import { oneLine } from '../text.ts';

/** The entry that aws-google-auth made in the keychain is found and kept (facts, case 70). */
export const PASSWORD_SERVICE = 'aws-google-auth';

export interface Prompter extends UserPrompts {
  /** To be called when the sign-in has succeeded: only then a password is worth keeping. */
  succeeded(): Promise<void>;
  /** The second step that the person chose from a list, if any: worth remembering for the next time. */
  chosen(): Method | undefined;
}

type World = Pick<System, 'terminal' | 'input' | 'stderr' | 'keychain'>;

interface Who {
  readonly username: string;
  /** Whether the person wants the password kept in the keychain. */
  readonly keyring: boolean;
  /** Answers the first question for a code in the person's place. */
  readonly givenCode?: PresetCode | undefined;
}

interface Given {
  readonly from: 'keychain' | 'input' | 'terminal';
  readonly password: Secret;
}

export function createPrompter({ username, keyring, givenCode }: Who, world: World, log: Log): Prompter {
  const { terminal, input, stderr, keychain } = world;
  let given: Given | undefined;
  let code: 'given' | 'refused' | undefined;
  let resent = false;
  let chosen: Method | undefined;
  let keychainWorks = true;

  /** A keychain that cannot be used costs one line, not the sign-in. */
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
      // An empty line is what a command that failed leaves in a pipe.
      if (password && password.reveal() !== '') return { from: 'input', password };
    }
    if (!(await terminal.available())) throw noPassword(question, username, given !== undefined);
    for (;;) {
      const password = await terminal.askSecret('Google Password: ', { signal });
      if (password.reveal() !== '') return { from: 'terminal', password };
    }
  }

  return {
    async password(question, signal) {
      if (question.refused > 0) {
        if (given?.from === 'keychain') {
          await tryKeychain(async () => keychain.delete(PASSWORD_SERVICE, username));
          stderr.write('Google refused the password from the keychain; it was removed there.\n');
        } else if (await terminal.available()) {
          stderr.write(`${said(question.message) ?? 'Google refused the password.'}\n`);
        }
      } else if (given !== undefined && (await terminal.available())) {
        stderr.write('Google asks for the password once more.\n');
      }
      given = await findPassword(question, signal);
      return given.password;
    },

    async code(question, signal) {
      if (givenCode && code === undefined) {
        code = 'given';
        return { kind: 'text', text: plainCode((await givenCode(signal)).reveal()) };
      }
      if (code === 'given' && question.refused > 0) {
        code = 'refused';
        if (!(await terminal.available())) {
          const line = input.isTerminal ? undefined : await input.readLine(signal);
          if (line === undefined || line.reveal() === '') throw wrongCode(question);
          return { kind: 'text', text: plainCode(line.reveal()) };
        }
      }
      const isNew = question.refused === 0 || resent;
      resent = false;
      const notes = [
        said(question.message),
        isNew ? sentTo(question) : undefined,
        // Who has the right code needs no word of this.
        !isNew && (question.canResend || question.canSwitch)
          ? 'An empty answer offers other ways.'
          : undefined,
      ].filter((note) => note !== undefined);
      for (let note = notes.map((each) => `${each}\n`).join(''); ; note = '') {
        const label = `${note}${methodRow(question.method).prompt ?? 'Code: '}`;
        const text = await typed(label, world, signal, CODE_HINTS);
        const typedCode = plainCode(text);
        if (typedCode.reveal() !== '') return { kind: 'text', text: typedCode };
        const turn = await otherWay(question, world, signal);
        resent = turn?.kind === 'resend';
        if (turn) return turn;
      }
    },

    async captcha(question, signal) {
      const note = said(question.message);
      const ask = async (label: string): Promise<string> =>
        answered(note === undefined ? label : `${note}\n${label}`, world, signal);
      return new Secret(await askCaptcha(question, terminal, ask, signal));
    },

    async phoneNumber(message, signal) {
      const note = said(message);
      const label = 'Phone number for the code, with country code: ';
      return new Secret(await answered(note === undefined ? label : `${note}\n${label}`, world, signal));
    },

    async method(offers, unavailable, signal) {
      const usable = offers.map((offer) => ({ value: offer, ...words(offer) }));
      const disabled = unavailable.map((offer) => ({
        value: offer,
        ...words(offer),
        disabled: methodRow(offer.method).terminal ? 'not available now' : 'not in a terminal',
      }));
      if (!(await terminal.available())) throw noChoice(offers);
      const offer = await terminal.choose('the way to show that it is you', [...usable, ...disabled], {
        signal,
      });
      if (isSecondStep(offer.method)) chosen = offer.method;
      return offer;
    },

    async approval({ number, canSwitch }, signal) {
      const which =
        number === undefined ? 'Tap Yes on your phone or tablet.' : `Tap ${number} on your phone or tablet.`;
      if (!(await terminal.available())) {
        stderr.write(`${which}\n`);
        return untilAborted(signal);
      }
      const choice = canSwitch
        ? 'Enter looks again at once, o takes another way: '
        : 'Enter looks again at once: ';
      const figure =
        number === undefined ? undefined : largeDigits(number, await terminal.largeDigitColumns());
      const answer = await terminal.ask([which, figure, choice].filter(Boolean).join('\n'), { signal });
      return canSwitch && answer.trim().toLowerCase() === 'o' ? 'another' : 'check';
    },

    chosen: () => chosen,

    async succeeded() {
      if (!keyring || given === undefined || given.from === 'keychain') return;
      const { password } = given;
      await tryKeychain(async () => keychain.set(PASSWORD_SERVICE, username, password));
    },
  };
}

const CODE_HINTS: readonly string[] = [
  'or give the code beforehand with --mfa-code or GOOGLE_MFA_CODE, or name a command that prints it with --mfa-command or GAUTH_MFA_COMMAND',
];

/** One visible line from the terminal; from standard input where there is no terminal, where an empty line is none. */
async function typed(
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
    `google asks a question and there is no terminal to answer on (${oneLine(label.slice(label.lastIndexOf('\n') + 1))})`,
    {
      hints: ['run gauth in a terminal, or give the answer as a further line of standard input', ...hints],
    },
  );
}

/** As `typed`, until there is an answer: Google counts an empty one as wrong. */
async function answered(label: string, world: World, signal: AbortSignal): Promise<string> {
  for (;;) {
    const line = await typed(label, world, signal);
    if (line.trim() !== '') return line;
  }
}

/** An empty answer opens what else can be done; nothing of that sort, and the question comes again. */
async function otherWay(
  question: CodeQuestion,
  { terminal }: World,
  signal: AbortSignal,
): Promise<CodeAnswer | undefined> {
  const choices: Choice<CodeAnswer | undefined>[] = [{ value: undefined, label: 'Type the code' }];
  if (question.canResend) choices.push({ value: { kind: 'resend' }, label: 'Have the code sent again' });
  if (question.canSwitch) choices.push({ value: { kind: 'another' }, label: 'Try another way to sign in' });
  if (choices.length === 1 || !(await terminal.available())) return undefined;
  return terminal.choose('what to do', choices, { signal });
}

function noPassword(question: PasswordQuestion, username: string, again: boolean): GauthError {
  if (question.refused === 0 && again) {
    return new GauthError('NOT_INTERACTIVE', 'google asks for the password once more, without a reason', {
      hints: ['run gauth in a terminal to see what it wants'],
    });
  }
  if (question.refused === 0) {
    return new GauthError(
      'NOT_INTERACTIVE',
      'no password: there is no terminal to ask on and no line on standard input',
      {
        hints: [
          'run gauth in a terminal, pipe the password into it as one line, or keep it in the keychain with --keyring',
        ],
      },
    );
  }
  return new GauthError('WRONG_PASSWORD', `google refused the password of ${username}`, {
    hints: [
      'check the password that is piped in',
      ...[said(question.message)].filter((note) => note !== undefined),
    ],
  });
}

/** As Google wants it: without the `G-` that stands before it in text messages, and without blanks. */
function plainCode(text: string): Secret {
  return new Secret(text.replace(/^\s*G-/i, '').replace(/\s+/g, ''));
}

function wrongCode(question: CodeQuestion): GauthError {
  return new GauthError('WRONG_CODE', 'google refused the code that was given beforehand', {
    hints: [
      ...[said(question.message)].filter((note) => note !== undefined),
      `google asked for: ${methodRow(question.method).label}; '--mfa' names another way`,
      'codes of authenticator apps hold for half a minute: get a new one, and check the clock of this machine',
    ],
  });
}

function noChoice(offers: readonly MethodOffer[]): GauthError {
  return new GauthError('NOT_INTERACTIVE', 'google offers several ways, and there is no terminal to ask on', {
    hints: [`name one with --mfa or GAUTH_MFA: ${offers.map((offer) => offer.method).join(', ')}`],
  });
}

function said(message: string | undefined): string | undefined {
  return message === undefined ? undefined : `Google: ${message}`;
}

function sentTo({ sentTo: target, method }: CodeQuestion): string | undefined {
  const how: Partial<Record<Method, string>> = { sms: 'sent a text message to', call: 'calls' };
  const verb = how[method];
  return target === undefined || verb === undefined ? undefined : `Google ${verb} ${target}`;
}

/** Our words for the way, Google's own (with the masked number) beside them. */
function words(offer: MethodOffer): { readonly label: string; readonly detail?: string } {
  const { label } = methodRow(offer.method);
  return offer.label === '' ? { label } : { label, detail: offer.label };
}

async function untilAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const end = (): void => {
      reject(new GauthError('CANCELLED', 'cancelled'));
    };
    if (signal.aborted) end();
    else signal.addEventListener('abort', end, { once: true });
  });
}
