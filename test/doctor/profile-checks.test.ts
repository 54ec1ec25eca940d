/** Findings about the contents of the two files, and their fixes. */
import { describe, expect, it } from 'vitest';
import { editIni } from '../../src/aws/ini-editor.ts';
import type { Finding } from '../../src/doctor/finding.ts';
import { checkProfiles } from '../../src/doctor/profile-checks.ts';

const NOW = new Date('2026-11-23T15:00:00Z');
const PROCESS = 'credential_process = gauth credential-process -p a\n';
const temporary = (end: string): string =>
  `[a]\naws_access_key_id = ASIA\naws_secret_access_key = s\naws_session_token = t\naws_session_expiration = ${end}\naws_security_token = t\n`;

function check(config: string, credentials = ''): readonly Finding[] {
  return checkProfiles({ path: 'C', text: config }, { path: 'K', text: credentials }, NOW);
}

/** Level and text of each finding. */
function result(config: string, credentials = ''): readonly string[] {
  return check(config, credentials).map(({ level, text }) => `${level}: ${text}`);
}

describe('a profile of gauth with another source of credentials', () => {
  const OURS = 'google_config.google_idp_id = C01abc2de\n';

  it.each([
    ['login_session = x\n', '', 'login_session beside', 'aws login, and not its credential_process'],
    [
      'login_session = x\n',
      temporary('2099-01-01T00:00:00+0000'),
      'login_session beside',
      "gauth's credentials",
    ],
    ['sso_session = corp\n', '', 'sso_session beside', 'AWS tools use IAM Identity Center'],
    ['sso_start_url = https://x\n', '', 'sso_start_url beside', 'AWS tools use IAM Identity Center'],
  ])('%s is a warning that says which one takes precedence', (keys, credentials, what, wins) => {
    const findings = check(`[profile a]\n${OURS}${keys}`, credentials);
    const found = findings.filter((each) => each.check === 'other-source');
    expect(found).toHaveLength(1);
    expect(found[0]?.text).toContain(what);
    expect(found[0]?.text).toContain(wins);
  });

  it('is ignored in profiles of others', () => {
    expect(check('[profile a]\nsso_session = corp\n', '')).not.toContainEqual(
      expect.objectContaining({ check: 'other-source' }),
    );
  });
});

describe('a profile with credential_process and keys', () => {
  const config = `[profile a]\n${PROCESS}`;

  it('is a problem if they have expired; the fix removes them and nothing else', () => {
    const credentials = `# mine\n${temporary('2026-11-23T14:00:00+0000')}mine = 1\n\n[b]\naws_access_key_id = AKIA\n`;
    const [finding, ...others] = check(config, credentials);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ level: 'problem', check: 'shadowed-process' });
    expect(finding?.text).toContain('take precedence, although they have expired');
    const fix = finding?.fix;
    if (fix?.kind !== 'profile' || !fix.changes.credentials) throw new Error('there is no fix');
    expect(editIni(credentials, [{ section: 'a', ...fix.changes.credentials }], 'K')).toBe(
      '# mine\n[a]\nmine = 1\n\n[b]\naws_access_key_id = AKIA\n',
    );
  });

  it('is a warning while they are valid', () => {
    const [finding] = check(config, temporary('2026-11-23T16:00:00+0000'));
    expect(finding).toMatchObject({ level: 'warning', check: 'shadowed-process' });
    expect(finding?.text).toMatch(/until 2026-11-23T16:00:00\.000Z$/);
    expect(finding?.fix).toBeDefined();
  });

  it('is a warning without a fix if they are long-term keys, which may be the only ones', () => {
    const [finding] = check(config, '[a]\naws_access_key_id = AKIA\naws_secret_access_key = s\n');
    expect(finding).toMatchObject({ level: 'warning' });
    expect(finding?.fix).toBeUndefined();
  });

  it('is found in the config file too, and for default', () => {
    const [finding] = check(`[default]\n${PROCESS}aws_access_key_id = AKIA\n`);
    expect(finding?.text).toContain(
      'profile default has a credential_process, but the credentials in the config file take precedence',
    );
  });
});

describe('None', () => {
  it('as a region is a problem, and the fix removes it', () => {
    const config = '[profile a]\nregion = None\noutput = json\n';
    const [finding] = check(config);
    expect(finding).toMatchObject({ level: 'problem', check: 'none-value' });
    const fix = finding?.fix;
    if (fix?.kind !== 'profile' || !fix.changes.config) throw new Error('there is no fix');
    expect(editIni(config, [{ section: 'profile a', ...fix.changes.config }], 'C')).toBe(
      '[profile a]\noutput = json\n',
    );
  });

  it('is a note if the sign-in needs the value, and ignored elsewhere', () => {
    expect(
      result('[profile a]\ngoogle_config.google_username = None\ngoogle_config.bg_response = None\n'),
    ).toEqual(['note: profile a has no google_username, so each refresh prompts for it']);
  });
});

describe('a duplicate definition', () => {
  it.each([
    [
      'a section',
      '[profile a]\nregion = x\n\n[profile b]\n[profile a]\noutput = json\n',
      'problem: C: [profile a] is defined twice, in lines 1 and 5: the AWS CLI rejects the file',
    ],
    [
      'a key',
      '[profile a]\nregion = x\nREGION = y\n',
      'problem: C: REGION is defined twice, in lines 2 and 3: the AWS CLI rejects the file',
    ],
  ])('%s is found with its lines', (_, config, text) => {
    expect(result(config)).toEqual([text]);
  });
});

describe('files', () => {
  it('that cannot be parsed are reported with the line, and the other is still checked', () => {
    expect(result('region = x\n', '[a]\n[a]\n')).toEqual([
      'problem: cannot parse C: line 1 is before the first section header',
      'problem: K: [a] is defined twice, in lines 1 and 2: the AWS CLI rejects the file',
    ]);
  });

  it('without a problem are reported as correct', () => {
    expect(result('[profile a]\nregion = us-east-1\n[profile b]\n')).toEqual([
      'fine: C and the credentials file: 2 profiles',
    ]);
    expect(result('', '')).toEqual(['fine: C and the credentials file: 0 profiles']);
  });

  it('are named without control characters', () => {
    const [line] = result(`[profile \u001b[31ma]\n${PROCESS}`, '');
    expect(line).not.toContain('\u001b');
  });
});

describe('what tools read differently', () => {
  it('a byte order mark, unless there is nothing else', () => {
    const [finding] = check('\ufeff[profile a]\n');
    expect(finding).toMatchObject({ check: 'byte-order-mark', level: 'problem' });
    expect(finding?.hint).toContain(String.raw`sed -i '1s/^\xEF\xBB\xBF//' C`);
    expect(result('\ufeff', '\ufeff')).toEqual(result(''));
  });

  it.each([
    ['[profile-old a]', 'has a header that only the AWS CLI reads as profile a'],
    ['[profile a];c', 'has a header that the AWS SDK for JavaScript does not recognise'],
    ['[profile a] mine', 'has a header that the AWS SDK for JavaScript does not recognise'],
    ['[profile  a]', 'has a header that the AWS SDK for JavaScript does not read as profile a'],
  ])('%s', (header, text) => {
    const [finding] = check(`[default]\n${header}\n`);
    expect(finding).toMatchObject({ check: 'odd-header', level: 'warning' });
    expect(finding?.text).toContain(`C: line 2 ${text}`);
  });

  it('no header with a comment', () => {
    expect(result('[profile a] # mine\n[profile "b"]\t; x\n[profile "b c"]\n', '[profile-old x]\n')).toEqual([
      expect.stringMatching(/^fine/),
    ]);
  });
});
