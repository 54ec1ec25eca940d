/** The front of the built command: what it answers without the program, and what it says on an old Node. */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { engines, version } from '../package.json';

const root = join(import.meta.dirname, '..');
let folder: string;
let gauth: string;

/** A copy of the command that holds nothing but the front and the help: whatever answers here has not loaded the program. */
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'gauth-front-'));
  gauth = join(folder, 'bin', 'gauth.js');
  cpSync(join(root, 'bin'), join(folder, 'bin'), { recursive: true });
  cpSync(join(root, 'dist', 'help'), join(folder, 'dist', 'help'), { recursive: true });
  cpSync(join(root, 'dist', 'front.cjs'), join(folder, 'dist', 'front.cjs'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

function node(...args: readonly string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  return { status, stdout, stderr };
}

function help(command: string): string {
  return readFileSync(join(root, 'dist', 'help', `${command}.txt`), 'utf8');
}

describe('the front', () => {
  it.each(['--version', '-V'])('prints the version of the package for %s', (flag) => {
    expect(node(gauth, flag)).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
  });

  it.each(['--help', '-h'])('prints the rendered help for %s', (flag) => {
    expect(help('gauth')).toContain('gauth');
    expect(node(gauth, flag)).toEqual({ status: 0, stdout: help('gauth'), stderr: '' });
  });

  it.each(['--help', '-h'])('prints the rendered help of a command for %s', (flag) => {
    expect(node(gauth, 'login', flag)).toEqual({ status: 0, stdout: help('login'), stderr: '' });
  });

  it.each([
    ['an unknown command', ['no-such-command', '--help']],
    ['a path in place of a command', ['../help/login', '--help']],
    ['an option beside --version', ['--version', '--quiet']],
    ['nothing at all', []],
  ])('leaves %s to the program', (_case, args) => {
    const { status, stderr } = node(gauth, ...args);
    expect(status).not.toBe(0);
    expect(stderr).toContain('main.mjs');
  });

  it('ends quietly when nobody reads what it prints', () => {
    const { status, stderr } = spawnSync(
      'sh',
      ['-c', `{ sleep 0.2; "$0" "$1" --help; echo "status $?" >&2; } | :`, process.execPath, gauth],
      {
        encoding: 'utf8',
      },
    );
    expect({ status, stderr }).toEqual({ status: 0, stderr: 'status 0\n' });
  });

  it.each([
    ['18.20.8', false],
    ['20.18.3', false],
    ['20.19.0', true],
    ['22.0.0', true],
  ])('on Node %s: starts = %s', (pretended, starts) => {
    const preload = join(folder, 'pretend.cjs');
    writeFileSync(
      preload,
      `globalThis.process = Object.create(process, { versions: { value: { node: '${pretended}' } } });`,
    );
    const refusal = {
      status: 5,
      stdout: '',
      stderr: `gauth: needs Node ${engines.node}, and this is ${pretended}\n`,
    };
    expect(node('--require', preload, gauth, '--version')).toEqual(
      starts ? { status: 0, stdout: `${version}\n`, stderr: '' } : refusal,
    );
  });
});
