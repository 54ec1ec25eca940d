/** moto's server: an independent emulation of AWS. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { onTestFinished } from 'vitest';
import { PYTHON, hasModule } from './clients.ts';

export function hasMoto(): boolean {
  return hasModule('moto') && hasModule('flask');
}

/** Serves until the test ends, and returns the URL. The server prints the URL, with a free port. */
export async function motoServer(home: string, more: Readonly<Record<string, string>> = {}): Promise<string> {
  const child = spawn(PYTHON, ['-m', 'moto.server', '-H', '127.0.0.1', '-p', '0'], {
    env: { PATH: process.env['PATH'], HOME: home, ...more },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let address: string | undefined;
  for await (const line of createInterface(child.stderr)) {
    address = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0];
    if (address !== undefined) break;
  }
  if (address === undefined) throw new Error("moto's server ended before it told its address");
  // What else it says must not wait to be read.
  child.stderr.resume();
  return address;
}
