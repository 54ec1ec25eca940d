/**
 * `--save-saml-flow` and `--save-failure-html`: records a sign-in. Without them, an error about an unknown page suggests
 * them.
 */
import { GauthError } from '../errors.ts';
import type { SignInRequest } from '../google/sign-in-progress.ts';
import type { Settings } from '../options/options.ts';
import type { Http, Log, System } from '../ports.ts';

type Flags = Pick<Settings, 'saveSamlFlow' | 'saveFailureHtml' | 'redactIds'>;
type World = Pick<System, 'http' | 'clock' | 'folder' | 'stderr'>;

/**
 * Runs a sign-in with recording as the settings request. Throws what `work` throws, with the saved file among the hints.
 */
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
        "run again with '--save-failure-html' and report the saved page; secrets are removed from it",
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
    world.stderr.write(`Saved the page, with secrets removed: ${page}\n`);
    throw withHint(error, `check ${page}, then report it`);
  } finally {
    const flow = recorder.flowFolder();
    if (flow !== undefined) world.stderr.write(`Recorded the sign-in, with secrets removed: ${flow}\n`);
  }
}

/** Whether the failure has to do with Google's page, and not with the user cancelling. */
function isFailure(error: unknown): boolean {
  return !(error instanceof GauthError) || error.kind === 'google';
}

/** A report helps only if the page is unknown (facts, case 47). */
function withHint(error: unknown, hint: string): unknown {
  if (!(error instanceof GauthError) || error.code !== 'PAGE_UNRECOGNISED') return error;
  return new GauthError(error.code, error.message, { hints: [hint, ...error.hints], cause: error.cause });
}
