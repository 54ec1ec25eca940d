/** Seeded damage to pages and URLs, for fuzzing. The same seed does the same damage. */

/** A number from 0 up to and without 1. */
export type Random = () => number;

/** Mulberry32: small, and good enough to break pages with. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[Math.floor(random() * values.length)]!;
}

/** Pieces that have confused readers of pages before, or might. */
const PIECES: readonly string[] = [
  ...[
    '<form method="POST" action="https://evil.example/steal">',
    '</form>',
    '<form>',
    '<base href="//evil.example/">',
  ],
  ...[
    '<form method=post action="javascript:alert(1)"><input name=Passwd>',
    '<input name="Passwd" type="password">',
  ],
  ...[
    '<input name="Pin">',
    '<input name="identifier">',
    '<input name="__proto__" value="x">',
    '<input name="constructor">',
  ],
  ...[
    '<input name="SAMLResponse" value="PHg+">',
    '<input type="hidden" name="bgresponse" value="a">',
    '<button name="SendMethod">',
  ],
  ...[
    '<div data-challengeid="7" data-challengetype="6"><button name="challenge" value="7,x">',
    '<select name="Pin"><option>',
  ],
  ...[
    '<div data-api-key="k" data-tx-id="t" data-tx-lifetime="1e999">',
    '<img id="captchaimg" src="//evil.example/x">',
  ],
  ...[
    '<div id="contactAdminMessage">\u001b]0;x\u0007\u202e',
    '<p jsname="B34EJ">\u009b31m',
    '<samp jsname="feLNVc">42</samp>',
  ],
  ...[
    '<!--',
    '-->',
    '<![CDATA[',
    ']]>',
    '<script>',
    '</script>',
    '<textarea>',
    '<title>',
    '<noscript>',
    '<template>',
    '<svg>',
  ],
  ...[
    '\u0000',
    '\ud800',
    '&#x0;',
    '&#xffffff;',
    '&',
    '"',
    "'",
    '>',
    '<',
    '=',
    '\u2028',
    '\uffff',
    'é'.repeat(50),
  ],
];

const ATTRIBUTES: readonly string[] = [
  ...[
    'action="//evil.example"',
    'action="http://accounts.google.com/signin"',
    'action="https://accounts.google.com@evil.example/"',
  ],
  ...[
    'action=""',
    'action="::"',
    'method="get"',
    'method="dialog"',
    'name="__proto__"',
    'name=""',
    'value="\u202e\u001b[2J"',
  ],
  ...[
    'disabled',
    'hidden',
    'aria-hidden="true"',
    'data-challengeentry="&quot;]"',
    'data-challengetype="-1"',
    'type="submit"',
  ],
  ...['href="javascript:x"', 'src="data:,"', 'jsname="feLNVc"', 'id="captchaimg"', 'data-tx-lifetime="NaN"'],
];

const HOSTS: readonly string[] = [
  ...[
    'https://accounts.google.com',
    'https://www.google.com',
    'https://accounts.google.de',
    'https://evil.example',
  ],
  ...['http://accounts.google.com', 'https://accounts.google.com:8443', 'https://me:pw@accounts.google.com'],
  ...['https://accounts.google.com.evil.example', 'https://evilgoogle.com', 'https://accounts.youtube.com'],
];
const PATHS: readonly string[] = [
  ...[
    '/',
    '//evil.example',
    '/v3/signin/rejected?rrk=46',
    '/signin/rejected?rrk=__proto__',
    '/v3/signin/identifier',
  ],
  ...[
    '/signin/challenge/totp/2',
    '/v3/signin/challenge/ipp/verify',
    '/speedbump/samlconfirmaccount',
    '/o/saml2/initsso',
  ],
  ...[
    '/signin/challenge/constructor/1',
    '/%00',
    '/signin/speedbump/disabled',
    `/${'a/'.repeat(400)}`,
    '/AccountChooser',
  ],
];

type Mutation = (html: string, random: Random, others: readonly string[]) => string;

const TAG = /<\/?[a-z][^>]*>/gi;

const MUTATIONS: readonly Mutation[] = [
  // a tag dropped, doubled, moved
  (html, random) => onTag(html, random, () => ''),
  (html, random) => onTag(html, random, (tag) => tag + tag),
  (html, random) => onTag(html, random, (tag) => tag.repeat(Math.floor(random() * 60))),
  (html, random) => {
    let moved = '';
    const without = onTag(html, random, (tag) => {
      moved = tag;
      return '';
    });
    return insert(without, place(without, random), moved);
  },
  // an attribute dropped, added, exchanged
  (html, random) => onTag(html, random, (tag) => tag.replace(/\s[\w-]+=(?:"[^"]*"|\S+)/, '')),
  (html, random) => onTag(html, random, (tag) => tag.replace(/\/?>$/, ` ${pick(random, ATTRIBUTES)}>`)),
  (html, random) => onTag(html, random, (tag) => tag.replace(/^(<[\w-]+)/, `$1 ${pick(random, ATTRIBUTES)}`)),
  (html, random) => onTag(html, random, (tag) => tag.replace(/="[^"]*"/, () => `="${pick(random, PIECES)}"`)),
  // a piece put in, characters dropped or changed
  (html, random) => insert(html, place(html, random), pick(random, PIECES)),
  (html, random) => insert(html, place(html, random), pick(random, PIECES).repeat(Math.floor(random() * 40))),
  (html, random) => cut(html, random, Math.floor(random() * 80)),
  (html, random) => {
    const at = place(html, random);
    return html.slice(0, at) + String.fromCharCode(Math.floor(random() * 0x10000)) + html.slice(at + 1);
  },
  // an end torn off, a page in another, two halves of two
  (html, random) => html.slice(0, place(html, random)),
  (html, random, others) => insert(html, place(html, random), pick(random, others)),
  (html, random, others) => {
    const other = pick(random, others);
    return html.slice(0, place(html, random)) + other.slice(place(other, random));
  },
];

/** One to four kinds of damage, one after the other. */
export function damaged(html: string, random: Random, others: readonly string[]): string {
  let text = html;
  for (let count = 1 + Math.floor(random() * 4); count > 0; count -= 1) {
    // Pages in pages would grow without end.
    text = pick(random, MUTATIONS)(text, random, others).slice(0, 20_000);
  }
  return text;
}

/** The address as it was, mostly; else another host, another path, or a character changed. */
export function damagedUrl(url: URL, random: Random): URL {
  const chance = random();
  if (chance < 0.6) return url;
  const text =
    chance < 0.75
      ? pick(random, HOSTS) + url.pathname + url.search
      : chance < 0.9
        ? pick(random, HOSTS) + pick(random, PATHS)
        : cut(url.href, random, 1 + Math.floor(random() * 5));
  return URL.canParse(text) ? new URL(text) : url;
}

function onTag(html: string, random: Random, change: (tag: string) => string): string {
  const tags = [...html.matchAll(TAG)];
  if (tags.length === 0) return html;
  const tag = pick(random, tags);
  return html.slice(0, tag.index) + change(tag[0]) + html.slice(tag.index + tag[0].length);
}

function place(html: string, random: Random): number {
  return Math.floor(random() * (html.length + 1));
}

function insert(html: string, at: number, piece: string): string {
  return html.slice(0, at) + piece + html.slice(at);
}

function cut(html: string, random: Random, length: number): string {
  const at = place(html, random);
  return html.slice(0, at) + html.slice(at + length);
}
