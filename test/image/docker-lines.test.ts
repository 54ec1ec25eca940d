/**
 * The command lines for Docker in the documents, run as they stand there by a container engine: Podman, which takes Docker's command
 * line, with the image that `.ci/image` has built.
 */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { serve } from '../emulators/proxy.ts';
import { temporaryHome } from '../fakes/system.ts';
import { needs } from '../support/needs.ts';
import { organisation, USER } from '../support/organisation.ts';
import { type Pty, start } from '../support/pty.ts';
import { CONTAINER } from './container.ts';

const root = join(import.meta.dirname, '..', '..');
/** An engine starts a container in a second; a busy machine may take longer. */
const PATIENCE = 60_000;

/** The code blocks of a document. */
function blocksOf(file: string): readonly string[] {
  const text = readFileSync(join(root, file), 'utf8');
  return [...text.matchAll(/^```\w*\n(.*?)^```/gms)].map(([, block = '']) => block);
}

/** The command lines of a document that have `docker` in them, without comments and with continued lines joined. */
function dockerLines(file: string): readonly string[] {
  return blocksOf(join('docs', file))
    .flatMap((block) => block.replace(/\\\n\s*/g, '').split('\n'))
    .filter((line) => line.includes('docker run'));
}

const PAGE = dockerLines('docker.md');

/** The text of a code block of docs/docker.md or of the README with this text. */
function blockWith(text: string, file = join('docs', 'docker.md')): string {
  const [block, ...others] = blocksOf(file).filter((each) => each.includes(text));
  if (block === undefined || others.length > 0) throw new Error(`${String(others.length)} more: ${text}`);
  return block;
}

/** The only line of the page with this text, without its comment. */
function lineWith(text: string, lines = PAGE): string {
  const [line, ...others] = lines.filter((each) => each.includes(text));
  if (line === undefined || others.length > 0)
    throw new Error(`${String(others.length)} more lines: ${text}`);
  return line.replace(/\s+#.*$/, '');
}

interface Machine {
  readonly home: string;
  /** Runs lines in Bash, in a terminal. */
  bash(...lines: readonly string[]): Pty;
}

/** A machine with Docker, Bash, gauth, the password manager `pass`, and the organisation behind a company's proxy. */
async function machine(): Promise<Machine> {
  const world = organisation();
  const served = await serve(world.hosts);
  onTestFinished(async () => {
    await served.close();
    world.check();
    expect(served.failures).toEqual([]);
  });
  const home = temporaryHome();
  const authority = mkdtempSync(join(home, 'authority-'));
  chmodSync(authority, 0o755);
  copyFileSync(served.caFile, join(authority, 'ca.pem'));
  chmodSync(join(authority, 'ca.pem'), 0o644);
  mkdirSync(join(home, '.aws'), { mode: 0o700 });
  mkdirSync(join(home, '.docker'));
  writeFileSync(join(home, '.docker', 'config.json'), '{}');
  // The proxy's address goes into each container by itself, as Docker's own configuration can do it.
  writeFileSync(
    join(home, 'containers.conf'),
    [
      '[containers]',
      'netns = "host"',
      'default_ulimits = []',
      'seccomp_profile = "unconfined"',
      'env = ["NODE_EXTRA_CA_CERTS=/authority/ca.pem"]',
      `volumes = ["${authority}:/authority:ro"]`,
      '[engine]',
      'runtime = "runc"',
      'cgroup_manager = "cgroupfs"',
      '',
    ].join('\n'),
  );
  const programs = join(home, 'bin');
  mkdirSync(programs);
  const program = (name: string, script: string): void => {
    writeFileSync(join(programs, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
  };
  program('docker', 'exec podman "$@"');
  program('gauth', `exec '${process.execPath}' '${join(root, 'bin', 'gauth.js')}' "$@"`);
  program('pass', `echo '${USER.password}'`);
  const engine = ['CONTAINERS_STORAGE_CONF', 'STORAGE_DRIVER'];
  const env = {
    ...Object.fromEntries(engine.map((name) => [name, process.env[name] ?? ''])),
    HOME: home,
    // For programs in Go and for the AWS CLI, which reach the emulators as gauth does.
    SSL_CERT_FILE: served.caFile,
    // Docker's own file, in which `docker login` saves the password.
    REGISTRY_AUTH_FILE: join(home, '.docker', 'config.json'),
    AWS_CA_BUNDLE: served.caFile,
    PATH: `${programs}:${process.env['PATH'] ?? ''}`,
    CONTAINERS_CONF: join(home, 'containers.conf'),
    TZ: 'UTC',
    ...served.env,
  };
  return {
    home,
    bash: (...lines) => start('bash', ['-c', lines.join('\n')], { env, cwd: home, cols: 120 }),
  };
}

async function enterPassword(terminal: Pty): Promise<void> {
  await terminal.waitFor('Google Password:', PATIENCE);
  terminal.type(`${USER.password}\r`);
}

async function finish(terminal: Pty): Promise<string> {
  const { code } = await terminal.exit(PATIENCE);
  expect(code, terminal.history()).toBe(0);
  return terminal.history();
}

/** A machine on which the profile sts-temp has been written. */
async function signedIn(): Promise<Machine> {
  const setup = await machine();
  const terminal = setup.bash(lineWith('-u me@example.com'));
  await enterPassword(terminal);
  await finish(terminal);
  return setup;
}

const SIGN_IN_DONE = /Profile sts-temp is ready/;

describe(
  'the lines for Docker',
  {
    ...needs(CONTAINER !== undefined, 'needs the image: .ci/image builds it and runs this'),
    timeout: 180_000,
  },
  () => {
    it('shows the help', async () => {
      const setup = await machine();
      const [line = ''] = PAGE.filter((each) => each.includes('Linux, macOS'));
      expect(await finish(setup.bash(line))).toContain('Usage: gauth');
    });

    it('signs in, and again for the profile that has been written', async () => {
      const setup = await signedIn();
      expect(readFileSync(join(setup.home, '.aws', 'credentials'), 'utf8')).toContain('[sts-temp]');
      const [again = ''] = PAGE.filter((each) => /gauth -p sts-temp$/.test(each) && each.includes('-it'));
      // The SAML response is still valid, so no password is asked for.
      expect(await finish(setup.bash(again))).toMatch(SIGN_IN_DONE);
    });

    it('takes the settings from variables', async () => {
      const setup = await machine();
      const terminal = setup.bash(
        `export GOOGLE_USERNAME=${USER.email} GOOGLE_IDP_ID=C01abc2de GOOGLE_SP_ID=000111000111 AWS_PROFILE=sts-temp`,
        'export AWS_DEFAULT_REGION=us-east-1',
        lineWith('-e GOOGLE_USERNAME').replace('-e AWS_PROFILE', '-e AWS_PROFILE -e AWS_DEFAULT_REGION'),
      );
      await enterPassword(terminal);
      expect(await finish(terminal)).toMatch(SIGN_IN_DONE);
    });

    it('takes the password from a pipe', async () => {
      const setup = await signedIn();
      expect(await finish(setup.bash(lineWith('pass show google')))).toMatch(SIGN_IN_DONE);
    });

    it('is the command of an alias', async () => {
      const setup = await signedIn();
      const lines = ['shopt -s expand_aliases', lineWith('alias gauth='), 'gauth -p sts-temp'];
      expect(await finish(setup.bash(...lines))).toMatch(SIGN_IN_DONE);
    });

    it('gives its credentials to the shell outside', async () => {
      const setup = await signedIn();
      const text = readFileSync(join(root, 'docs', 'docker.md'), 'utf8');
      const [line = ''] = /eval "\$\(docker run .*? --shell bash\)"/.exec(text) ?? [];
      const mounted = line.replace('...', '-v "$HOME/.aws:/root/.aws"');
      expect(mounted).not.toBe(line);
      const shown = await finish(setup.bash(mounted, 'echo "the key is $AWS_ACCESS_KEY_ID"'));
      expect(shown).toMatch(/the key is ASIA\w+/);
    });

    it('writes a file of variables for another container', async () => {
      const setup = await signedIn();
      const line = lineWith('--env-file aws.env IMAGE').replace('IMAGE', '--entrypoint env localhost/gauth');
      const terminal = setup.bash('gauth env -p sts-temp --shell dotenv > aws.env', line);
      expect(await finish(terminal)).toMatch(/^AWS_SESSION_TOKEN=\S+$/m);
    });

    it('serves another container, by the line of docs/server-and-containers.md', async () => {
      const setup = await signedIn();
      const script = [
        'const token = require("node:fs").readFileSync(process.env.AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE, "utf8");',
        'fetch(process.env.AWS_CONTAINER_CREDENTIALS_FULL_URI, { headers: { authorization: token } })',
        '.then((answer) => answer.json()).then((keys) => console.log("served", keys.AccessKeyId));',
      ].join('');
      writeFileSync(join(setup.home, 'ask.cjs'), script);
      const line = lineWith('--network host', dockerLines('server-and-containers.md')).replace(
        'IMAGE',
        '-v "$HOME/ask.cjs:/ask.cjs:ro" --entrypoint node localhost/gauth /ask.cjs',
      );
      writeFileSync(join(setup.home, 'line.sh'), line);
      const terminal = setup.bash('gauth exec -p sts-temp --server -- bash line.sh');
      expect(await finish(terminal)).toMatch(/^served ASIA\w+$/m);
    });

    it('signs in to ECR, by the lines of the README', async () => {
      const setup = await signedIn();
      const lines = blockWith('docker login', 'README.md')
        .split('\n')
        .filter((line) => /^aws (configure|ecr) /.test(line));
      expect(lines).toHaveLength(4);
      expect(await finish(setup.bash('set -e', ...lines))).toContain('Login Succeeded!');
    });

    it('pulls from ECR by the credential helper', async () => {
      const setup = await signedIn();
      const profile = blockWith('docker login', 'README.md')
        .split('\n')
        .filter((line) => line.startsWith('aws configure'));
      writeFileSync(join(setup.home, '.docker', 'config.json'), blockWith('credHelpers'));
      const shown = await finish(setup.bash('set -e', ...profile, blockWith('docker pull')));
      expect(shown).toMatch(/^[0-9a-f]{64}$/m);
      expect(
        await finish(setup.bash('docker image rm 555666777888.dkr.ecr.us-east-1.amazonaws.com/app')),
      ).toContain('Untagged');
    });

    it('has no line that is not run here, but those for other systems', () => {
      const run =
        /me@example\.com|gauth -p sts-temp|-e GOOGLE_USERNAME|alias gauth|--env-file|# Linux, macOS/;
      expect(PAGE.filter((line) => !run.test(line)).map((line) => /# (.*)$/.exec(line)?.[1])).toEqual([
        'Windows, PowerShell',
        'Windows, cmd',
      ]);
    });
  },
);
