/** `gauth console`: opens the AWS console in the browser, or prints the sign-in URL. */
import { consoleUrl } from '../aws/console.ts';
import { startUrl } from '../google/refusals.ts';
import { sessionForCommand } from '../session/command-session.ts';
import type { System } from '../ports.ts';
import type { Flags } from '../options/settings.ts';

/** Throws what console.ts and a sign-in throw. */
export async function openConsole(given: Flags, system: System): Promise<void> {
  const { opened, session } = await sessionForCommand(given, system, { anyLength: true });
  const { service, region, duration, idpId, spId, url, quiet } = opened.settings;
  const request = {
    session,
    region,
    service,
    // The duration of a profile is that of the credentials. The console session ends with them, unless -d says otherwise.
    duration: opened.origins.duration === 'flag' ? duration : undefined,
    issuer: idpId === undefined || spId === undefined ? undefined : startUrl({ idpId, spId }),
  };
  const address = await consoleUrl(request, system.http, system.signal);
  const isOpen = !url && (await system.programs.browse(address, system.signal));
  if (isOpen) {
    if (!quiet) system.stderr.write(`Opened the console in your browser as ${session.roleArn}.\n`);
    return;
  }
  if (!url) {
    system.stderr.write(
      'No browser was found. Open this URL in a browser within 15 minutes. Anyone who has it can use it:\n',
    );
  }
  system.stdout.write(`${address.reveal()}\n`);
}
