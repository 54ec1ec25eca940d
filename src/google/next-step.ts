/** The next step for a page: one exhaustive switch from what Google shows to what to ask or send. Pure. */
import type { GauthError } from '../errors.ts';
import { identifierStep, passwordStep } from './credential-steps.ts';
import { type Method, methodRow } from './challenge-methods.ts';
import type {
  AccountChooserPage,
  ApprovalPage,
  MethodChooserPage,
  CodePage,
  Page,
  PhoneNumberPage,
  SendPage,
  UnrecognisedPage,
  WithAlternative,
} from './page.ts';
import { type Question, type Step, askStep, stopStep, trustDeviceField } from './step.ts';
import { LIMITS, type Progress, type SignInRequest } from './sign-in-progress.ts';
import { type Submission, fillForm } from './submission.ts';
import { refusalWith, refusalError } from './refusals.ts';

export type { Question, Step } from './step.ts';

export function nextStep(page: Page, request: SignInRequest, progress: Progress): Step {
  switch (page.kind) {
    case 'identifier':
      return identifierStep(page, request, progress);
    case 'password':
      return passwordStep(page, request, progress);
    case 'code':
      return (
        preferredMethod([page.method], page.another, request, progress) ?? codeStep(page, request, progress)
      );
    case 'send': {
      const methods = page.ways.map((way) => way.method);
      return preferredMethod(methods, page.another, request, progress) ?? sendStep(page, request, progress);
    }
    case 'phone-number':
      return (
        preferredMethod(['phone-number', 'call'], page.another, request, progress) ??
        phoneNumberStep(page, request, progress)
      );
    case 'approval':
      return preferredMethod(['prompt'], page.another, request, progress) ?? approvalStep(page);
    case 'key':
      return anotherWay(page, progress) ?? stopStep(unsupported([page.method], request));
    case 'chooser':
      return chooserStep(page, request, progress);
    case 'accounts':
      return accountsStep(page, request, progress);
    case 'confirm':
      return progress.confirmations < LIMITS.confirmations
        ? { kind: 'submit', submission: page.submission, counts: 'confirmations' }
        : stopStep(refusalError(page.otherwise, request));
    case 'detour':
      return progress.detours < LIMITS.detours
        ? { kind: 'start-again', counts: 'detours' }
        : stopStep(refusalError(page.otherwise, request));
    case 'assertion':
      return { kind: 'done', base64: page.base64 };
    case 'refusal':
      return stopStep(refusalError(page, request));
    case 'unrecognised':
      return stopStep(unrecognised(page, request));
  }
}

function codeStep(page: CodePage, request: SignInRequest, progress: Progress): Step {
  const row = methodRow(page.method);
  if (row.prompt === undefined) return stopStep(unsupported([page.method], request));
  if (progress.codes >= LIMITS.codes) {
    return stopStep(
      refusalWith('WRONG_CODE', 'Google refused the code too often', request, {
        hints: ["check the clock of the device that generates the codes, or use another method ('--mfa')"],
        said: page.message,
      }),
    );
  }
  const submission = fillForm(page.form, {
    set: trustDeviceField(page),
    drop: ['SendMethod', 'sendMethod'],
    button: page.button,
  });
  const questions: Question[] = [{ kind: 'code', field: page.field, page }];
  return { ...askStep(questions, submission, 'codes'), resend: page.resend, another: page.another };
}

/** Whether to request another code: once if the first may be lost, and never after Google has said why it sends none. */
function sendStep(page: SendPage, request: SignInRequest, progress: Progress): Step {
  const way = page.ways.find((each) => each.method === request.method) ?? page.ways[0];
  if (way === undefined) return stopStep(unsupported(['sms'], request));
  if (page.message === undefined && progress.sends < LIMITS.sends) {
    return { kind: 'submit', submission: way.submission, counts: 'sends' };
  }
  const hints = ["use another method ('--mfa'), or try again later"];
  const message = way.method === 'prompt' ? 'Google sends no prompt to your phone' : 'Google sends no code';
  return (
    anotherWay(page, progress) ??
    stopStep(refusalWith('CHALLENGE_DENIED', message, request, { hints, said: page.message }))
  );
}

function phoneNumberStep(page: PhoneNumberPage, request: SignInRequest, progress: Progress): Step {
  if (progress.sends >= LIMITS.numbers) {
    const hints = ["use another method ('--mfa'), or try again later"];
    const message = 'Google sends no code to these numbers';
    return stopStep(refusalWith('CHALLENGE_DENIED', message, request, { hints, said: page.message }));
  }
  const method = page.form.names.has('SendMethod') ? 'SendMethod' : 'sendMethod';
  const submission = fillForm(page.form, {
    set: { [method]: request.method === 'call' ? 'VOICE' : 'SMS' },
    button: page.button,
  });
  return {
    ...askStep([{ kind: 'phone-number', field: page.field, page }], submission, 'sends'),
    another: page.another,
  };
}

function approvalStep(page: ApprovalPage): Step {
  return {
    kind: 'approve',
    page,
    submission: fillForm(page.form, { set: trustDeviceField(page), button: page.button }),
  };
}

function chooserStep(page: MethodChooserPage, request: SignInRequest, progress: Progress): Step {
  const usable = page.offers.filter((offer) => offer.available && methodRow(offer.method).terminal);
  const isOpen = progress.chosen === 0 && progress.preferences < LIMITS.preferences;
  const selected = usable.find((offer) => isOpen && offer.method === request.method);
  if (selected) return { kind: 'submit', submission: selected.submission, counts: 'preferences' };
  // A prompt that the user has just denied must not be sent again unasked.
  const only = usable.length === 1 && progress.denials === 0 ? usable[0] : undefined;
  if (usable.length === 0 || progress.switches >= LIMITS.switches) {
    return stopStep(
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

function accountsStep(page: AccountChooserPage, request: SignInRequest, progress: Progress): Step {
  const selected = request.username.toLowerCase();
  const account = page.accounts.find(({ email }) => email.toLowerCase() === selected);
  if (account !== undefined && progress.accounts < LIMITS.accounts) {
    return { kind: 'submit', submission: account.submission, counts: 'accounts' };
  }
  const others = page.accounts.map(({ email }) => email).slice(0, 5);
  return stopStep(
    refusalWith('OTHER_ACCOUNT', `Google offers other accounts than ${request.username}`, request, {
      hints: [
        ...(others.length === 0 ? [] : [`accounts: ${others.join(', ')}`]),
        "check -u, or run 'gauth logout' to remove the saved Google session, then try again",
      ],
    }),
  );
}

/**
 * Switches to the preferred method if Google starts with another one. This is tried once; then the method of Google is
 * used.
 */
function preferredMethod(
  methods: readonly Method[],
  another: Submission | undefined,
  request: SignInRequest,
  progress: Progress,
): Step | undefined {
  const elsewhere = request.method !== undefined && !methods.includes(request.method);
  if (!elsewhere || another === undefined || progress.switches + progress.preferences + progress.chosen > 0) {
    return undefined;
  }
  return { kind: 'submit', submission: another, counts: 'switches' };
}

/** "Try another way", as long as it is allowed without asking the user. */
function anotherWay({ another }: WithAlternative, progress: Progress): Step | undefined {
  return another && progress.switches < LIMITS.switches
    ? { kind: 'submit', submission: another, counts: 'switches' }
    : undefined;
}

/** The error for methods that only a browser can use. */
export function unsupported(methods: readonly Method[], request: SignInRequest): GauthError {
  const names = [...new Set(methods)].map((method) => {
    const name = methodRow(method).label.toLowerCase();
    return `${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name}`;
  });
  const message = `Google requires ${names.join(' or ')}, which a terminal cannot use`;
  const hints = [
    'add another method, such as an authenticator app, at https://myaccount.google.com/signinoptions/two-step-verification',
  ];
  return refusalWith('CHALLENGE_UNSUPPORTED', message, request, { hints });
}

function unrecognised(page: UnrecognisedPage, request: SignInRequest): GauthError {
  const title = page.title === undefined ? '' : `, titled "${page.title}"`;
  const message = `Google shows a page that gauth does not know (${page.address}${title})`;
  return refusalWith('PAGE_UNRECOGNISED', message, request, { said: page.message });
}
