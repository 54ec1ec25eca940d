/**
 * Prompts for the text of a Google captcha. The image is shown in the terminal if that can show images, else saved to a
 * file while the prompt is open.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CaptchaQuestion } from '../google/user-prompts.ts';
import { imageFormat } from '../terminal-image.ts';
import type { Terminal } from '../ports.ts';

/** Shows the captcha, then calls `ask` with the text of the prompt. */
export async function askCaptcha(
  { image, picture, audio }: Pick<CaptchaQuestion, 'image' | 'picture' | 'audio'>,
  terminal: Terminal,
  ask: (label: string) => Promise<string>,
  signal: AbortSignal,
): Promise<string> {
  const isShown =
    image !== undefined && (await terminal.available()) && (await terminal.picture(image, { signal }));
  const saved = image === undefined || isShown ? undefined : await save(image);
  const locations = saved === undefined ? [picture.href] : [saved.path, picture.href];
  const lines = [
    'Google shows a captcha. Enter the text in the image.',
    ...(isShown ? [] : ['Open the image:', ...locations.map((each) => `  ${each}`)]),
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

/**
 * Saves the image in a new folder that only the user can read; undefined if it cannot be written, since the URL is enough.
 */
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
