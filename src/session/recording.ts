/** `--save-saml-flow` and `--save-failure-html` around a sign-in; where neither is given, what they would be good for is told. */
import { GauthError } from '../errors.ts';
import type { SignInRequest } from '../google/progress.ts';
import type { Settings } from '../options/options.ts';
import type { Http, Log, System } from '../ports.ts';

type Flags = Pick<Settings, 'saveSamlFlow' | 'saveFailureHtml' | 'redactIds'>;
type World = Pick<System, 'http' | 'clock' | 'folder' | 'stderr'>;

/** Runs a sign-in over a network that is recorded as the settings want. Throws what `work` throws, with what was saved among the hints. */
export async function recorded<Result>(
  flags: Flags,
  request: SignInRequest,
  world: World,
  log: Log,
  work: (http: Http) => Promise<Result>,
): Promise<Result> {
  if (!flags.saveSamlFlow && !flags.saveFailureHtml) {
    return work(world.http).catch((error: unknown) => {
      throw withHint(
        error,
        "run again with '--save-failure-html' and report the saved page; secrets are taken out of it",
      );
    });
  }
  const { createRecorder } = await import('../google/recorder.ts');
  const { http, clock, folder } = world;
  const parts = { http, clock, log, folder, request, flow: flags.saveSamlFlow, withoutIds: flags.redactIds };
  const recorder = createRecorder(parts);
  try {
    return await work(recorder.http);
  } catch (error) {
    const page = flags.saveFailureHtml && isFailure(error) ? await recorder.saveLastPage() : undefined;
    if (page === undefined) throw error;
    world.stderr.write(`The page is saved without its secrets: ${page}\n`);
    throw withHint(error, `look through ${page}, then report it`);
  } finally {
    const flow = recorder.flowFolder();
    if (flow !== undefined) world.stderr.write(`The sign-in is recorded without its secrets: ${flow}\n`);
  }
}

/** Whether Google's page has to do with it: not a person who gave up. */
function isFailure(error: unknown): boolean {
  return !(error instanceof GauthError) || error.kind === 'google';
}

/** Only where nobody knows the page does a report help (facts, case 47). */
function withHint(error: unknown, hint: string): unknown {
  if (!(error instanceof GauthError) || error.code !== 'PAGE_UNRECOGNISED') return error;
  return new GauthError(error.code, error.message, { hints: [hint, ...error.hints], cause: error.cause });
}
