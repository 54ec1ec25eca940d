/**
 * Images in a terminal: which protocol it supports, and the escape sequence for it. Pure.
 *
 * iTerm2's protocol takes the file as it is, kitty's takes PNG files and raw pixels, sixel only pixels. Google's captchas are JPEG, so
 * a decoder of 40 kB is loaded when a captcha is shown. PNG is not supported in sixel, because no captcha has been one.
 */
import type { Environment } from './ports.ts';

export type ImageProtocol = 'iterm' | 'kitty' | 'sixel';

/** `ask`: query the terminal whether it supports sixel (primary device attributes, DA1). */
export type ImageSupport = ImageProtocol | 'ask' | 'none';

const PROGRAMS: ReadonlyMap<string, ImageProtocol> = new Map([
  ['iTerm.app', 'iterm'],
  ['WezTerm', 'iterm'],
  ['mintty', 'iterm'],
  ['kitty', 'kitty'],
  ['ghostty', 'kitty'],
]);
const TYPES: ReadonlyMap<string, ImageProtocol> = new Map([
  ['xterm-kitty', 'kitty'],
  ['xterm-ghostty', 'kitty'],
  ['wezterm', 'iterm'],
]);

/** The image support of the terminal, by its environment variables. */
export function imageSupportOf(env: Environment): ImageSupport {
  const type = env['TERM'] ?? '';
  if (type === 'dumb') return 'none';
  // A multiplexer does not pass on the sequences of others, and its variables come from the terminal where it was started.
  if (env['TMUX'] || env['STY'] || /^(?:tmux|screen)/.test(type)) return 'ask';
  const program = env['TERM_PROGRAM'] ?? '';
  // A terminal that sets TERM_PROGRAM may have been started from another one, whose variables it inherits.
  if (program !== '') return PROGRAMS.get(program) ?? 'ask';
  const known = TYPES.get(type);
  if (known) return known;
  // Over SSH iTerm2 can only pass on a locale variable.
  if (env['LC_TERMINAL'] === 'iTerm2' || env['WEZTERM_PANE']) return 'iterm';
  return env['KITTY_WINDOW_ID'] ? 'kitty' : 'ask';
}

/** Whether an answer to DA1, `ESC [ ? 62 ; 4 c`, lists sixel (4). */
export function supportsSixel(attributes: string): boolean {
  return attributes.split(';').slice(1).includes('4');
}

/** The escape sequence that shows an image; undefined if the protocol does not support it, or if it is not an image. */
export async function imageSequence(image: Uint8Array, protocol: ImageProtocol): Promise<string | undefined> {
  const format = imageFormat(image);
  if (format === undefined) return undefined;
  switch (protocol) {
    case 'iterm':
      return `\u001b]1337;File=inline=1;size=${image.length}:${base64(image)}\u0007`;
    case 'kitty': {
      if (format === 'png') return kitty('f=100', image);
      const pixels = format === 'jpeg' ? await decode(image) : undefined;
      return pixels && kitty(`f=32,s=${pixels.width},v=${pixels.height}`, pixels.data);
    }
    case 'sixel': {
      const pixels = format === 'jpeg' ? await decode(image) : undefined;
      return pixels && sixel(pixels);
    }
  }
}

/** The format of an image, by its first bytes. */
export function imageFormat(image: Uint8Array): 'jpeg' | 'png' | 'gif' | undefined {
  const start = Buffer.from(image.subarray(0, 4)).toString('latin1');
  if (start.startsWith('\u00ff\u00d8\u00ff')) return 'jpeg';
  if (start === '\u0089PNG') return 'png';
  return start === 'GIF8' ? 'gif' : undefined;
}

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** Red, green, blue and alpha, one byte each, row by row. */
  readonly data: Uint8Array;
}

/** A captcha has some 15,000 pixels. */
const LIMITS = { maxResolutionInMP: 1, maxMemoryUsageInMB: 64 } as const;

async function decode(image: Uint8Array): Promise<Pixels | undefined> {
  const { default: jpeg } = await import('jpeg-js');
  try {
    return jpeg.decode(image, { useTArray: true, ...LIMITS });
  } catch {
    return undefined;
  }
}

/** kitty's graphics protocol: display at once (a=T), in chunks of 4096 characters, without a response (q=2), which would look like typed text. */
function kitty(format: string, data: Uint8Array): string {
  const parts = base64(data).match(/.{1,4096}/g) ?? [];
  return parts
    .map((part, index) => {
      const more = index < parts.length - 1 ? 1 : 0;
      return `\u001b_G${index === 0 ? `a=T,q=2,${format},` : ''}m=${more};${part}\u001b\\`;
    })
    .join('');
}

/** Shades of grey are enough to read letters. */
const SHADES = 16;

/** DEC's sixel graphics: bands of six rows, each with a line for every shade in it. */
function sixel({ width, height, data }: Pixels): string {
  const shade = (x: number, y: number): number | undefined => {
    if (y >= height) return undefined;
    const at = (y * width + x) * 4;
    const [red = 0, green = 0, blue = 0] = data.subarray(at, at + 3);
    return Math.round(((0.3 * red + 0.59 * green + 0.11 * blue) / 255) * (SHADES - 1));
  };
  const palette = Array.from({ length: SHADES }, (_, index) => {
    const percent = Math.round((index * 100) / (SHADES - 1));
    return `#${index};2;${percent};${percent};${percent}`;
  });
  const bands: string[] = [];
  for (let top = 0; top < height; top += 6) {
    const lines = new Map<number, Uint8Array>();
    for (let x = 0; x < width; x += 1) {
      for (let row = 0; row < 6; row += 1) {
        const colour = shade(x, top + row);
        if (colour === undefined) continue;
        const line = lines.get(colour) ?? new Uint8Array(width);
        line[x] = (line[x] ?? 0) | (1 << row);
        lines.set(colour, line);
      }
    }
    bands.push([...lines].map(([colour, line]) => `#${colour}${runs(line)}`).join('$'));
  }
  return `\u001bPq"1;1;${width};${height}${palette.join('')}${bands.join('-')}\u001b\\`;
}

/** One line of a band: one character for six pixels, with `!` and a count before repeated ones. */
function runs(line: Uint8Array): string {
  const text = Buffer.from(line.map((bits) => bits + 63)).toString('latin1');
  return text.replace(/(.)\1{3,}/g, (run, character: string) => `!${run.length}${character}`);
}

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString('base64');
}
