/** Runs each command under strace and looks for secrets in command lines, environments, files and connections. */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FLAGS, USER } from '../../test/support/organisation.ts';
import {
  type Audit,
  type AuditOptions,
  createHome,
  isInstalled,
  PASSWORD_LINE,
  removeHome,
  runGauth,
  SIGN_IN,
  withResponse,
  withWorld,
  type World,
} from './audit.ts';

const NAME = 'secrets, by strace';
const P = ['-p', 'sts-temp'] as const;
const CODE = '736251';
/** Stands for the folder of the recorded sign-in. */
const FLOW = 'gauth-flow';
const ANSWERS = `${PASSWORD_LINE}${CODE}\n`;

interface CommandRun {
  readonly args: readonly string[];
  readonly input?: string;
  /** Whether the credentials are the output, or are passed to a program. */
  readonly isOutput?: boolean;
  /** The expected exit status; default 0. */
  readonly status?: number;
}

/** Each command, in an order in which each has what it needs. */
function commands(world: World): readonly CommandRun[] {
  const response = withResponse(world);
  return [
    { args: [...SIGN_IN, '--log', 'debug'], input: ANSWERS },
    { args: response.args, input: response.input },
    { args: ['credential-process', ...P], isOutput: true },
    { args: ['exec', ...P, '--', 'true'], isOutput: true },
    { args: ['env', ...P, '--shell', 'bash'], isOutput: true },
    { args: [...P, '--keep-session', 'file', '--print-creds'], isOutput: true },
    { args: ['console', ...P, '--url'], isOutput: true },
    { args: ['roles', ...P, '--keep-session', 'file'] },
    { args: ['status'] },
    { args: ['doctor'] },
    { args: ['login', '--all-profiles', '--keep-session', 'file'], input: ANSWERS },
    { args: [...FLAGS, '--save-saml-flow', '--no-session', '--no-cache'], input: ANSWERS },
    { args: [...FLAGS, '--no-session', '--no-cache'], input: 'wrong horse battery\n', status: 3 },
    {
      args: [
        'configure',
        '--source-profile',
        'sts-temp',
        '-r',
        'arn:aws:iam::555666777888:role/developer',
        'dev',
      ],
    },
    { args: ['replay', FLOW] },
    { args: ['completion', 'bash'] },
    { args: ['logout', '--all'] },
  ];
}

export async function auditSecrets({ count }: AuditOptions): Promise<Audit> {
  const unit = 'commands';
  if (!isInstalled('strace', '-V'))
    return { name: NAME, tries: 0, unit, faults: [], notes: [], missing: 'needs strace' };
  const faults: string[] = [];
  const rounds = count(3, 1);
  let tries = 0;
  let calls = 0;
  for (let round = 0; round < rounds; round += 1) {
    const home = createHome();
    const folder = mkdtempSync(join(tmpdir(), 'gauth-audit-trace-'));
    try {
      const user = { challenges: [{ methods: [{ kind: 'totp', code: CODE } as const] }] };
      await withWorld({ user }, async (world) => {
        for (const command of commands(world)) {
          const trace = join(folder, 'trace');
          const prefix = [
            ...['strace', '-f', '-y', '-v', '-s', '200000', '-o', trace],
            ...['-e', 'trace=execve,connect,write,writev,pwrite64,pwritev,sendto,sendmsg,rename,link'],
          ];
          const args = command.args.map((word) => (word === FLOW ? flowIn(home) : word));
          const result = await runGauth(world, home, args, { input: command.input ?? '', prefix });
          tries += 1;
          const label = `gauth ${command.args.join(' ')}`;
          if (result.status !== (command.status ?? 0)) {
            faults.push(`${label}: exit status ${String(result.status)}: ${result.err.trim()}`);
          }
          const lines = readFileSync(trace, 'utf8').split('\n');
          calls += lines.length;
          const secrets = secretsOf(world);
          for (const fault of faultsIn(lines, secrets, home, command.isOutput === true, world))
            faults.push(`${label}: ${fault}`);
          for (const [what, text] of Object.entries({
            'standard error': result.err,
            'standard output': result.out,
          })) {
            if (what === 'standard output' && command.isOutput === true) continue;
            for (const secret of secrets)
              if (text.includes(secret.text)) faults.push(`${label}: ${secret.name} in ${what}`);
          }
        }
      });
    } finally {
      removeHome(home);
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { name: NAME, tries, unit, faults, notes: [`${String(calls)} system calls`] };
}

/** The folder that --save-saml-flow has created. */
function flowIn(home: string): string {
  const name = readdirSync(home).find((each) => each.startsWith(`${FLOW}-`));
  if (name === undefined) throw new Error('no sign-in was recorded');
  return name;
}

interface NamedSecret {
  readonly name: string;
  readonly text: string;
  /** Where in the home folder it may be written. */
  readonly allowed: RegExp;
}

function secretsOf({ organisation, sent }: World): readonly NamedSecret[] {
  const nowhere = /^$/;
  const keys = /\/\.aws\/(credentials|gauth\/sessions\/)/;
  return [
    { name: 'the password', text: USER.password, allowed: nowhere },
    { name: 'a wrong password', text: 'wrong horse battery', allowed: nowhere },
    { name: 'a code', text: CODE, allowed: nowhere },
    ...[...sent.cookies].map((text) => ({ name: 'a cookie', text, allowed: /\/\.aws\/gauth\/jars\// })),
    // The cached response is the decoded XML.
    ...[...sent.responses].map((text) => ({ name: 'a SAML response', text, allowed: nowhere })),
    ...organisation.sts.keys.flatMap(({ secretAccessKey, sessionToken }) => [
      { name: 'a secret access key', text: secretAccessKey, allowed: keys },
      { name: 'a session token', text: sessionToken, allowed: keys },
    ]),
  ];
}

/** What the trace shows that must not be. */
function faultsIn(
  lines: readonly string[],
  secrets: readonly NamedSecret[],
  home: string,
  isOutput: boolean,
  { served }: World,
): readonly string[] {
  const faults: string[] = [];
  const proxyPort = new URL(served.proxyUrl).port;
  for (const line of lines) {
    const call = /^\d+ +(?:<\.\.\. )?(\w+)/.exec(line)?.[1] ?? '';
    const port = /connect\(.*sin6?_port=htons\((\d+)\)/.exec(line)?.[1];
    if (port !== undefined && port !== proxyPort)
      faults.push(`a connection to another server: ${line.slice(0, 200)}`);
    for (const { name, text, allowed } of secrets) {
      if (!line.includes(text)) continue;
      const target = /\(\d+<([^>]*)>/.exec(line)?.[1] ?? '';
      if (call === 'execve') {
        // `gauth exec` passes the credentials in the environment of its program, never on its command line.
        const [command = ''] = line.split('], [');
        if (!isOutput || command.includes(text)) faults.push(`${name} in a command line or environment`);
      } else if (target.startsWith('pipe:') || target.startsWith('socket:') || target.startsWith('UNIX')) {
        // Standard output of a command whose output it is; all other pipes are checked by name.
        if (!isOutput) faults.push(`${name} in ${target}`);
      } else if (!target.startsWith(home) || !allowed.test(target)) {
        faults.push(`${name} in ${target === '' ? line.slice(0, 120) : target}`);
      }
    }
  }
  return faults;
}
