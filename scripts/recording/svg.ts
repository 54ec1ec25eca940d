/** Pictures of a terminal as SVG, in the colours that the reader's system prefers. Pure. */
import type { Frame, Line } from './recorder.ts';

const CHARACTER = 8.4;
const LINE = 19;
const PADDING = 16;
const FONT = 14;
/** Milliseconds for which the last picture stays before the recording starts again. */
const PAUSE = 4_000;

const STYLE = `.b{fill:#0f1115}text{font:${String(FONT)}px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace;fill:#e6e6e6;white-space:pre}
.dim{fill:#8b949e}.red{fill:#ff7b72}.green{fill:#7ee787}.yellow{fill:#e3b341}.cyan{fill:#79c0ff}
@media(prefers-color-scheme:light){.b{fill:#fff;stroke:#d0d7de}text{fill:#1f2328}.dim{fill:#656d76}.red{fill:#cf222e}.green{fill:#1a7f37}.yellow{fill:#9a6700}.cyan{fill:#0969da}}`;

/** One picture, without the empty lines at its end. */
export function stillImage(frame: Frame, cols: number, title: string): string {
  const used = frame.lines.findLastIndex((line) => line.length > 0) + 1;
  const body = frame.lines
    .slice(0, used)
    .map((line, row) =>
      line.length === 0 ? '' : `<g transform="translate(0 ${String(row * LINE)})">${textOf(line)}</g>`,
    )
    .join('');
  return document(cols, used, title, body);
}

/** All pictures one after the other, again and again. Without animation, the last one is seen. */
export function animatedImage(frames: readonly Frame[], cols: number, rows: number, title: string): string {
  const end = (frames.at(-1)?.at ?? 0) + PAUSE;
  const lines = new Map<string, string>();
  const uses: string[] = [];
  for (let row = 0; row < rows; row += 1) {
    for (const { line, from, to } of runsOf(frames, row, end)) {
      const text = textOf(line);
      const id = lines.get(text) ?? `l${String(lines.size)}`;
      lines.set(text, id);
      uses.push(
        `<use href="#${id}" y="${String(row * LINE)}"${to === end ? '' : ' visibility="hidden"'}>${shownBetween(from, to, end)}</use>`,
      );
    }
  }
  const definitions = [...lines].map(([text, id]) => `<g id="${id}">${text}</g>`).join('');
  return document(cols, rows, title, `<defs>${definitions}</defs>${uses.join('')}`);
}

interface Run {
  readonly line: Line;
  readonly from: number;
  readonly to: number;
}

/** What a row shows, and from when to when; empty lines are left out. */
function runsOf(frames: readonly Frame[], row: number, end: number): readonly Run[] {
  const runs: Run[] = [];
  let start = 0;
  frames.forEach(({ lines, at }, index) => {
    const line = lines[row] ?? [];
    const next = frames[index + 1];
    const isSame = next !== undefined && JSON.stringify(next.lines[row] ?? []) === JSON.stringify(line);
    if (isSame) return;
    const from = runs.length === 0 && start === 0 ? (frames[0]?.at ?? at) : start;
    if (line.length > 0) runs.push({ line, from, to: next?.at ?? end });
    start = next?.at ?? end;
  });
  return runs;
}

function shownBetween(from: number, to: number, end: number): string {
  const share = (time: number): string => (time / end).toFixed(4).replace(/0+$/, '').replace(/\.$/, '');
  const steps = [
    ...(from > 0 ? [['hidden', '0']] : []),
    ['visible', from > 0 ? share(from) : '0'],
    ...(to < end ? [['hidden', share(to)]] : []),
  ];
  const [values, times] = [0, 1].map((part) => steps.map((step) => step[part]).join(';'));
  return `<animate attributeName="visibility" values="${values ?? ''}" keyTimes="${times ?? ''}" dur="${(end / 1000).toFixed(1)}s" calcMode="discrete" repeatCount="indefinite"/>`;
}

function textOf(line: Line): string {
  const spans = line.map(({ column, text, ink }) => {
    const style = ink === 'text' ? '' : ` class="${ink}"`;
    // The length keeps columns in line in every font.
    const length = (text.length * CHARACTER).toFixed(1);
    return `<text x="${(PADDING + column * CHARACTER).toFixed(1)}" y="${String(PADDING + FONT)}"${style} textLength="${length}" lengthAdjust="spacingAndGlyphs" xml:space="preserve">${escapeXml(text)}</text>`;
  });
  return spans.join('');
}

function document(cols: number, rows: number, title: string, body: string): string {
  const width = Math.round(cols * CHARACTER + 2 * PADDING);
  const height = rows * LINE + 2 * PADDING;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${String(width)} ${String(height)}" width="${String(width)}" role="img" aria-label="${escapeXml(title)}"><style>${STYLE}</style><rect class="b" x=".5" y=".5" width="${String(width - 1)}" height="${String(height - 1)}" rx="8"/>${body}</svg>\n`;
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}
