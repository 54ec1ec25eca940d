/** `gauth status` and `gauth doctor` in a terminal: width and colours. */
import { appendFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Binary, binary } from '../support/binary.ts';
import { FLAGS, USER } from '../support/organisation.ts';

const COLOUR = /\u001b\[[\d;]+m/;

async function signedIn(): Promise<Binary> {
  const setup = await binary();
  await setup.alone(FLAGS, { input: `${USER.password}\n` });
  const expired = new Date(Date.now() - 3_600_000).toISOString();
  appendFileSync(
    join(setup.home, '.aws', 'config'),
    '[profile old]\ngoogle_config.google_idp_id = C01abc2de\n',
  );
  appendFileSync(join(setup.home, '.aws', 'credentials'), `[old]\naws_session_expiration = ${expired}\n`);
  return setup;
}

describe.each([80, 40])('in a window of %i columns', (cols) => {
  it('status shows in green what is valid and in red what has expired', async () => {
    const setup = await signedIn();
    const terminal = setup.inTerminal(['status'], { cols });
    expect((await terminal.exit()).code).toBe(0);
    expect(terminal.raw()).toMatch(/sts-temp +\u001b\[32min \d+ h \d+ min\u001b\[39m/);
    expect(terminal.raw()).toMatch(/old +\u001b\[31mexpired\u001b\[39m/);
    expect(terminal.history().split('\n')).toHaveLength(3);
  });

  it('doctor wraps its findings, but no command', async () => {
    const setup = await signedIn();
    const terminal = setup.inTerminal(['doctor'], {
      cols,
      env: { HTTPS_PROXY: '', HTTP_PROXY: 'http://127.0.0.1:1' },
    });
    expect((await terminal.exit()).code).toBe(5);
    expect(terminal.raw()).toMatch(/\u001b\[33mwarning {2}\u001b\[39mHTTP_PROXY is set/);
    const lines = terminal.raw().replace(new RegExp(COLOUR, 'g'), '').split('\r\n');
    const findings = lines.filter((line) => /^( {9}|problem|warning|note|ok|fixed)/.test(line));
    const wide = findings.filter((line) => line.length > cols);
    expect(wide.filter((line) => !/^.{9}(export .*|\S+)$/.test(line))).toEqual([]);
    expect(findings.join('\n').replace(/\n {9}/g, ' ')).toContain(
      'HTTP_PROXY is set, but not HTTPS_PROXY: the connections to Google and AWS use no proxy',
    );
    // With the variable that is meant, in one piece.
    expect(findings).toContain(
      `         ${cols === 80 ? 'if they should: ' : ''}export HTTPS_PROXY="$HTTP_PROXY"`,
    );
  });
});

it.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('there are no colours with %j', async (env) => {
  const setup = await signedIn();
  for (const command of ['status', 'doctor']) {
    const terminal = setup.inTerminal([command], { env });
    await terminal.exit();
    expect(terminal.raw()).not.toMatch(COLOUR);
  }
});

it('there are no colours in a pipe', async () => {
  const setup = await signedIn();
  expect((await setup.alone(['status'])).out).not.toMatch(COLOUR);
  expect((await setup.alone(['doctor'])).out).not.toMatch(COLOUR);
});
