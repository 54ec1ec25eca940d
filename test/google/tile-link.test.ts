/** The IDs in the link of the AWS tile, in every form in which users copy it. */
import { describe, expect, it } from 'vitest';
import { parseTileLink } from '../../src/google/tile-link.ts';

const LINK = 'https://accounts.google.com/o/saml2/initsso?idpid=C01abc2de&spid=000111000111&forceauthn=false';
const IDS = { idpId: 'C01abc2de', spId: '000111000111' };

describe('idsIn', () => {
  it.each([
    ['the link of the tile', LINK],
    ['a link with blanks and a line end', `  ${LINK}\r\n`],
    ['the IDs the other way round', LINK.replace(/idpid=(\w+)&spid=(\d+)/, 'spid=$2&idpid=$1')],
    [
      'the source of the page',
      `<a class="tile" href="${LINK.replaceAll('&', '&amp;')}" target="_blank">AWS</a>`,
    ],
    ['numeric escapes', LINK.replaceAll('&', '&#38;').replaceAll('=', '&#x3D;')],
    ['JSON in a script', LINK.replaceAll('=', '\\u003d').replaceAll('&', '\\u0026')],
    [
      'a page that will go on to it',
      `https://accounts.google.com/v3/signin/identifier?continue=${encodeURIComponent(LINK)}&flowName=GlifWebSignIn`,
    ],
    [
      'one that was wrapped twice',
      `https://accounts.google.com/AccountChooser?continue=${encodeURIComponent(`https://x.example/?continue=${encodeURIComponent(LINK)}`)}`,
    ],
    [
      'an entity ID with a service provider',
      'https://accounts.google.com/o/saml2?idpid=C01abc2de&SPID=000111000111',
    ],
    ['text around it', `The tile is <${LINK}>.`],
  ])('reads %s', (_, text) => {
    expect(parseTileLink(text)).toEqual(IDS);
  });

  it.each([
    ['nothing', ''],
    ['only one of them', 'https://accounts.google.com/o/saml2?idpid=C01abc2de'],
    ['other parameters that end alike', 'https://example.com/?myidpid=C01abc2de&myspid=000111000111'],
    ['an ID that is none', LINK.replace('000111000111', 'abc')],
    ['escapes without an end', '%25'.repeat(1000)],
  ])('finds nothing in %s', (_, text) => {
    expect(parseTileLink(text)).toBeUndefined();
  });
});
