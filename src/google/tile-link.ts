/**
 * Parses the IDP ID and the SP ID of an AWS tile from what the user copied: its link, its HTML, or a URL that contains the
 * link. Pure.
 */

export interface TileIds {
  readonly idpId: string;
  readonly spId: string;
}

/** Levels of `continue=https%253A...`: each Google redirect may wrap the URL of the one before. */
const MAX_LEVELS = 4;

/** Undefined if the text does not contain both. */
export function parseTileLink(pasted: string): TileIds | undefined {
  let text = pasted;
  for (let level = 0; level < MAX_LEVELS; level += 1) {
    const found = findIds(text);
    if (found) return found;
    text = unescapeOnce(text);
  }
  return undefined;
}

function findIds(text: string): TileIds | undefined {
  const idpId = /[?&;]idpid=(C[\w-]+)/i.exec(text)?.[1];
  const spId = /[?&;]spid=(\d+)/i.exec(text)?.[1];
  return idpId === undefined || spId === undefined ? undefined : { idpId, spId };
}

/** Removes one level of HTML and URL escapes. `&amp;` may stay: its `;` counts as a separator. */
function unescapeOnce(text: string): string {
  return text
    .replace(/&#(?:x3d|61);|\\u003d/gi, '=')
    .replace(/&#(?:x26|38);|\\u0026/gi, '&')
    .replace(/%([\da-f]{2})/gi, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}
