/** A Google that lets in by passkey only: a page whose script asks the browser's authenticator, and a check of what that signed. */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomBytes,
  verify,
} from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { type Handler, bodyText, escape, html, redirect } from './respond.ts';
import type { SamlIssuer } from './saml.ts';

const ORIGIN = 'https://accounts.google.com';
const ACS = 'https://signin.aws.amazon.com/saml';
const RP_ID = 'google.com';

export interface PasskeyEmulator {
  readonly handle: Handler;
  /** What the authenticator has to hold, as the protocol's `WebAuthn.addCredential` takes it. */
  readonly credential: Readonly<Record<string, string | number | boolean>>;
  readonly violations: string[];
}

export function passkeyEmulator(issuer: SamlIssuer): PasskeyEmulator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const id = randomBytes(16);
  const challenge = randomBytes(24).toString('base64url');
  const violations: string[] = [];

  function handle(request: HttpRequest): HttpResponse {
    switch (`${request.method} ${request.url.pathname}`) {
      case 'GET /o/saml2/initsso':
        return redirect(`${ORIGIN}/v3/signin/challenge/pk/presend?TL=1`);
      case 'GET /v3/signin/challenge/pk/presend':
        return html(asking(challenge, id.toString('base64url')));
      case 'POST /v3/signin/challenge/pk/presend': {
        const fault = faultOf(new URLSearchParams(bodyText(request)), challenge, publicKey);
        if (fault === undefined) return html(passedOn(issuer.issue()));
        violations.push(fault);
        return html(`<!doctype html><p>${escape(fault)}`, 400);
      }
      default:
        return html('<!doctype html><title>404</title>', 404);
    }
  }

  return {
    handle,
    violations,
    credential: {
      credentialId: id.toString('base64'),
      isResidentCredential: true,
      rpId: RP_ID,
      userHandle: Buffer.from('me').toString('base64'),
      privateKey: privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64'),
      signCount: 1,
    },
  };
}

function asking(challenge: string, id: string): string {
  return `<!doctype html><title>Passkey</title><h1>Use your passkey</h1>
<form method="post"><input type="hidden" name="client"><input type="hidden" name="authenticator"><input type="hidden" name="signature"></form>
<button id="continue">Continue</button>
<script>
const bytes = (text) => Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), (c) => c.charCodeAt(0));
const text = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
document.getElementById('continue').onclick = async () => {
  const { response } = await navigator.credentials.get({ publicKey: { challenge: bytes('${challenge}'), rpId: '${RP_ID}', userVerification: 'required', allowCredentials: [{ type: 'public-key', id: bytes('${id}') }] } });
  const [form] = document.forms;
  form.client.value = text(response.clientDataJSON);
  form.authenticator.value = text(response.authenticatorData);
  form.signature.value = text(response.signature);
  form.submit();
};
</script>`;
}

/** WebAuthn level 2, section 7.2: what is signed is the authenticator's data and the hash of the client's. */
function faultOf(fields: URLSearchParams, challenge: string, key: KeyObject): string | undefined {
  const [client, authenticator, signature] = ['client', 'authenticator', 'signature'].map((name) =>
    Buffer.from(fields.get(name) ?? '', 'base64'),
  );
  if (!client || !authenticator || !signature) return 'an answer without its parts';
  const said: unknown = JSON.parse(client.toString('utf8'));
  const expected = { type: 'webauthn.get', challenge, origin: ORIGIN };
  for (const [name, value] of Object.entries(expected)) {
    if (typeof said !== 'object' || said === null || Reflect.get(said, name) !== value)
      return `another ${name}`;
  }
  const hash = createHash('sha256').update(client).digest();
  const signed = Buffer.concat([authenticator, hash]);
  return verify('sha256', signed, createPublicKey(key.export({ format: 'pem', type: 'spki' })), signature)
    ? undefined
    : 'a signature of another key';
}

function passedOn(response: string): string {
  return `<!doctype html><body onload="document.forms[0].submit()"><form method="post" action="${ACS}"><input type="hidden" name="SAMLResponse" value="${escape(response)}"></form>`;
}
