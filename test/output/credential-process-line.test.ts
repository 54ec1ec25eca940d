/** The credential_process line, split as SDKs and shells split it. */
import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { credentialProcessLine } from '../../src/output/credential-process-line.ts';

const NASTY = ["it's", 'two words', '$HOME', '`id`', '"quoted"', 'back\\slash', 'a;b', 'ünï', '*'];

describe('credentialProcessLine', () => {
  it('is plain where nothing needs a quote', () => {
    expect(credentialProcessLine(['/usr/bin/node', '/opt/gauth.js'], 'sts-temp', 'linux')).toBe(
      '/usr/bin/node /opt/gauth.js credential-process --profile sts-temp',
    );
    const windows = String.raw`C:\Program Files\nodejs\node.exe`;
    expect(credentialProcessLine([windows, String.raw`C:\gauth.js`], 'a b', 'win32')).toBe(
      String.raw`"C:\Program Files\nodejs\node.exe" C:\gauth.js credential-process --profile "a b"`,
    );
  });

  it.each(NASTY)('is split by a shell as intended: %s', (name) => {
    const line = credentialProcessLine(['printf', '%s\\n'], name, 'linux');
    const words = execFileSync('/bin/sh', ['-c', line], { encoding: 'utf8' }).trimEnd().split('\n');
    expect(words).toEqual(['credential-process', '--profile', name]);
  });

  it.each(['100%', 'say "hi"', 'end\\'])(
    'refuses on Windows what cannot be quoted for cmd.exe: %s',
    (name) => {
      expect(() => credentialProcessLine(['node'], name, 'win32')).toThrow(
        /cannot be part of a credential_process/,
      );
    },
  );
});
