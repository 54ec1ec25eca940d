/** Google's picture puzzle before a person: shown where the terminal can, saved for as long as the question stands where it cannot. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaptchaQuestion } from '../google/user-prompts.ts';
import { imageFormat } from '../terminal-image.ts';
import type { Terminal } from '../ports.ts';

/** Shows the puzzle, then asks by `ask` with what there is to say above the question. */
export async function askCaptcha(
  { image, picture, audio }: Pick<CaptchaQuestion, 'image' | 'picture' | 'audio'>,
  terminal: Terminal,
  ask: (label: string) => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  const isShown =
    image !== undefined && (await terminal.available()) && (await terminal.picture(image, { signal }));
  const saved = image === undefined || isShown ? undefined : await save(image);
  const where = saved === undefined ? [picture.href] : [saved.path, picture.href];
  const lines = [
    'Google shows a picture with text, to tell people from programs.',
    ...(isShown ? [] : ['Open it:', ...where.map((each) => `  ${each}`)]),
    ...(audio === undefined ? [] : ['Or listen to it in a browser:', `  ${audio.href}`]),
    'Captcha: ',
  ];
  try {
    return await ask(lines.join('\n'));
  } finally {
    await saved?.remove();
  }
}

interface Saved {
  readonly path: string;
  remove(): Promise<void>;
}

/** In a folder of its own, which nobody else can look into; undefined where it cannot be written, since the address is enough. */
async function save(image: Uint8Array): Promise<Saved | undefined> {
  try {
    const folder = await mkdtemp(join(tmpdir(), 'gauth-'));
    const path = join(folder, `captcha.${imageFormat(image) ?? 'bin'}`);
    await writeFile(path, image, { mode: 0o600 });
    return { path, remove: async () => rm(folder, { recursive: true, force: true }) };
  } catch {
    return undefined;
  }
}
