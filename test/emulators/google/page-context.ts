/** What the pages of both dialects have in common: the kind of page, its data and its URL. */
import { type TextKey, say } from './texts.ts';
import type { GoogleUser, Language, Method, MethodKind, Speedbump } from './types.ts';

export interface Offer {
  readonly id: number;
  readonly method: Method;
}

export type View =
  | { readonly page: 'identifier'; readonly error?: TextKey; readonly captcha?: 'asked' | 'wrong' }
  | {
      readonly page: 'password';
      readonly error?: TextKey;
      readonly locked?: boolean;
      readonly captcha?: 'asked' | 'wrong';
    }
  | { readonly page: 'selection' }
  | {
      readonly page: 'method';
      readonly offer: Offer;
      readonly stage: 'send' | 'enter';
      readonly error?: TextKey;
    }
  | { readonly page: 'accounts'; readonly emails: readonly string[] }
  | { readonly page: 'speedbump'; readonly kind: Speedbump }
  | { readonly page: 'admin' };

/** The pages that the dialects draw, each in its way. */
export type Place = Exclude<View, { readonly page: 'speedbump' | 'accounts' }>;

export interface PageContext {
  readonly language: Language;
  readonly user: GoogleUser | undefined;
  /** As the user typed it. */
  readonly email: string;
  /** The token of the captcha's picture. */
  readonly captchaToken: string;
  readonly continueUrl: string;
  /** One-time token of this page: `gxf` or `at`. */
  readonly token: string;
  readonly tl: string;
  readonly dsh: string;
  readonly ifkv: string;
  readonly passwordId: number;
  readonly offers: readonly Offer[];
  readonly listId: number;
  readonly transaction: string;
  readonly apiKey: string;
}

/** Words in paths (legacy, v3) and `data-challengetype` of each method. */
export const METHODS: Readonly<
  Record<
    MethodKind,
    { legacy: string; v3: string; type: number; label: TextKey; pinId?: string; field?: string }
  >
> = {
  totp: { legacy: 'totp', v3: 'totp', type: 6, label: 'totp', pinId: 'totpPin' },
  sms: { legacy: 'ipp', v3: 'ipp', type: 9, label: 'sms', pinId: 'idvPreregisteredPhonePin' },
  // No capture tells this number.
  'phone-number': { legacy: 'iap', v3: 'iap', type: 10, label: 'phoneNumber' },
  prompt: { legacy: 'az', v3: 'az', type: 4, label: 'tap' },
  device: { legacy: 'dp', v3: 'dp', type: 39, label: 'tap' },
  'security-key': { legacy: 'sk', v3: 'sk/presend', type: 2, label: 'securityKey' },
  passkey: { legacy: 'pk', v3: 'pk/presend', type: 53, label: 'passkey' },
  'security-key-code': {
    legacy: 'skotp',
    v3: 'skotp',
    type: 37,
    label: 'securityKeyCode',
    pinId: 'securityKeyOtp',
  },
  'backup-code': { legacy: 'bc', v3: 'bc', type: 8, label: 'backupCode', pinId: 'backupCodePin' },
  'recovery-email': {
    legacy: 'kpe',
    v3: 'kpe',
    type: 12,
    label: 'recoveryEmail',
    field: 'knowledgePreregisteredEmailResponse',
  },
  // No capture tells the name of this field.
  'recovery-phone': { legacy: 'kpp', v3: 'kpp', type: 13, label: 'recoveryPhone', field: 'phoneNumber' },
  // No capture tells this number.
  'email-code': { legacy: 'ipe', v3: 'ipe', type: 21, label: 'emailCode' },
  'offline-code': { legacy: 'ootp', v3: 'ootp', type: 5, label: 'offlineCode', pinId: 'ootpPin' },
};

/** What the choice says of a method, and the way a code is sent (`SMS`, `VOICE`, or v3's `undefined`). */
export function describe(
  method: Method,
  language: Language,
): { text: string; phone: string; sendMethod: string } {
  return {
    text: say(METHODS[method.kind].label, language),
    phone: method.kind === 'sms' ? phoneOf(method) : '',
    sendMethod: method.kind === 'sms' ? (method.by ?? 'SMS') : 'undefined',
  };
}

export function phoneOf(method: { readonly phone?: string }): string {
  return method.phone ?? '(•••) •••-••42';
}

/** An address inside a query as Google writes it: only what would end the value is encoded. */
function inQuery(url: string): string {
  return url.replace(/[=&#%+ "<>]/g, encodeURIComponent);
}

/** The query that every v3 address carries; `more` stands first, `last` at the end. */
export function v3Query(setup: PageContext, more = '', last = ''): string {
  const target = inQuery(setup.continueUrl);
  return (
    `?${more}continue=${target}&dsh=${setup.dsh}&faa=1&flowEntry=ServiceLogin&flowName=WebLiteSignIn` +
    `&followup=${target}&hl=${setup.language}&ifkv=${setup.ifkv}${last}`
  );
}
