/** Starts the emulators for the bench, and names their users. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline/promises';
import { fileURLToPath } from 'node:url';

export interface BenchUser {
  readonly email: string;
  readonly password: string;
  readonly roles: readonly string[];
}

export interface EmulatorProcess {
  readonly proxyUrl: string;
  /** The file with the certificate authority of the emulators. */
  readonly authority: string;
  /** The environment of a client that trusts the authority without naming a file to Node, which would parse it at every start. */
  clientEnvironment(home: string): NodeJS.ProcessEnv;
  close(): void;
}

const role = (index: number): string =>
  `arn:aws:iam::${String(111_222_333_444 + index)}:role/${index === 0 ? 'saml-init' : 'team'}`;

export const USER: BenchUser = {
  email: 'me@example.com',
  password: 'correct horse',
  roles: [role(0)],
};

/** A user with 100 roles in 100 accounts. */
export const CONSULTANT: BenchUser = {
  email: 'consultant@example.com',
  password: 'battery staple',
  roles: Array.from({ length: 100 }, (_, index) => role(index)),
};

/** The arguments of a sign-in for a role of a user. */
export function signInArguments(user: BenchUser, roleArn: string, profile: string): readonly string[] {
  return [
    ...['-u', user.email, '-I', 'C01abc2de', '-S', '000111000111'],
    ...['-R', 'us-east-1', '-r', roleArn, '-d', '3600', '-p', profile, '--no-cache'],
  ];
}

export async function startEmulators(): Promise<EmulatorProcess> {
  const script = fileURLToPath(new URL('emulators.ts', import.meta.url));
  const child = spawn(process.execPath, ['--import', 'tsx', script, JSON.stringify([USER, CONSULTANT])], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { value: line } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
  const { HTTPS_PROXY = '', NODE_EXTRA_CA_CERTS: authority = '' } = JSON.parse(String(line)) as Record<
    string,
    string
  >;
  return {
    proxyUrl: HTTPS_PROXY,
    authority,
    clientEnvironment: (home) => ({
      PATH: process.env['PATH'],
      HOME: home,
      HTTPS_PROXY,
      NODE_OPTIONS: '--use-openssl-ca',
      SSL_CERT_FILE: authority,
    }),
    close: () => child.stdin.end(),
  };
}
