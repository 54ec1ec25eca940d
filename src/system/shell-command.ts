/** Runs a command that the user configured, in the platform's shell (sh, or cmd.exe on Windows). */
import { spawn } from 'node:child_process';
import { childEnvironment } from '../child-environment.ts';
import { cancelled, GauthError } from '../errors.ts';
import type { RunCommand } from '../ports.ts';
import { Secret } from '../secret.ts';

/** Bytes of standard output that are read; a code has a few. */
const OUTPUT_LIMIT = 64 * 1024;

/**
 * The command has the same process group, and so the controlling terminal: a password manager can prompt there. So only the shell
 * can be killed at the time limit; processes that it started may continue, and gauth does not wait for them.
 */
export const runCommand: RunCommand = async (line, { limit, signal }) => {
  if (signal.aborted) throw cancelled();
  return new Promise((resolve, reject) => {
    const child = spawn(line, {
      shell: true,
      stdio: ['ignore', 'pipe', 'inherit'],
      windowsHide: true,
      env: childEnvironment(),
    });
    const pieces: Buffer[] = [];
    let size = 0;
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
      settle();
    };
    const end = (error: GauthError): void => {
      finish(() => {
        child.kill('SIGKILL');
        // A grandchild may keep the other end open.
        child.stdout.destroy();
        child.unref();
        reject(error);
      });
    };
    const onAbort = (): void => {
      end(cancelled());
    };
    const timer = setTimeout(() => {
      end(
        new GauthError('TIMEOUT', `the command did not end within ${String(limit / 1000)} seconds`, {
          hints: ['run it in a shell to see what it waits for'],
        }),
      );
    }, limit);
    signal.addEventListener('abort', onAbort);
    child.stdout.on('data', (piece: Buffer) => {
      if (size < OUTPUT_LIMIT) pieces.push(piece);
      size += piece.length;
    });
    child.once('error', (cause) => {
      end(new GauthError('COMMAND_FAILED', 'cannot start the command', { cause }));
    });
    child.once('close', (status) => {
      finish(() => {
        resolve({ status: status ?? undefined, stdout: new Secret(Buffer.concat(pieces).toString('utf8')) });
      });
    });
  });
};
