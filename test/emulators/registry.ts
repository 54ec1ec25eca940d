/** The registry of AWS ECR for Docker: the version check, and one empty image (Docker Registry HTTP API V2). */
import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import type { EcrPassword } from './ecr.ts';
import { type Handler, answer } from './respond.ts';

const MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';

/** The image that every repository has under every tag. */
const TAR = Buffer.alloc(1024);
const LAYER = gzipSync(TAR);
const CONFIG = Buffer.from(
  JSON.stringify({
    architecture: process.arch === 'x64' ? 'amd64' : process.arch,
    os: 'linux',
    config: {},
    rootfs: { type: 'layers', diff_ids: [digest(TAR)] },
  }),
);
const IMAGE = Buffer.from(
  JSON.stringify({
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: {
      mediaType: 'application/vnd.docker.container.image.v1+json',
      size: CONFIG.length,
      digest: digest(CONFIG),
    },
    layers: [
      {
        mediaType: 'application/vnd.docker.image.rootfs.diff.tar.gzip',
        size: LAYER.length,
        digest: digest(LAYER),
      },
    ],
  }),
);

/** Accepts the given passwords, each at its own registry. */
export function registryEmulator(passwords: readonly EcrPassword[]): Handler {
  return ({ method, url, headers }) => {
    const known = passwords.filter(({ registry }) => registry === url.hostname);
    const accepted = known.map(
      ({ password }) => `Basic ${Buffer.from(`AWS:${password}`).toString('base64')}`,
    );
    if (!accepted.includes(headers['authorization'] ?? '')) {
      return answer(401, 'text/plain', 'Not Authorized\n', {
        'www-authenticate': `Basic realm="https://${url.hostname}/",service="ecr.amazonaws.com"`,
        'docker-distribution-api-version': 'registry/2.0',
      });
    }
    if (method !== 'GET') return answer(405, 'text/plain', '');
    if (url.pathname === '/v2/')
      return answer(200, 'text/plain', '', { 'docker-distribution-api-version': 'registry/2.0' });
    if (/^\/v2\/[\w-]+\/manifests\/[\w:.-]+$/.test(url.pathname))
      return answer(200, MANIFEST, IMAGE, { 'docker-content-digest': digest(IMAGE) });
    const blob = [CONFIG, LAYER].find((each) => url.pathname.endsWith(`/blobs/${digest(each)}`));
    return blob === undefined
      ? answer(404, 'application/json', '{"errors":[{"code":"NAME_UNKNOWN"}]}')
      : answer(200, 'application/octet-stream', blob);
  };
}

function digest(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}
