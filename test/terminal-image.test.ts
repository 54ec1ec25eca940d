/** Images for terminals: the protocol and the data. */
import jpeg from 'jpeg-js';
import { describe, expect, it, test } from 'vitest';
import { imageFormat, imageSupportOf, supportsSixel, imageSequence } from '../src/terminal-image.ts';
import { jpegOf, PNG } from './support/pictures.ts';

describe('the image protocol of a terminal', () => {
  test.each([
    [{ TERM_PROGRAM: 'iTerm.app', TERM: 'xterm-256color' }, 'iterm'],
    [{ TERM_PROGRAM: 'WezTerm' }, 'iterm'],
    [{ TERM: 'wezterm' }, 'iterm'],
    [{ TERM: 'xterm-256color', LC_TERMINAL: 'iTerm2', SSH_CONNECTION: 'x' }, 'iterm'],
    [{ TERM: 'xterm-kitty' }, 'kitty'],
    [{ TERM: 'xterm-256color', KITTY_WINDOW_ID: '1' }, 'kitty'],
    [{ TERM_PROGRAM: 'ghostty', TERM: 'xterm-ghostty' }, 'kitty'],
    // VS Code, started from a window of kitty
    [{ TERM_PROGRAM: 'vscode', KITTY_WINDOW_ID: '1', TERM: 'xterm-256color' }, 'ask'],
    // within tmux and screen, whatever is around them
    [{ TMUX: '/tmp/tmux-1/default,1,0', TERM_PROGRAM: 'iTerm.app' }, 'ask'],
    [{ STY: '1.pts', KITTY_WINDOW_ID: '1' }, 'ask'],
    [{ TERM: 'screen-256color', LC_TERMINAL: 'iTerm2' }, 'ask'],
    [{ TERM: 'xterm-256color' }, 'ask'],
    [{}, 'ask'],
    [{ TERM: 'dumb', TERM_PROGRAM: 'iTerm.app' }, 'none'],
  ])('%j: %s', (env, expected) => {
    expect(imageSupportOf(env)).toBe(expected);
  });

  test.each([
    ['62;4;22', true],
    ['65;1;4', true],
    ['4', false],
    ['1;2', false],
    ['62;14;44', false],
    ['', false],
  ])('attributes %s: %s', (attributes, expected) => {
    expect(supportsSixel(attributes)).toBe(expected);
  });
});

describe('what is written', () => {
  const JPEG = jpegOf(20, 13, (x, y) => (x < 10 && y < 6 ? 0 : 255));

  it('is the file itself for iTerm', async () => {
    expect(await imageSequence(JPEG, 'iterm')).toBe(
      `\u001b]1337;File=inline=1;size=${JPEG.length}:${JPEG.toString('base64')}\u0007`,
    );
  });

  it('is a PNG as it is for kitty, without an answer', async () => {
    expect(await imageSequence(PNG, 'kitty')).toBe(
      `\u001b_Ga=T,q=2,f=100,m=0;${PNG.toString('base64')}\u001b\\`,
    );
  });

  it('is the pixels of a JPEG for kitty, in parts', async () => {
    const big = jpegOf(100, 40, (x) => (x * 5) % 256);
    const parts = (await imageSequence(big, 'kitty'))?.split('\u001b\\').slice(0, -1) ?? [];
    expect(parts[0]).toMatch(/^\u001b_Ga=T,q=2,f=32,s=100,v=40,m=1;/);
    expect(parts.slice(1, -1).every((part) => part.startsWith('\u001b_Gm=1;'))).toBe(true);
    expect(parts.at(-1)).toMatch(/^\u001b_Gm=0;/);
    const payload = parts.map((part) => part.slice(part.indexOf(';') + 1));
    expect(payload.every((part) => part.length <= 4096)).toBe(true);
    expect(Buffer.from(payload.join(''), 'base64').equals(jpeg.decode(big).data)).toBe(true);
  });

  it('is bands of six rows for sixel', async () => {
    const text = (await imageSequence(JPEG, 'sixel')) ?? '';
    expect(text).toMatch(/^\u001bPq"1;1;20;13#0;2;0;0;0.*#15;2;100;100;100.*\u001b\\$/s);
    const bands = text.slice(text.indexOf('100;100;100') + 11, -2).split('-');
    expect(bands).toHaveLength(3);
    // black on the left, white on the right; then white alone; then one row of the six that is left
    expect(unpacked(bands[0]!)).toEqual({
      '#0': `${'~'.repeat(10)}${'?'.repeat(10)}`,
      '#15': `${'?'.repeat(10)}${'~'.repeat(10)}`,
    });
    expect(unpacked(bands[2]!)['#15']).toBe('@'.repeat(20));
  });

  it('is nothing if the data is no image, is damaged, or is too large', async () => {
    const broken = JPEG.subarray(0, JPEG.length / 2);
    const huge = jpegOf(2_000, 1_000, () => 0);
    for (const image of [Buffer.from('<html>'), Buffer.alloc(0)])
      expect(await imageSequence(image, 'iterm')).toBeUndefined();
    for (const image of [
      Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
      broken.subarray(0, 100),
      huge,
      Buffer.from('GIF89a'),
    ]) {
      expect(await imageSequence(image, 'kitty')).toBeUndefined();
      expect(await imageSequence(image, 'sixel')).toBeUndefined();
    }
    expect(await imageSequence(PNG, 'sixel')).toBeUndefined();
  });
});

test.each([
  ['jpeg', jpegOf(1, 1, () => 0)],
  ['png', PNG],
  ['gif', Buffer.from('GIF89a')],
  [undefined, Buffer.from('RIFF')],
])('%s is recognised by its first bytes', (format, image) => {
  expect(imageFormat(image)).toBe(format);
});

/** The lines of a band by their colour, repetitions written out. */
function unpacked(band: string): Readonly<Record<string, string>> {
  const lines = band.split('$').map((line): [string, string] => {
    const [, colour = '', data = ''] = /^(#\d+)(.*)$/.exec(line) ?? [];
    return [
      colour,
      data.replace(/!(\d+)(.)/g, (_, count: string, character: string) => character.repeat(Number(count))),
    ];
  });
  return Object.fromEntries(lines);
}
