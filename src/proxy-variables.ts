/** The environment variables that name a proxy. Pure. */
import type { Environment } from './ports.ts';

/** For https URLs, in the order in which curl looks at them. */
export const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'] as const;

/**
 * The variable that names a proxy for http URLs, if none names one for https: programs ignore it for https, which is what users
 * often do not expect.
 */
export function httpProxyAlone(env: Environment): string | undefined {
  if (PROXY_VARIABLES.some((name) => env[name])) return undefined;
  return ['http_proxy', 'HTTP_PROXY'].find((name) => env[name]);
}
