/** What must be right before a tag is released, in a copy of the files that the check reads. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const SCRIPT = join(import.meta.dirname, '..', 'scripts', 'release-check.mjs');
const REPOSITORY = 'https://github.com/example/gauth';
const MANIFEST = {
  name: 'gauth-aws',
  version: '1.2.3',
  repository: { type: 'git', url: `git+${REPOSITORY}.git` },
};

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'gauth-release-'));
  mkdirSync(join(folder, 'scripts'));
  copyFileSync(SCRIPT, join(folder, 'scripts', 'release-check.mjs'));
  writeFileSync(join(folder, 'package.json'), JSON.stringify(MANIFEST));
  writeFileSync(join(folder, 'CHANGELOG.md'), '# Changelog\n\n## 1.2.3 (2026-01-02)\n');
  writeFileSync(join(folder, 'README.md'), 'npm install --global gauth-aws\n');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

function check(tag = 'v1.2.3'): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [join(folder, 'scripts', 'release-check.mjs')],
    { encoding: 'utf8', env: { ...process.env, GITHUB_ACTIONS: '', TAG: tag, REPOSITORY } },
  );
  return { status, stdout, stderr };
}

describe('the check before a release', () => {
  it('passes if everything is correct', () => {
    expect(check()).toEqual({ status: 0, stdout: 'gauth-aws 1.2.3 can be released\n', stderr: '' });
  });

  it.each([
    ['no repository', { ...MANIFEST, repository: undefined }, 'package.json has no "repository"'],
    ['another repository', { ...MANIFEST, repository: `${REPOSITORY}-fork` }, `this is ${REPOSITORY}`],
    ['another version', { ...MANIFEST, version: '1.2.4' }, 'the tag must be v1.2.4'],
  ])('refuses a manifest with %s', (_what, manifest, said) => {
    writeFileSync(join(folder, 'package.json'), JSON.stringify(manifest));
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toContain(said);
  });

  it.each([
    ['CHANGELOG.md', '## 1.2.30\n\n## Unreleased\n', 'CHANGELOG.md has no section "## 1.2.3"\n'],
    ['README.md', 'not on npm yet\n', 'README.md does not say "npm install --global gauth-aws"'],
  ])('refuses %s that is out of date', (file, contents, said) => {
    writeFileSync(join(folder, file), contents);
    const { status, stderr } = check();
    expect(status).toBe(1);
    expect(stderr).toContain(said);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
