/** `gauth console`: opens the AWS console with a session, or prints the address that does. */
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
    // A profile's duration is that of the keys: the console's ends with them, unless the person wants it otherwise.
    duration: opened.origins.duration === 'flag' ? duration : undefined,
    issuer: idpId === undefined || spId === undefined ? undefined : startUrl({ idpId, spId }),
  };
  const address = await consoleUrl(request, system.http, system.signal);
  const isShown = !url && (await system.programs.browse(address, system.signal));
  if (isShown) {
    if (!quiet) system.stderr.write(`The console is open in your browser, as ${session.roleArn}.\n`);
    return;
  }
  if (!url) {
    system.stderr.write(
      'There is no browser to be seen here. Open this address in any, within 15 minutes; it lets in whoever has it:\n',
    );
  }
  system.stdout.write(`${address.reveal()}\n`);
}
