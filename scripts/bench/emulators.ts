/** The emulators in a process of their own, so that what they cost is not counted. Prints their environment, and ends with its standard input. */
import { googleEmulator } from '../../test/emulators/google/index.ts';
import { serve } from '../../test/emulators/proxy.ts';
import { samlIssuer } from '../../test/emulators/saml.ts';
import { stsEmulator } from '../../test/emulators/sts.ts';

const [email = '', password = '', role = '', provider = ''] = process.argv.slice(2);
const issuer = samlIssuer();
const google = googleEmulator({ users: [{ email, password, roles: [`${role},${provider}`] }], issuer });
const sts = stsEmulator({ issuer, roles: [{ arn: role }] });
const served = await serve({ ...google.hosts, ...sts.hosts });
process.stdin.on('end', () => void served.close()).resume();
console.log(JSON.stringify(served.env));
