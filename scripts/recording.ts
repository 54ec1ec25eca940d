/**
 * `npm run recording`: records the built command in a real terminal, against the emulators of the tests, and writes the pictures of
 * the documents: an animation for the README, and stills.
 */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { awsSigninEmulator } from '../test/emulators/aws-signin.ts';
import { serve } from '../test/emulators/proxy.ts';
import { organisation, USER } from '../test/support/organisation.ts';
import { type Frame, startRecorder } from './recording/recorder.ts';
import { animatedImage, stillImage } from './recording/svg.ts';

const COLS = 88;
const ROWS = 26;
const IMAGES = fileURLToPath(new URL('../docs/images', import.meta.url));
const LINK = "'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111'";
const ACCOUNTS = { '111222333444': 'acme-prod', '555666777888': 'acme-dev' } as const;
const ROLES = Object.keys(ACCOUNTS).flatMap((account) =>
  ['Administrator', 'Developer', 'ReadOnly'].map((role) => `arn:aws:iam::${account}:role/${role}`),
);

const world = organisation({
  user: {
    dialect: 'v3',
    roles: ROLES.map((arn) => `${arn},${arn.replace(/role\/.*/, 'saml-provider/Google')}`),
    challenges: [{ methods: [{ kind: 'prompt', number: '57', polls: 3 }] }],
  },
  sts: { roles: ROLES.map((arn) => ({ arn, maxDuration: 43_200 })) },
});
const signin = awsSigninEmulator({ issuer: world.issuer, aliases: ACCOUNTS });
const served = await serve({ ...world.hosts, ...signin.hosts });
const folder = mkdtempSync(join(tmpdir(), 'me-'));
symlinkSync(fileURLToPath(new URL('../bin/gauth.js', import.meta.url)), join(folder, 'gauth'));
const recorder = startRecorder({
  command: ['bash', '--norc', '--noprofile', '-i'],
  env: {
    PATH: `${folder}:${process.env['PATH'] ?? ''}`,
    HOME: folder,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    PS1: '$ ',
    GAUTH_KEEP_SESSION: 'never',
    ...served.env,
  },
  cols: COLS,
  rows: ROWS,
  replaced: [[folder, '/home/me']],
});

const stills = new Map<string, Frame>();
try {
  await recorder.waitFor('$', 600);
  await recorder.type(`gauth configure ${LINK}`);
  await recorder.waitFor("000111'", 500);
  await recorder.type('\r');
  await recorder.waitFor('AWS Region:', 300);
  await recorder.type('us-east-1\r');
  await recorder.waitFor('Google username:', 300);
  await recorder.type(`${USER.email}\r`);
  await recorder.waitFor('Google Password:', 600);
  await recorder.type(`${USER.password}\r`);
  stills.set('approval', await recorder.waitFor(/57|█/, 2_500));
  await recorder.waitFor('0 marked', 1_200);
  await recorder.type('dev');
  await recorder.waitFor(/roles .*: dev/, 700);
  await recorder.type(' ');
  await recorder.waitFor('1 marked', 400);
  await recorder.type('\u001b[B');
  await recorder.type(' ');
  stills.set('roles', await recorder.waitFor('2 marked', 1_200));
  await recorder.type('\r');
  await recorder.waitFor('[Y/n]', 2_500);
  await recorder.type('y\r');
  await recorder.waitFor('is ready', 3_000);
  await recorder.type('clear; gauth status\r');
  stills.set('status', await recorder.waitFor(/GOOGLE|EXPIRES/, 3_000));
  await recorder.type('clear; gauth doctor\r');
  stills.set('doctor', await recorder.waitFor(/\$ $|problems? found|ok .*browser|note .*browser/, 3_000));
} finally {
  recorder.close();
  await served.close();
  rmSync(folder, { recursive: true, force: true });
}
mkdirSync(IMAGES, { recursive: true });
const until = recorder.frames.filter(({ at }) => at <= (stills.get('status')?.at ?? Infinity));
const title =
  'gauth configure: sign-in with a prompt on the phone, two roles picked, their profiles written; gauth status';
const images: Readonly<Record<string, string>> = {
  'recording.svg': animatedImage(until, COLS, ROWS, title),
  ...Object.fromEntries(
    [...stills].map(([name, frame]) => [`${name}.svg`, stillImage(frame, COLS, `gauth: ${name}`)]),
  ),
};
for (const [name, text] of Object.entries(images)) {
  writeFileSync(join(IMAGES, name), text);
  console.log(`${name}: ${String(Math.round(text.length / 1024))} KB`);
}
