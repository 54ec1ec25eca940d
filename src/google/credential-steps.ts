/** The steps for the e-mail and password pages, with the captcha that either may contain, for `next-step.ts`. Pure. */
import type { GauthError } from '../errors.ts';
import type { Captcha, IdentifierPage, PasswordPage } from './page.ts';
import { type Question, type Step, askStep, stopStep, trustDeviceField } from './step.ts';
import { LIMITS, type Progress, type SignInRequest } from './sign-in-progress.ts';
import { fillForm } from './submission.ts';
import { refusalWith } from './refusals.ts';

export function identifierStep(page: IdentifierPage, request: SignInRequest, progress: Progress): Step {
  const again = progress.identifiers > 0;
  const known = progress.passwords + progress.restarts > 0;
  // A page that comes back at once has refused the address, whether or not its message is found (facts 2026).
  const isRefused = again && !known && page.captcha === undefined;
  if (isRefused && progress.identifiers >= LIMITS.identifiers) {
    return stopStep(unknownUser(page, request));
  }
  const over = again && !isRefused && (page.captcha === undefined || progress.passwords > 0);
  if (over && progress.restarts >= LIMITS.restarts) {
    return stopStep(
      refusalWith('SESSION_EXPIRED', 'the sign-in expired and Google started over', request, {
        hints: ['run gauth again and answer within a few minutes'],
      }),
    );
  }
  const counts = over ? 'restarts' : 'identifiers';
  const set: Record<string, string> = { [page.field]: request.username, bgresponse: request.bgResponse };
  if (page.form.names.has('PersistentCookie')) set['PersistentCookie'] = 'yes';
  const submission = fillForm(page.form, { set: { ...set, ...page.captcha?.extra }, button: page.button });
  if (isRefused) {
    const { field, message } = page;
    const error = unknownUser(page, request);
    return askStep([{ kind: 'identifier', field, message, error }], submission, counts);
  }
  if (page.captcha === undefined) return { kind: 'submit', submission, counts };
  return (
    captchaLimit(progress, request) ??
    askStep([captchaQuestion(page.captcha, page, progress)], submission, counts)
  );
}

function unknownUser(page: IdentifierPage, request: SignInRequest): GauthError {
  const message = `Google does not accept the e-mail address ${request.username}`;
  const hints = ['check it in -u, GOOGLE_USERNAME or google_config.google_username'];
  return refusalWith('UNKNOWN_USER', message, request, { hints, said: page.message });
}

export function passwordStep(page: PasswordPage, request: SignInRequest, progress: Progress): Step {
  // A wrong captcha, or one after a correct password, needs the same password again: Google has not refused it.
  const missed = page.captcha !== undefined && progress.passwords > 0 && !page.refused;
  // If Google starts over in between, it has not refused the password either.
  const reuse = missed || (progress.restarts > 0 && progress.passwords === 0);
  if (!missed && progress.passwords >= LIMITS.passwords) {
    const what = page.refused ? 'refused' : 'asked again for';
    return stopStep(
      refusalWith(
        'WRONG_PASSWORD',
        `Google ${what} the password of ${request.username} three times`,
        request,
        {
          hints: [
            'check it in a browser at https://accounts.google.com/ before you try again, or Google may lock the account',
          ],
          said: page.message,
        },
      ),
    );
  }
  const set: Record<string, string> = {
    bgresponse: request.bgResponse,
    ...trustDeviceField(page),
    ...page.captcha?.extra,
  };
  const submission = fillForm(page.form, { set, button: page.button });
  const questions: Question[] = [{ kind: 'password', field: page.field, page, reuse }];
  if (page.captcha) questions.push(captchaQuestion(page.captcha, page, progress));
  const limit = page.captcha && captchaLimit(progress, request);
  return limit ?? askStep(questions, submission, missed ? undefined : 'passwords');
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
    // An error about the password is shown with the password prompt.
    message: progress.captchas === 0 || (page.kind === 'password' && page.refused) ? undefined : page.message,
  };
}

function captchaLimit(progress: Progress, request: SignInRequest): Step | undefined {
  if (progress.captchas < LIMITS.captchas) return undefined;
  return stopStep(refusalWith('CAPTCHA_FAILED', 'the captcha was not solved', request, {}));
}
