/** The errors of an HTTP exchange as messages: with the names of hosts, never with a path, a query or a password. */
import { GauthError } from '../errors.ts';

/** The error for an answer of the proxy to CONNECT other than 200. */
export function proxyRefusal(proxy: URL, status: number): GauthError {
  if (!(status >= 100)) return notAProxy(proxy);
  return new GauthError(
    'PROXY',
    `the proxy ${proxy.host} refused the connection with status ${String(status)}`,
    { hints: [refusalHint(proxy, status)] },
  );
}

function refusalHint(proxy: URL, status: number): string {
  if (status !== 407)
    return 'ask the administrator of the proxy to allow the host, or add the host to NO_PROXY';
  return proxy.username === ''
    ? 'add the user name and password to HTTPS_PROXY: http://user:password@host:port, with special characters as %XX'
    : 'check the user name and password in HTTPS_PROXY (http://user:password@host:port, with special characters as %XX); gauth supports Basic authentication only';
}

function notAProxy(proxy: URL, cause?: Error): GauthError {
  return new GauthError('PROXY', `the server at ${proxy.host} is not a proxy`, {
    cause,
    hints: ['check the host and port in HTTPS_PROXY'],
  });
}

const UNTRUSTED =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_(UNTRUSTED|SIGNATURE_FAILURE|CHAIN)|INVALID_CA)/;
const BAD_CERTIFICATE = /^(CERT_|ERR_TLS_CERT_|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;
const NO_TLS = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;
const UNREACHABLE = /^(ENOTFOUND|EAI_|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)/;

/** The error for a failed exchange. `unusedProxy` is a variable that names a proxy for http only. An error of axios holds the request with its body, so only its cause is kept. */
export function explainHttpError(
  error: unknown,
  url: URL,
  proxy: URL | undefined,
  size: number,
  unusedProxy?: string,
): GauthError {
  const chain = causesOf(error);
  const known = chain.find((entry) => entry instanceof GauthError);
  if (known !== undefined) return known;
  if (chain.some(({ message }) => message.startsWith('maxContentLength'))) {
    return new GauthError(
      'NETWORK',
      `the response of ${url.hostname} is larger than ${String(size / 1e6)} MB`,
    );
  }
  const cause = chain.findLast((entry) => !('isAxiosError' in entry));
  const code =
    chain.map((entry) => ('code' in entry ? String(entry.code) : '')).findLast((entry) => entry !== '') ??
    'no code';
  const detail = { cause };
  // An https proxy has a certificate too, and the error does not say which of the two is meant.
  const peer = proxy?.protocol === 'https:' ? `${url.hostname} or of the proxy ${proxy.host}` : url.hostname;
  if (UNTRUSTED.test(code)) {
    return new GauthError('TLS', `the certificate of ${peer} is not trusted (${code})`, {
      ...detail,
      hints: [
        "set NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE to the file of your company's certificate authority",
        'or, if it is installed in the system, with Node 22.15 or newer: NODE_OPTIONS=--use-system-ca',
      ],
    });
  }
  if (BAD_CERTIFICATE.test(code)) {
    return new GauthError('TLS', `the certificate of ${peer} is not valid (${code})`, {
      ...detail,
      hints: [
        'check the date and time of this machine, and whether the network requires a sign-in of its own',
      ],
    });
  }
  if (NO_TLS.test(code)) {
    return new GauthError(
      'TLS',
      `cannot set up an encrypted connection to ${peer.replace(' of ', ' ')} (${code})`,
      detail,
    );
  }
  if (UNREACHABLE.test(code)) {
    const server = proxy === undefined ? url.hostname : `the proxy ${proxy.host}`;
    const hints = [
      proxy === undefined
        ? unusedProxy === undefined
          ? 'check the network connection; behind a proxy, set HTTPS_PROXY'
          : `${unusedProxy} is not used for https: export HTTPS_PROXY="$${unusedProxy}"`
        : 'check HTTPS_PROXY',
    ];
    return new GauthError('NETWORK', `cannot reach ${server} (${code})`, { ...detail, hints });
  }
  if (proxy === undefined) {
    return new GauthError('NETWORK', `lost the connection to ${url.hostname} (${code})`, detail);
  }
  if (chain.some(({ message }) => message.includes('proxy CONNECT response'))) return notAProxy(proxy, cause);
  const hints = ['try again; if it fails again, ask the administrator of the proxy'];
  if (chain.some(({ message }) => message.startsWith('Proxy connection ended'))) {
    // The code says that the request may be repeated.
    const lost = Object.assign(new Error('the proxy hung up'), { code: 'ECONNRESET' });
    return new GauthError('NETWORK', `the proxy ${proxy.host} closed the connection without an answer`, {
      cause: lost,
      hints,
    });
  }
  const message = `lost the connection to ${url.hostname} through the proxy ${proxy.host} (${code})`;
  return new GauthError('NETWORK', message, { ...detail, hints });
}

function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && chain.length < 10; next = next.cause) chain.push(next);
  return chain;
}
