/** The ways in which Google lets a person prove who they are, one row each: Google's names for them, ours, and what can be done in a terminal. */

interface MethodRow {
  /** `challengeType` / `data-challengetype` (captured pages; facts "challengetype"). */
  readonly types: readonly number[];
  /** The word after `/challenge/` in the address of its page. */
  readonly paths: readonly string[];
  /** What the picker shows. */
  readonly label: string;
  /** The question, where the proof is something to type. */
  readonly prompt?: string;
  /** Whether it can be done without a browser. */
  readonly terminal: boolean;
}

export const METHODS = {
  totp: {
    types: [6],
    paths: ['totp'],
    label: 'Code from the authenticator app',
    prompt: 'MFA token: ',
    terminal: true,
  },
  sms: {
    types: [9],
    paths: ['ipp'],
    label: 'Code by text message',
    prompt: 'Enter SMS token: G-',
    terminal: true,
  },
  call: {
    types: [],
    paths: [],
    label: 'Code by phone call',
    prompt: 'Enter the code from the call: ',
    terminal: true,
  },
  'phone-number': {
    types: [],
    paths: ['iap'],
    label: 'Code to a phone whose number you give',
    prompt: 'Enter SMS token: G-',
    terminal: true,
  },
  prompt: {
    types: [4, 39],
    paths: ['az', 'dp'],
    label: 'Tap on your phone or tablet',
    terminal: true,
  },
  'backup-code': {
    types: [8],
    paths: ['bc'],
    label: 'One of your 8-digit backup codes',
    prompt: 'Backup code: ',
    terminal: true,
  },
  'security-code': {
    types: [37],
    paths: ['skotp'],
    label: 'Code from a security key on another device (g.co/sc)',
    prompt: 'Security code from g.co/sc: ',
    terminal: true,
  },
  'offline-code': {
    types: [5],
    paths: ['ootp'],
    label: 'Offline code from your phone',
    prompt: 'Security code from your phone: ',
    terminal: true,
  },
  'security-key': {
    types: [2],
    paths: ['sk'],
    label: 'Security key',
    terminal: false,
  },
  passkey: {
    types: [53],
    paths: ['pk'],
    label: 'Passkey',
    terminal: false,
  },
  password: {
    types: [1],
    paths: ['pwd', 'sl'],
    label: 'Password',
    terminal: true,
  },
  other: {
    types: [],
    paths: [],
    label: 'A way that gauth does not know',
    prompt: 'Code: ',
    terminal: false,
  },
} as const satisfies Readonly<Record<string, MethodRow>>;

export type Method = keyof typeof METHODS;

const NAMES = Object.keys(METHODS).filter(isMethod);

function isMethod(name: string): name is Method {
  return Object.hasOwn(METHODS, name);
}

/** What a person may prefer: second steps that a terminal can do. */
export const SECOND_STEPS: readonly Method[] = NAMES.filter(isSecondStep);

export function isSecondStep(method: Method): boolean {
  return methodRow(method).terminal && method !== 'password';
}

/** The row of a method; the same as `METHODS[method]`, with the optional columns in the type. */
export function methodRow(method: Method): MethodRow {
  return METHODS[method];
}

/** The method behind a challenge type, with its way of sending where the page names one (`SMS`, `VOICE`). */
export function methodOfType(type: string | undefined, sendMethod?: string): Method {
  const number = Number(type ?? NaN);
  const name = NAMES.find((candidate) => methodRow(candidate).types.includes(number)) ?? 'other';
  return name === 'sms' && sendMethod?.toUpperCase() === 'VOICE' ? 'call' : name;
}

/** The method behind the word after `/challenge/`. */
export function methodOfPath(word: string): Method | undefined {
  return NAMES.find((candidate) => methodRow(candidate).paths.includes(word));
}
