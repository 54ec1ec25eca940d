/** The encodings of a value in URLs, forms, HTML and JSON. Pure. */

/** All encodings of a value, including the value itself. */
export function encodings(text: string): readonly string[] {
  return [text, ...inAddresses(text), ...inHtml(text), ...inJson(text), Buffer.from(text).toString('base64')];
}

function inAddresses(text: string): readonly string[] {
  const component = encode(text);
  const form = new URLSearchParams([['', text]]).toString().slice(1);
  return [component, component.replace(/%20/g, '+'), component.toLowerCase(), form];
}

function inHtml(text: string): readonly string[] {
  const content = text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
  const attribute = content.replace(/"/g, '&quot;');
  const byCode = (spelling: (code: number) => string): string =>
    text.replace(/[&<>"']/g, (mark) => `&#${spelling(mark.charCodeAt(0))};`);
  return [
    content,
    attribute,
    attribute.replace(/'/g, '&#39;'),
    byCode(String),
    byCode((code) => `x${code.toString(16)}`),
  ];
}

function inJson(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const byCode = (mark: string): string => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return [json, json.replace(/\//g, '\\/'), json.replace(/[^\w ]/g, byCode)];
}

/** Percent-encoded. Lone surrogates, which a page may contain, cannot be encoded. */
export function encode(text: string): string {
  return encodeURIComponent(text.replace(/\p{Surrogate}/gu, '\ufffd'));
}
