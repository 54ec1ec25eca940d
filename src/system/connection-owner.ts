/** The user at the other end of a loopback connection, so that other users of the machine are not answered. */
import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';

/**
 * Whether the other end belongs to this user, or to root, who can read everything anyway. Only Linux reports the owner;
 * elsewhere the answer is always yes.
 */
export async function isPeerOfSameUser({ localPort, remotePort }: Socket): Promise<boolean> {
  if (process.platform !== 'linux' || process.getuid === undefined) return true;
  const tables = ['/proc/self/net/tcp', '/proc/self/net/tcp6'];
  const texts = await Promise.all(tables.map(async (path) => readFile(path, 'utf8').catch(() => '')));
  const uid = texts
    .map((text) => ownerIn(text, remotePort ?? 0, localPort ?? 0))
    .find((each) => each !== undefined);
  return uid === 0 || uid === process.getuid();
}

/** The user ID of the socket with this port that is connected to `peerPort`, both on 127.0.0.1; undefined if there is none (proc(5)). */
export function ownerIn(table: string, port: number, peerPort: number): number | undefined {
  const end = (each: number): string =>
    `(?:0{16}F{4}0000|)0100007F:${each.toString(16).toUpperCase().padStart(4, '0')}`;
  const line = new RegExp(
    `^ *\\d+: ${end(port)} ${end(peerPort)} \\w+ \\w+:\\w+ \\w+:\\w+ \\w+ +(\\d+) `,
    'm',
  );
  const uid = line.exec(table)?.[1];
  return uid === undefined ? undefined : Number(uid);
}
