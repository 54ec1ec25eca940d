/** A person in front of a real browser: sees its pages, clicks and types by what stands on them, and only when they are in sight. */
import { valueAt, textAt } from '../../src/google/devtools-values.ts';
import type { Browser, RunningBrowser } from '../../src/ports.ts';

/** What the user does at a page with this element (a selector): types the text into it, if any, then clicks. */
export interface UserAction {
  readonly sees: string;
  readonly types?: string;
  readonly clicks?: string;
}

/** A page that came to rest. */
export interface Seen {
  /** Without its query. */
  readonly address: string;
  readonly webdriver: boolean;
  readonly visible: boolean;
  readonly agent: string;
}

export interface BrowserUser {
  readonly pages: Seen[];
  /** Each browser that was started. */
  readonly open: RunningBrowser[];
}

/** The browser with that person before it, and `meanwhile` done as soon as it has been started. */
export function withBrowserUser(
  browser: Browser,
  userActions: readonly UserAction[],
  observed: BrowserUser,
  parallel: (observed: BrowserUser) => void = () => undefined,
): Browser {
  return {
    whyUnavailable: async (path) => browser.whyUnavailable(path),
    use: async (request, signal, work) =>
      browser.use(request, signal, async (open) => {
        observed.open.push(open);
        open.listen(({ method, session }) => {
          if (method !== 'Page.frameStoppedLoading' || session === undefined) return;
          // A page may go while it is looked at.
          look(open, session, userActions, observed).catch(() => undefined);
        });
        parallel(observed);
        return work(open);
      }),
  };
}

async function look(
  open: RunningBrowser,
  session: string,
  userActions: readonly UserAction[],
  observed: BrowserUser,
): Promise<void> {
  const address = await evaluate(open, session, 'location.origin + location.pathname');
  if (!address.startsWith('https://')) return;
  observed.pages.push({
    address,
    webdriver: (await evaluate(open, session, 'navigator.webdriver')) === 'true',
    visible: (await evaluate(open, session, 'document.visibilityState')) === 'visible',
    agent: await evaluate(open, session, 'navigator.userAgent'),
  });
  for (const { sees, types, clicks } of userActions) {
    const isThere = `document.querySelector(${JSON.stringify(sees)}) !== null`;
    if ((await evaluate(open, session, isThere)) !== 'true') continue;
    await evaluate(open, session, VISIBLE);
    if (types !== undefined) {
      await click(open, session, sees);
      await open.command('Input.insertText', { text: types }, session);
    }
    if (clicks !== undefined) await click(open, session, clicks);
    return;
  }
}

/** In sight, and drawn: a click that comes between the two finds nothing under the mouse. */
const VISIBLE = `new Promise((go) => {
  const drawn = () => requestAnimationFrame(() => requestAnimationFrame(() => go(true)));
  const look = () => { if (document.visibilityState === 'visible') drawn(); };
  document.addEventListener('visibilitychange', look);
  look();
})`;

/** A mouse at the middle of the element, wherever it is. */
async function click(open: RunningBrowser, session: string, selector: string): Promise<void> {
  const place = await evaluate(
    open,
    session,
    `(() => {
      const element = document.querySelector(${JSON.stringify(selector)});
      element.scrollIntoView({ block: 'center' });
      const { x, y, width, height } = element.getBoundingClientRect();
      return [x + width / 2, y + height / 2].join(' ');
    })()`,
  );
  const [x = 0, y = 0] = place.split(' ').map(Number);
  for (const type of ['mousePressed', 'mouseReleased']) {
    await open.command('Input.dispatchMouseEvent', { type, x, y, button: 'left', clickCount: 1 }, session);
  }
}

async function evaluate(open: RunningBrowser, session: string, expression: string): Promise<string> {
  const how = { expression, returnByValue: true, awaitPromise: true };
  const answer = await open.command('Runtime.evaluate', how, session);
  return textAt(answer, 'result', 'value') ?? String(valueAt(answer, 'result', 'value'));
}
