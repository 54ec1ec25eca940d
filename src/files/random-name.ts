/** Random parts of file names. */

/** Random bytes as hexadecimal digits. Loads Node's crypto, which takes 3 ms, only when a file is written. */
export async function randomName(bytes: number): Promise<string> {
  const { randomBytes } = await import('node:crypto');
  return randomBytes(bytes).toString('hex');
}
