/** The verification methods, one row each: Google's and gauth's names for them, and whether they work in a terminal. */

interface MethodRow {
  /** `challengeType` / `data-challengetype` (captured pages; facts "challengetype"). */
  readonly types: readonly number[];
  /** The word after `/challenge/` in the URL of its page. */
  readonly paths: readonly string[];
  /** The label in the list of methods. */
  readonly label: string;
  /** The prompt, for methods with something to type. */
  readonly prompt?: string;
  /** Whether it works in a terminal. */
  readonly terminal: boolean;
}

export const METHODS = {
  totp: {
    types: [6],
    paths: ['totp'],
    label: 'Authenticator app',
    prompt: 'MFA token: ',
    terminal: true,
  },
  sms: {
    types: [9],
    paths: ['ipp'],
    label: 'Text message',
    prompt: 'Enter SMS token: G-',
    terminal: true,
  },
  call: {
    types: [],
    paths: [],
    label: 'Phone call',
    prompt: 'Enter the code from the call: ',
    terminal: true,
  },
  'phone-number': {
    types: [],
    paths: ['iap'],
    label: 'Code sent to a phone number that you enter',
    prompt: 'Enter SMS token: G-',
    terminal: true,
  },
  prompt: {
    types: [4, 39],
    paths: ['az', 'dp', 'authzen'],
    label: 'Prompt on your phone or tablet',
    terminal: true,
  },
  'backup-code': {
    types: [8],
    paths: ['bc'],
    label: 'Backup code (8 digits)',
    prompt: 'Backup code: ',
    terminal: true,
  },
  'security-code': {
    types: [37],
    paths: ['skotp'],
    label: 'Security code from another device (g.co/sc)',
    prompt: 'Security code from g.co/sc: ',
    terminal: true,
  },
  'offline-code': {
    types: [5],
    paths: ['ootp'],
    label: 'Security code from your phone (offline)',
    prompt: 'Security code from your phone: ',
    terminal: true,
  },
  'security-key': {
    types: [2],
    paths: ['sk', 'webauthn'],
    label: 'Security key',
    terminal: false,
  },
  passkey: {
    types: [53],
    paths: ['pk'],
    label: 'Passkey',
    terminal: false,
  },
  'recovery-email': {
    types: [12],
    paths: ['kpe'],
    label: 'Confirm your recovery e-mail address',
    prompt: 'Recovery e-mail address: ',
    terminal: true,
  },
  'recovery-phone': {
    types: [13],
    paths: ['kpp'],
    label: 'Confirm your recovery phone number',
    prompt: 'Recovery phone number, with country code: ',
    terminal: true,
  },
  'email-code': {
    types: [],
    paths: ['ipe'],
    label: 'Code sent to an e-mail address',
    prompt: 'Code from the e-mail: ',
    terminal: true,
  },
  password: {
    // As another way, the password has a type of its own (facts 2026, "On the pages").
    types: [1, 11],
    paths: ['pwd', 'sl'],
    label: 'Password',
    terminal: true,
  },
  other: {
    types: [],
    paths: [],
    label: 'Unknown method',
    prompt: 'Code: ',
    terminal: false,
  },
} as const satisfies Readonly<Record<string, MethodRow>>;

export type Method = keyof typeof METHODS;

const NAMES = Object.keys(METHODS).filter(isMethod);

function isMethod(name: string): name is Method {
  return Object.hasOwn(METHODS, name);
}

/** What Google asks for in addition when it doubts a sign-in; nobody prefers it. */
const NO_SECOND_STEPS: ReadonlySet<Method> = new Set<Method>([
  'password',
  'recovery-email',
  'recovery-phone',
]);

/** The methods that can be preferred: second steps that work in a terminal. */
export const SECOND_STEPS: readonly Method[] = NAMES.filter(isSecondStep);

export function isSecondStep(method: Method): boolean {
  return methodRow(method).terminal && !NO_SECOND_STEPS.has(method);
}

/** The row of a method: `METHODS[method]` with the optional columns in its type. */
export function methodRow(method: Method): MethodRow {
  return METHODS[method];
}

/** The method of a challenge type, with the way of sending if the page names one (`SMS`, `VOICE`). */
export function methodOfType(type: string | undefined, sendMethod?: string): Method {
  const number = Number(type ?? NaN);
  const name = NAMES.find((candidate) => methodRow(candidate).types.includes(number)) ?? 'other';
  return name === 'sms' && sendMethod?.toUpperCase() === 'VOICE' ? 'call' : name;
}

/** The method of the word after `/challenge/`. */
export function methodOfPath(word: string): Method | undefined {
  return NAMES.find((candidate) => methodRow(candidate).paths.includes(word));
}
