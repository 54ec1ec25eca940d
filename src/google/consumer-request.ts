/**
 * What a browser sends to AWS's assertion consumer service (ACS), and the page that it gets in answer. Pure.
 */
import { createHash } from 'node:crypto';
import type { ConsumerAnswer, ConsumerRequest } from '../ports.ts';
import { Secret } from '../secret.ts';

export interface AnswerOptions {
  /** Whether a URL is an ACS. */
  readonly isAcs: (url: URL) => boolean;
  /** The role that gauth assumes next, if it is known. */
  readonly roleArn: string | undefined;
  /** How long the page stays before it closes its window, in milliseconds. */
  readonly shownMs: number;
}

/** Takes the SAML response from a form for an ACS, and answers in place of AWS. */
export function answerAsConsumer(request: ConsumerRequest, options: AnswerOptions): ConsumerAnswer {
  const response = samlResponseIn(request, options.isAcs);
  return { response, ...(response === undefined ? otherPage() : signedInPage(options)) };
}

function samlResponseIn(
  { method, url, body }: ConsumerRequest,
  isAcs: (url: URL) => boolean,
): Secret | undefined {
  if (method !== 'POST' || !isAcs(url)) return undefined;
  const response = new URLSearchParams(body).get('SAMLResponse');
  return response === null || response === '' ? undefined : new Secret(response);
}

type AnswerPage = Omit<ConsumerAnswer, 'response'>;

const STYLE = `:root{color-scheme:light dark}
body{margin:0;min-height:100vh;display:grid;place-content:center;justify-items:center;gap:.75rem;padding:1rem;box-sizing:border-box;
text-align:center;font:1.05rem/1.5 system-ui,sans-serif;background:light-dark(#fff,#16181d);color:light-dark(#16181d,#e8eaed)}
h1{font-size:1.5rem;margin:0}p{margin:0;color:light-dark(#5f6368,#9aa0a6)}
svg{width:4rem;height:4rem;color:light-dark(#137333,#81c995)}`;

/** The page that the user sees at the end. It has the URL of AWS, so it loads nothing, and runs only what closes the window. */
function signedInPage({ roleArn, shownMs }: AnswerOptions): AnswerPage {
  const role = roleArn === undefined ? 'the AWS role that you choose there' : escapeHtml(roleArn);
  const close = `setTimeout(() => { window.close(); }, ${String(shownMs)});`;
  const html = `<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Signed in</title><style>${STYLE}</style>
<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" aria-hidden="true"><circle cx="12" cy="12" r="10"/><path d="m7.5 12.5 3 3 6-6.5"/></svg>
<h1>You are signed in</h1><p>gauth continues in the terminal, with ${role}.</p><p>You may close this tab.</p>
<script>${close}</script></html>`;
  return page(html, close);
}

/** The page for other requests to the hosts of AWS's sign-in, which this browser cannot reach. */
function otherPage(): AnswerPage {
  return page(`<!doctype html><html lang="en"><meta charset="utf-8"><title>gauth</title><style>${STYLE}</style>
<h1>This window is for gauth</h1><p>It takes only the sign-in at Google. Use your own browser for the AWS console.</p></html>`);
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}

function page(html: string, script = ''): AnswerPage {
  const hash = createHash('sha256').update(script).digest('base64');
  return {
    html,
    headers: {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      'content-security-policy': `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
      connection: 'close',
    },
  };
}
