/** What to do on a page: one exhaustive switch from what Google shows to the next thing to ask or send. Pure. */
import type { GauthError } from '../errors.ts';
import type { Secret } from '../secret.ts';
import { type Method, methodRow } from './method.ts';
import type {
  AccountsPage,
  ApprovalPage,
  Captcha,
  ChooserPage,
  CodePage,
  IdentifierPage,
  Offer,
  Page,
  PasswordPage,
  PhoneNumberPage,
  SendPage,
  UnrecognisedPage,
  WithWayOut,
} from './page.ts';
import { LIMITS, type Progress, type SignInRequest } from './progress.ts';
import { type Submission, fill } from './submission.ts';
import { refused, verdict } from './verdict.ts';

/** A thing to ask, the field that the answer goes into, and the form that waits for it. */
export type Question =
  | {
      readonly kind: 'password';
      readonly field: string;
      readonly page: PasswordPage;
      readonly reuse: boolean;
    }
  | {
      readonly kind: 'captcha';
      readonly field: string;
      readonly captcha: Captcha;
      readonly message: string | undefined;
    }
  | { readonly kind: 'code'; readonly field: string; readonly page: CodePage }
  | { readonly kind: 'phone-number'; readonly field: string; readonly page: PhoneNumberPage };

export type Step =
  /** Send as it is. */
  | { readonly kind: 'submit'; readonly submission: Submission; readonly counts: keyof Progress | undefined }
  /** Ask, add the answers, send. */
  | {
      readonly kind: 'ask';
      readonly questions: readonly Question[];
      readonly submission: Submission;
      readonly counts: keyof Progress | undefined;
      readonly resend: Submission | undefined;
      readonly another: Submission | undefined;
    }
  | { readonly kind: 'choose'; readonly offers: readonly Offer[]; readonly unavailable: readonly Offer[] }
  /** Wait for a tap elsewhere, asking again from time to time. */
  | { readonly kind: 'approve'; readonly page: ApprovalPage; readonly submission: Submission }
  | { readonly kind: 'done'; readonly base64: Secret }
  | { readonly kind: 'stop'; readonly error: GauthError };

export function nextStep(page: Page, request: SignInRequest, progress: Progress): Step {
  switch (page.kind) {
    case 'identifier':
      return identifierStep(page, request, progress);
    case 'password':
      return passwordStep(page, request, progress);
    case 'code':
      return preferred([page.method], page.another, request, progress) ?? codeStep(page, request, progress);
    case 'send': {
      const methods = page.ways.map((way) => way.method);
      return preferred(methods, page.another, request, progress) ?? sendStep(page, request, progress);
    }
    case 'phone-number':
      return (
        preferred(['phone-number', 'call'], page.another, request, progress) ??
        phoneNumberStep(page, request, progress)
      );
    case 'approval':
      return preferred(['prompt'], page.another, request, progress) ?? approvalStep(page);
    case 'key':
      return wayOut(page, progress) ?? stop(unsupported([page.method], request));
    case 'chooser':
      return chooserStep(page, request, progress);
    case 'accounts':
      return accountsStep(page, request, progress);
    case 'confirm':
      return { kind: 'submit', submission: page.submission, counts: undefined };
    case 'assertion':
      return { kind: 'done', base64: page.base64 };
    case 'refusal':
      return stop(verdict(page, request));
    case 'unrecognised':
      return stop(unrecognised(page, request));
  }
}

function identifierStep(page: IdentifierPage, request: SignInRequest, progress: Progress): Step {
  const again = progress.identifiers > 0;
  const known = progress.passwords + progress.restarts > 0;
  if (again && !known && page.captcha === undefined && page.message !== undefined) {
    const message = `google does not know ${request.username}`;
    const hints = ['check the address given by -u, GOOGLE_USERNAME or google_config.google_username'];
    return stop(refused('UNKNOWN_USER', message, request, { hints, said: page.message }));
  }
  const over = again && (page.captcha === undefined || progress.passwords > 0);
  if (over && progress.restarts >= LIMITS.restarts) {
    return stop(
      refused('SESSION_EXPIRED', 'the sign-in ran out in the middle and google started over', request, {
        hints: ['run gauth again and answer within a few minutes'],
      }),
    );
  }
  const counts = over ? 'restarts' : 'identifiers';
  const set: Record<string, string> = { [page.field]: request.username, bgresponse: request.bgResponse };
  if (page.form.names.has('PersistentCookie')) set['PersistentCookie'] = 'yes';
  const submission = fill(page.form, { set: { ...set, ...page.captcha?.extra }, button: page.button });
  if (page.captcha === undefined) return { kind: 'submit', submission, counts };
  return (
    captchaLimit(progress, request) ??
    ask([captchaQuestion(page.captcha, page, progress)], submission, counts)
  );
}

function passwordStep(page: PasswordPage, request: SignInRequest, progress: Progress): Step {
  // A puzzle that was missed, or came up after a good password, needs the same password once more: Google has not refused it.
  const missed = page.captcha !== undefined && progress.passwords > 0 && !page.refused;
  // Google that starts over in the middle has not refused it either.
  const reuse = missed || (progress.restarts > 0 && progress.passwords === 0);
  if (!missed && progress.passwords >= LIMITS.passwords) {
    const what = page.refused ? 'refused' : 'asked again for';
    return stop(
      refused('WRONG_PASSWORD', `google ${what} the password of ${request.username} three times`, request, {
        hints: [
          'check it in a browser at https://accounts.google.com/ before the next try, or google locks the account',
        ],
        said: page.message,
      }),
    );
  }
  const set: Record<string, string> = {
    bgresponse: request.bgResponse,
    ...trust(page),
    ...page.captcha?.extra,
  };
  const submission = fill(page.form, { set, button: page.button });
  const questions: Question[] = [{ kind: 'password', field: page.field, page, reuse }];
  if (page.captcha) questions.push(captchaQuestion(page.captcha, page, progress));
  const limit = page.captcha && captchaLimit(progress, request);
  return limit ?? ask(questions, submission, missed ? undefined : 'passwords');
}

function codeStep(page: CodePage, request: SignInRequest, progress: Progress): Step {
  const row = methodRow(page.method);
  if (row.prompt === undefined) return stop(unsupported([page.method], request));
  if (progress.codes >= LIMITS.codes) {
    return stop(
      refused('WRONG_CODE', 'google refused the code too often', request, {
        hints: ["check the clock of the device that makes the codes, or take another way ('--mfa')"],
        said: page.message,
      }),
    );
  }
  const submission = fill(page.form, {
    set: trust(page),
    drop: ['SendMethod', 'sendMethod'],
    button: page.button,
  });
  const questions: Question[] = [{ kind: 'code', field: page.field, page }];
  return { ...ask(questions, submission, 'codes'), resend: page.resend, another: page.another };
}

/** Nobody asked for the message that the person gets: one more where the first seems lost, and none once Google says why not. */
function sendStep(page: SendPage, request: SignInRequest, progress: Progress): Step {
  const way = page.ways.find((each) => each.method === request.method) ?? page.ways[0];
  if (way === undefined) return stop(unsupported(['sms'], request));
  if (page.message === undefined && progress.sends < LIMITS.sends) {
    return { kind: 'submit', submission: way.submission, counts: 'sends' };
  }
  const hints = ["take another way ('--mfa'), or try again later"];
  return (
    wayOut(page, progress) ??
    stop(refused('CHALLENGE_DENIED', 'google sends no code', request, { hints, said: page.message }))
  );
}

function phoneNumberStep(page: PhoneNumberPage, request: SignInRequest, progress: Progress): Step {
  if (progress.sends >= LIMITS.numbers) {
    const hints = ["take another way ('--mfa'), or try again later"];
    const message = 'google sends no code to the numbers given';
    return stop(refused('CHALLENGE_DENIED', message, request, { hints, said: page.message }));
  }
  const method = page.form.names.has('SendMethod') ? 'SendMethod' : 'sendMethod';
  const submission = fill(page.form, {
    set: { [method]: request.method === 'call' ? 'VOICE' : 'SMS' },
    button: page.button,
  });
  return {
    ...ask([{ kind: 'phone-number', field: page.field, page }], submission, 'sends'),
    another: page.another,
  };
}

function approvalStep(page: ApprovalPage): Step {
  return { kind: 'approve', page, submission: fill(page.form, { set: trust(page), button: page.button }) };
}

function chooserStep(page: ChooserPage, request: SignInRequest, progress: Progress): Step {
  const usable = page.offers.filter((offer) => offer.available && methodRow(offer.method).terminal);
  const isOpen = progress.chosen === 0 && progress.wishes < LIMITS.wishes;
  const wanted = usable.find((offer) => isOpen && offer.method === request.method);
  if (wanted) return { kind: 'submit', submission: wanted.submission, counts: 'wishes' };
  const only = usable.length === 1 ? usable[0] : undefined;
  if (usable.length === 0 || progress.switches >= LIMITS.switches) {
    return stop(
      unsupported(
        page.offers.map((offer) => offer.method),
        request,
      ),
    );
  }
  if (only) return { kind: 'submit', submission: only.submission, counts: 'switches' };
  return {
    kind: 'choose',
    offers: usable,
    unavailable: page.offers.filter((offer) => !usable.includes(offer)),
  };
}

function accountsStep(page: AccountsPage, request: SignInRequest, progress: Progress): Step {
  const wanted = request.username.toLowerCase();
  const account = page.accounts.find(({ email }) => email.toLowerCase() === wanted);
  if (account !== undefined && progress.accounts < LIMITS.accounts) {
    return { kind: 'submit', submission: account.submission, counts: 'accounts' };
  }
  const others = page.accounts.map(({ email }) => email).slice(0, 5);
  return stop(
    refused('OTHER_ACCOUNT', `google offers other accounts than ${request.username}`, request, {
      hints: [
        ...(others.length === 0 ? [] : [`offered: ${others.join(', ')}`]),
        "check -u, or run 'gauth logout' to drop kept cookies, then try again",
      ],
    }),
  );
}

/** Goes to the method that the person prefers when Google starts with another one; tried once, then what Google wants is done. */
function preferred(
  methods: readonly Method[],
  another: Submission | undefined,
  request: SignInRequest,
  progress: Progress,
): Step | undefined {
  const elsewhere = request.method !== undefined && !methods.includes(request.method);
  if (!elsewhere || another === undefined || progress.switches + progress.wishes + progress.chosen > 0) {
    return undefined;
  }
  return { kind: 'submit', submission: another, counts: 'switches' };
}

/** "Try another way", as often as that may happen without asking. */
function wayOut({ another }: WithWayOut, progress: Progress): Step | undefined {
  return another && progress.switches < LIMITS.switches
    ? { kind: 'submit', submission: another, counts: 'switches' }
    : undefined;
}

/** "Don't ask again on this device": `on` in the legacy dialect, `true` in v3, only where the page knows it. */
function trust(page: PasswordPage | CodePage | ApprovalPage): Record<string, string> {
  const known = page.form.names.has('TrustDevice');
  return known ? { TrustDevice: page.dialect === 'v3' ? 'true' : 'on' } : {};
}

function ask(
  questions: readonly Question[],
  submission: Submission,
  counts: keyof Progress | undefined,
): Extract<Step, { kind: 'ask' }> {
  return { kind: 'ask', questions, submission, counts, resend: undefined, another: undefined };
}

function captchaQuestion(
  captcha: Captcha,
  page: IdentifierPage | PasswordPage,
  progress: Progress,
): Question {
  return {
    kind: 'captcha',
    field: captcha.field,
    captcha,
    // What is wrong with the password is said with the question for that.
    message: progress.captchas === 0 || (page.kind === 'password' && page.refused) ? undefined : page.message,
  };
}

function captchaLimit(progress: Progress, request: SignInRequest): Step | undefined {
  if (progress.captchas < LIMITS.captchas) return undefined;
  return stop(refused('CAPTCHA_FAILED', 'the picture puzzle was not solved', request, {}));
}

function unsupported(methods: readonly Method[], request: SignInRequest): GauthError {
  const names = [...new Set(methods)].map((method) => methodRow(method).label.toLowerCase());
  const message = `google wants a proof that a terminal cannot give (${names.join(', ')})`;
  const hints = [
    'add a second way, such as an authenticator app, at https://myaccount.google.com/signinoptions/two-step-verification',
  ];
  return refused('CHALLENGE_UNSUPPORTED', message, request, { hints });
}

function unrecognised(page: UnrecognisedPage, request: SignInRequest): GauthError {
  const title = page.title === undefined ? '' : `, titled "${page.title}"`;
  const message = `google shows a page that gauth does not know (${page.address}${title})`;
  return refused('PAGE_UNRECOGNISED', message, request, {});
}

function stop(error: GauthError): Step {
  return { kind: 'stop', error };
}
