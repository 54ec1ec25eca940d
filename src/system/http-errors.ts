/** What went wrong with an HTTP exchange, in the person's words: names of hosts, never a path, a query or a password. */
import { GauthError } from '../errors.ts';

/** What the proxy's answer to CONNECT means, when it is not 200. */
export function proxyRefusal(proxy: URL, status: number): GauthError {
  if (!(status >= 100)) return noProxy(proxy);
  return new GauthError(
    'PROXY',
    `the proxy ${proxy.host} refused the connection with status ${String(status)}`,
    { hints: [refusalHint(proxy, status)] },
  );
}

function refusalHint(proxy: URL, status: number): string {
  if (status !== 407) return 'ask whoever runs the proxy to allow the host, or name it in NO_PROXY';
  return proxy.username === ''
    ? 'put user name and password into HTTPS_PROXY: http://user:password@host:port, special characters as %XX'
    : 'check the user name and password in HTTPS_PROXY (http://user:password@host:port, special characters as %XX); the proxy may want another way to sign in than Basic, which gauth has not';
}

function noProxy(proxy: URL, cause?: Error): GauthError {
  return new GauthError('PROXY', `the server at ${proxy.host} is not a proxy`, {
    cause,
    hints: ['check host and port in HTTPS_PROXY'],
  });
}

const UNTRUSTED =
  /^(SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY_LEAF)|CERT_(UNTRUSTED|SIGNATURE_FAILURE|CHAIN)|INVALID_CA)/;
const BAD_CERTIFICATE = /^(CERT_|ERR_TLS_CERT_|INVALID_PURPOSE|HOSTNAME_MISMATCH)/;
const NO_TLS = /^(EPROTO|ERR_SSL_|ERR_TLS_)/;
const NO_WAY = /^(ENOTFOUND|EAI_|ECONNREFUSED|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)/;

/** What went wrong, in the person's words. axios's own errors hold the request with its body, so that only what they were caused by is kept. */
export function explainHttpError(error: unknown, url: URL, proxy: URL | undefined, size: number): GauthError {
  const chain = causesOf(error);
  const known = chain.find((entry) => entry instanceof GauthError);
  if (known !== undefined) return known;
  if (chain.some(({ message }) => message.startsWith('maxContentLength'))) {
    return new GauthError('NETWORK', `the answer of ${url.hostname} is larger than ${String(size / 1e6)} MB`);
  }
  const cause = chain.findLast((entry) => !('isAxiosError' in entry));
  const code =
    chain.map((entry) => ('code' in entry ? String(entry.code) : '')).findLast((entry) => entry !== '') ??
    'no code';
  const detail = { cause };
  // A proxy reached by TLS has a certificate as well, and the error does not say which of the two it was.
  const peer = proxy?.protocol === 'https:' ? `${url.hostname} or of the proxy ${proxy.host}` : url.hostname;
  if (UNTRUSTED.test(code)) {
    return new GauthError('TLS', `the certificate of ${peer} is not trusted (${code})`, {
      ...detail,
      hints: [
        "set NODE_EXTRA_CA_CERTS or AWS_CA_BUNDLE to the file with your company's certificate authority",
        'or, where the system knows it, with Node 22.15 and later: NODE_OPTIONS=--use-system-ca',
      ],
    });
  }
  if (BAD_CERTIFICATE.test(code)) {
    return new GauthError('TLS', `the certificate of ${peer} is not valid (${code})`, {
      ...detail,
      hints: ['check the date and time of this machine, and whether the network wants a sign-in of its own'],
    });
  }
  if (NO_TLS.test(code)) {
    return new GauthError(
      'TLS',
      `no encrypted connection to ${peer.replace(' of ', ' ')} came about (${code})`,
      detail,
    );
  }
  if (NO_WAY.test(code)) {
    const place = proxy === undefined ? url.hostname : `the proxy ${proxy.host}`;
    const hints = [
      proxy === undefined
        ? 'check the network connection; behind a proxy, set HTTPS_PROXY'
        : 'check HTTPS_PROXY',
    ];
    return new GauthError('NETWORK', `${place} cannot be reached (${code})`, { ...detail, hints });
  }
  if (proxy === undefined) {
    return new GauthError('NETWORK', `the connection to ${url.hostname} broke (${code})`, detail);
  }
  if (chain.some(({ message }) => message.includes('proxy CONNECT response'))) return noProxy(proxy, cause);
  const hints = ['try again; where it stays so, ask whoever runs the proxy'];
  if (chain.some(({ message }) => message.startsWith('Proxy connection ended'))) {
    // By its code, whoever asks knows that it may be asked again.
    const lost = Object.assign(new Error('the proxy hung up'), { code: 'ECONNRESET' });
    return new GauthError('NETWORK', `the proxy ${proxy.host} closed the connection without an answer`, {
      cause: lost,
      hints,
    });
  }
  const message = `the connection to ${url.hostname} through the proxy ${proxy.host} broke (${code})`;
  return new GauthError('NETWORK', message, { ...detail, hints });
}

function causesOf(error: unknown): readonly Error[] {
  const chain: Error[] = [];
  for (let next = error; next instanceof Error && chain.length < 10; next = next.cause) chain.push(next);
  return chain;
}
