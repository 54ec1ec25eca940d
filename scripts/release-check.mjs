// Says what keeps a tag from being released: run by release.yml with TAG and REPOSITORY, and by hand before a tag is pushed
// (TAG=v1.2.3 REPOSITORY=https://github.com/OWNER/NAME node scripts/release-check.mjs). Needs no dependencies.
import { readFileSync } from 'node:fs';

const { TAG = '', REPOSITORY = '' } = process.env;
const root = new URL('../', import.meta.url);
/** @param {string} path */
const read = (path) => readFileSync(new URL(path, root), 'utf8');
const { name, version, repository } = JSON.parse(read('package.json'));

const address = typeof repository === 'string' ? repository : repository?.url;
const checks = [
  [
    address !== undefined,
    `package.json has no "repository". npm's provenance needs it: "repository": { "type": "git", "url": "git+${REPOSITORY}.git" }`,
  ],
  [
    address === undefined || address.replace(/^git\+|\.git$/g, '') === REPOSITORY,
    `package.json has the repository ${address}, and this is ${REPOSITORY}. npm would refuse the provenance`,
  ],
  [
    TAG === `v${version}`,
    `the tag is ${TAG}, and the version in package.json is ${version}: the tag must be v${version}`,
  ],
  [
    read('CHANGELOG.md')
      .split('\n')
      .some((line) => `${line} `.startsWith(`## ${version} `)),
    `CHANGELOG.md has no section "## ${version}"`,
  ],
  [
    read('README.md').includes(`npm install --global ${name}\n`),
    `README.md does not say "npm install --global ${name}": its section on installing is for a package that is not on npm`,
  ],
];
const problems = checks.filter(([holds]) => !holds).map(([, problem]) => problem);
for (const problem of problems) console.error(`${process.env.GITHUB_ACTIONS ? '::error::' : ''}${problem}`);
if (problems.length > 0) process.exitCode = 1;
else console.log(`${name} ${version} can be released`);
