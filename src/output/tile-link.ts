/** The two IDs of an AWS tile, read out of whatever was copied: a link, its HTML, a page's address that holds it. Pure. */

export interface TileIds {
  readonly idpId: string;
  readonly spId: string;
}

/** Levels of `continue=https%253A...`: each redirect of Google's may wrap the address of the one before. */
const WRAPPINGS = 4;

/** Undefined where the text does not hold both. */
export function parseTileLink(pasted: string): TileIds | undefined {
  let text = pasted;
  for (let level = 0; level < WRAPPINGS; level += 1) {
    const found = find(text);
    if (found) return found;
    text = unwrapped(text);
  }
  return undefined;
}

function find(text: string): TileIds | undefined {
  const idpId = /[?&;]idpid=(C[\w-]+)/i.exec(text)?.[1];
  const spId = /[?&;]spid=(\d+)/i.exec(text)?.[1];
  return idpId === undefined || spId === undefined ? undefined : { idpId, spId };
}

/** One level of HTML's and of URLs' escapes taken off. `&amp;` may stay: its `;` counts as a separator. */
function unwrapped(text: string): string {
  return text
    .replace(/&#(?:x3d|61);|\\u003d/gi, '=')
    .replace(/&#(?:x26|38);|\\u0026/gi, '&')
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
