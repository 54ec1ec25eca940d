/** The command for a `credential_process` line on Windows. */
import { describe, expect, it } from 'vitest';
import type { RunCommand } from '../../src/ports.ts';
import { Secret } from '../../src/secret.ts';
import { unquotedProgram } from '../../src/output/windows-program.ts';
import { version } from '../../src/version.ts';

const NODE = String.raw`C:\Program Files\nodejs\node.exe`;
const SCRIPT = String.raw`C:\Users\Jörg Müller\AppData\Roaming\npm\node_modules\gauth-aws\bin\gauth.js`;
const SHORT = [String.raw`C:\PROGRA~1\nodejs\node.exe`, String.raw`C:\Users\JRGMLL~1\gauth.js`];
const SHIM = String.raw`D:\npm\gauth.cmd`;

/** A cmd.exe that knows these commands. */
function shell(commands: Readonly<Record<string, string>>): { run: RunCommand; lines: string[] } {
  const lines: string[] = [];
  const run: RunCommand = async (line) => {
    lines.push(line);
    const stdout = Object.hasOwn(commands, line) ? commands[line] : undefined;
    return Promise.resolve({ status: stdout === undefined ? 1 : 0, stdout: new Secret(stdout ?? '') });
  };
  return { run, lines };
}

const FOR = `for %I in ("${NODE}" "${SCRIPT}") do @echo %~sI`;
const SIGNAL = new AbortController().signal;

describe('unquotedProgram', () => {
  it('returns paths without spaces, without running anything', async () => {
    const { run, lines } = shell({});
    const program = [String.raw`C:\node\node.exe`, String.raw`C:\Users\Jörg\gauth.js`];
    expect(await unquotedProgram(program, run, SIGNAL)).toEqual(program);
    expect(lines).toEqual([]);
  });

  it('returns the short paths after it has run them', async () => {
    const { run } = shell({
      [FOR]: `${SHORT.join('\r\n')}\r\n`,
      [`${SHORT.join(' ')} --version`]: `${version}\r\n`,
    });
    expect(await unquotedProgram([NODE, SCRIPT], run, SIGNAL)).toEqual(SHORT);
  });

  it("returns npm's gauth.cmd if the volume has no short paths, or if they do not run", async () => {
    const shim = { 'where gauth.cmd': `${SHIM}\r\n`, [`${SHIM} --version`]: version };
    for (const answer of [`${NODE}\r\n${SCRIPT}\r\n`, `${SHORT.join('\r\n')}\r\n`, '']) {
      const { run } = shell({ ...shim, [FOR]: answer });
      expect(await unquotedProgram([NODE, SCRIPT], run, SIGNAL)).toEqual([SHIM]);
    }
  });

  it('returns nothing if the gauth.cmd is another program, or has spaces in its path', async () => {
    const other = shell({ 'where gauth.cmd': `${SHIM}\r\n`, [`${SHIM} --version`]: 'gauth 1.5.0' });
    expect(await unquotedProgram([NODE, SCRIPT], other.run, SIGNAL)).toBeUndefined();
    const spaces = shell({ 'where gauth.cmd': 'C:\\a b\\gauth.cmd\r\n' });
    expect(await unquotedProgram([NODE, SCRIPT], spaces.run, SIGNAL)).toBeUndefined();
    expect(spaces.lines).toEqual([FOR, 'where gauth.cmd']);
  });

  it('passes no path to cmd.exe that it would expand', async () => {
    const { run, lines } = shell({});
    expect(await unquotedProgram([NODE, String.raw`C:\%PATH% x\gauth.js`], run, SIGNAL)).toBeUndefined();
    expect(lines).toEqual(['where gauth.cmd']);
  });
});
