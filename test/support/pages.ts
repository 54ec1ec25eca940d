/** Every page that the Google emulator can show, with its URL and status. */
import {
  errorPage,
  cookiesPage,
  disabledPage,
  rejectedPage,
  samlPage,
} from '../emulators/google/surrounding-pages.ts';
import { draw, locate } from '../emulators/google/pages.ts';
import type { PageContext, View } from '../emulators/google/page-context.ts';
import type { Dialect, GoogleUser, Language, Method, Speedbump } from '../emulators/google/types.ts';
import { bodyText } from '../emulators/respond.ts';
import type { PageResponse } from '../../src/google/page-reader.ts';

export interface SamplePage extends PageResponse {
  readonly name: string;
}

/** What stands in the pages and must not get out; each is unlike any word of a page. */
export const SECRETS = {
  email: 'jane.roe@corp.example.net',
  token: 'AFoag4secretATtoken-77:1700000000000',
  tl: 'ALgCv6zsecretTLtokenXyZ12345',
  dsh: 'S-9182secretDSH:1700000000001',
  ifkv: 'AdBytiPsecretIFKVtokenAbCdEfGh',
  captchaToken: 'AAWk9lSsecretCTOKENqwertyuiop123456',
  transaction: 'secretTXID-transaction-7654321',
  apiKey: 'AIzaSy-secret-api-key-0123456789',
  samlResponse: Buffer.from('<samlp:Response>secret assertion</samlp:Response>').toString('base64'),
  phone: '+49 151 2345 6789',
  masked: '(•••) •••-••73',
} as const;

const METHODS: readonly Method[] = [
  { kind: 'totp', code: '1' },
  { kind: 'sms', code: '1', phone: SECRETS.masked, resend: true },
  { kind: 'sms', code: '1', by: 'VOICE', phone: SECRETS.masked },
  { kind: 'phone-number', phone: SECRETS.phone, code: '1' },
  { kind: 'prompt', number: '42' },
  { kind: 'device', number: '89' },
  { kind: 'device' },
  { kind: 'security-key' },
  { kind: 'passkey', unavailable: true },
  { kind: 'security-key-code', code: '1' },
  { kind: 'backup-code', codes: ['1'] },
  { kind: 'offline-code', code: '1' },
  { kind: 'recovery-email', code: '1' },
  { kind: 'recovery-phone', code: '1' },
  { kind: 'email-code', code: '1' },
];
const SPEEDBUMPS: readonly Speedbump[] = [
  ...(['samlconfirmaccount', 'passkeyenrollment', 'workspacetermsofservice', 'changepassword'] as const),
  ...(['verify', 'disabled', 'unheard-of'] as const),
  ...(['samlconfirmaccount-choice', 'confirmidentifier', 'continue'] as const),
];
const LEGACY_ONLY: ReadonlySet<string> = new Set(['prompt', 'phone-number']);
const ORIGIN = 'https://accounts.google.com';

/** All pages in both dialects and these languages; without an order that matters. */
export function samplePages(languages: readonly Language[] = ['en', 'ar']): readonly SamplePage[] {
  return languages.flatMap((language) =>
    (['legacy', 'v3'] as const).flatMap((dialect) => [
      ...views(dialect).map((view) => drawn(view, dialect, language)),
      ...around(dialect, language),
    ]),
  );
}

function views(dialect: Dialect): readonly View[] {
  const offers = METHODS.map((method, index) => ({ id: 4 + index, method }));
  const usable = offers.filter(({ method }) =>
    dialect === 'legacy' ? method.kind !== 'passkey' : !LEGACY_ONLY.has(method.kind),
  );
  return [
    { page: 'identifier' },
    { page: 'identifier', error: 'unknownUser' },
    { page: 'identifier', captcha: 'asked' },
    { page: 'identifier', captcha: 'wrong' },
    { page: 'password' },
    { page: 'password', error: 'wrongPassword' },
    { page: 'password', locked: true },
    { page: 'selection' },
    ...usable.flatMap((offer): View[] => [
      { page: 'method', offer, stage: 'send' },
      { page: 'method', offer, stage: 'enter' },
      { page: 'method', offer, stage: 'enter', error: 'wrongCode' },
    ]),
    ...SPEEDBUMPS.map((kind): View => ({ page: 'speedbump', kind })),
    { page: 'admin' },
    { page: 'accounts', emails: [SECRETS.email, 'john.doe@corp.example.net'] },
  ];
}

function drawn(view: View, dialect: Dialect, language: Language): SamplePage {
  const setup = pageContextIn(language, view.page === 'identifier' ? '' : SECRETS.email);
  const markup = draw(view, setup, dialect);
  const method = view.page === 'method' ? view.offer.method : undefined;
  const name = [
    dialect,
    language,
    view.page,
    ...[method?.kind, method?.kind === 'sms' ? method.by : undefined],
    ...['stage', 'kind', 'captcha', 'error'].map(
      (key) => Object.entries(view).find(([name]) => name === key)?.[1],
    ),
    'locked' in view && 'locked',
  ]
    .filter(Boolean)
    .join(' ');
  const url = new URL(locate(view, setup, dialect), ORIGIN);
  return { name, url, status: markup.status ?? 200, html: markup.html };
}

function around(dialect: Dialect, language: Language): readonly SamplePage[] {
  const setup = pageContextIn(language, SECRETS.email);
  const page = (name: string, path: string, html: string, status = 200): SamplePage => ({
    name: `${dialect} ${language} ${name}`,
    url: new URL(path, ORIGIN),
    status,
    html,
  });
  const path = dialect === 'v3' ? '/v3/signin/rejected' : '/signin/rejected';
  const error = (status: number, word: string): SamplePage =>
    page(
      word,
      `/o/saml2/initsso?idpid=C01abc2de&spid=1`,
      bodyText(errorPage(status, word, 'malformed', language)),
      status,
    );
  return [
    ...['46', '47', '1'].map((rrk) =>
      page(`rejected ${rrk}`, `${path}?rrk=${rrk}`, rejectedPage(setup, rrk).html),
    ),
    page('disabled', '/signin/speedbump/disabled', disabledPage(setup).html),
    page('cookies', '/CookieMismatch', bodyText(cookiesPage(language)), 400),
    page(
      'assertion',
      '/o/saml2/initsso',
      samlPage(SECRETS.samlResponse, 'https://signin.aws.amazon.com/saml'),
    ),
    ...[error(403, 'app_not_configured_for_user'), error(403, 'not_a_saml_app'), error(400, 'invalid_idp')],
  ];
}

function pageContextIn(language: Language, email: string): PageContext {
  const user: GoogleUser = { email: SECRETS.email, password: 'unused' };
  return {
    language,
    user,
    email,
    continueUrl: `${ORIGIN}/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false&from_login=1`,
    token: SECRETS.token,
    tl: SECRETS.tl,
    dsh: SECRETS.dsh,
    ifkv: SECRETS.ifkv,
    captchaToken: SECRETS.captchaToken,
    passwordId: 3,
    offers: METHODS.map((method, index) => ({ id: 4 + index, method })),
    listId: 2,
    transaction: SECRETS.transaction,
    apiKey: SECRETS.apiKey,
  };
}
