/** `gauth configure`, built and in a terminal, and the credential_process line that it writes, run by a shell. */
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { binary } from './support/binary.ts';
import { ROLE, USER } from './support/organisation.ts';

const LINK = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&amp;spid=000111000111';

it('asks, signs in, writes a profile without keys, and the line in it gives credentials to any shell', async () => {
  const { home, env, inTerminal, world } = await binary();
  const terminal = inTerminal(['configure', '-R', 'us-east-1', '--credential-process'], { cols: 140 });
  await terminal.waitFor('Link of the AWS tile (right-click it, copy the link):');
  terminal.type(`<a href="${LINK}">\r`);
  await terminal.waitFor('Google username:');
  terminal.type(`${USER.email}\r`);
  await terminal.waitFor('Google Password:');
  terminal.type(`${USER.password}\r`);
  await terminal.waitFor('Write 1 profile to');
  expect(terminal.screen()).toContain('[profile 111222333444-saml-init]  (new)\n');
  expect(terminal.screen()).toContain(`google_config.role_arn = ${ROLE}\n`);
  terminal.press('enter');
  expect(await terminal.exit()).toMatchObject({ code: 0 });

  const config = readFileSync(join(home, '.aws/config'), 'utf8');
  expect(existsSync(join(home, '.aws/credentials'))).toBe(false);
  const line = /^credential_process = (.*)$/m.exec(config)?.[1] ?? '';
  expect(line).toMatch(/ credential-process --profile 111222333444-saml-init$/);
  const before = world.google.requests.length;
  const { status, stdout } = spawnSync('/bin/sh', ['-c', line], { env, encoding: 'utf8' });
  expect(status).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ Version: 1, AccessKeyId: world.sts.keys[0]?.accessKeyId });
  expect(world.google.requests).toHaveLength(before);
});
