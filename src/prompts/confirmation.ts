/** A question that is answered with y or n. */
import type { Terminal } from '../ports.ts';

/**
 * Asks until the answer is y, yes, n, no or a start of these; Enter means `initial`. Throws GauthError CANCELLED.
 */
export async function confirm(
  question: string,
  initial: boolean,
  { terminal, signal }: { readonly terminal: Pick<Terminal, 'ask'>; readonly signal: AbortSignal },
): Promise<boolean> {
  const label = `${question} [${initial ? 'Y/n' : 'y/N'}] `;
  for (let notice = ''; ; notice = 'Type y for yes or n for no.\n') {
    const answer = (await terminal.ask(notice + label, { signal })).trim().toLowerCase();
    if (answer === '') return initial;
    if ('yes'.startsWith(answer)) return true;
    if ('no'.startsWith(answer)) return false;
  }
}
