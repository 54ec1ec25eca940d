/**
 * The emulators in a process of their own, so that what they cost is not counted. The argument is the users, as JSON. Prints the
 * environment of a client, and ends with its standard input.
 */
import { googleEmulator } from '../../test/emulators/google/index.ts';
import { serve } from '../../test/emulators/proxy.ts';
import { samlIssuer } from '../../test/emulators/saml.ts';
import { stsEmulator } from '../../test/emulators/sts.ts';
import type { BenchUser } from './emulator-process.ts';

const users = JSON.parse(process.argv[2] ?? '[]') as readonly BenchUser[];
const issuer = samlIssuer();
const google = googleEmulator({
  users: users.map(({ email, password, roles }) => ({
    email,
    password,
    roles: roles.map((arn) => `${arn},${arn.replace(/role\/.*/, 'saml-provider/google')}`),
  })),
  issuer,
});
const sts = stsEmulator({ issuer, roles: users.flatMap(({ roles }) => roles.map((arn) => ({ arn }))) });
const served = await serve({ ...google.hosts, ...sts.hosts });
process.stdin.on('end', () => void served.close()).resume();
console.log(JSON.stringify(served.env));
