/** AWS S3, as far as looking around goes: the buckets, and the objects of one, asked for by virtual host or by path. */
import { randomUUID } from 'node:crypto';
import type { HttpRequest, HttpResponse } from '../../src/ports.ts';
import { type Handler, type Hosts, answer, bodyText } from './respond.ts';
import { element } from './sts-answers.ts';
import type { StsEmulator } from './sts.ts';

const NAMESPACE = 'http://s3.amazonaws.com/doc/2006-03-01/';
const MODIFIED = '2026-11-20T09:30:00.000Z';
const LIST_PARAMETERS = /^(list-type|prefix|delimiter|encoding-type|max-keys|fetch-owner)$/;

export interface S3Bucket {
  /** ARNs of the roles that may list it. */
  readonly readers: readonly string[];
  /** Size in bytes by key. */
  readonly objects: Readonly<Record<string, number>>;
}

export interface S3Options {
  /** Whose keys it knows. */
  readonly sts: StsEmulator;
  readonly buckets: Readonly<Record<string, S3Bucket>>;
}

export interface S3Request {
  /** Undefined where all buckets were asked for. */
  readonly bucket: string | undefined;
  readonly prefix: string;
  readonly accessKeyId: string;
}

export interface S3Emulator {
  readonly handle: Handler;
  /** The hosts of one region and the older ones of all, each with a bucket's name before it or without. */
  readonly hosts: Hosts;
  /** Those whose signature was good. */
  readonly requests: S3Request[];
}

export function s3Emulator({ sts, buckets }: S3Options, region = 'us-east-1'): S3Emulator {
  const requests: S3Request[] = [];

  function handle(request: HttpRequest): HttpResponse {
    const { hostname, pathname, searchParams } = request.url;
    const caller = sts.identify(request);
    if ('status' in caller) return refusedKeys(caller);
    const [, byPath = '', ...rest] = decodeURIComponent(pathname).split('/');
    const byHost = /^(.+)\.s3\./.exec(hostname)?.[1];
    const bucket = byHost ?? (byPath === '' ? undefined : byPath);
    const key = (byHost === undefined ? rest : [byPath, ...rest]).join('/');
    const prefix = searchParams.get('prefix') ?? '';
    requests.push({ bucket, prefix, accessKeyId: caller.accessKeyId });
    const unexpected = [...searchParams.keys()].filter((name) => !LIST_PARAMETERS.test(name));
    if (request.method !== 'GET' || key !== '' || unexpected.length > 0) {
      return failure(501, 'NotImplemented', `${request.method} ${pathname} ${unexpected.join(' ')}`);
    }
    if (bucket === undefined) return allBuckets(caller.roleArn);
    const found = buckets[bucket];
    if (found === undefined) return failure(404, 'NoSuchBucket', 'The specified bucket does not exist');
    if (!found.readers.includes(caller.roleArn)) return failure(403, 'AccessDenied', 'Access Denied');
    return objectsOf(bucket, found, searchParams);
  }

  function allBuckets(roleArn: string): HttpResponse {
    const visible = Object.keys(buckets).filter((name) => buckets[name]?.readers.includes(roleArn));
    return success('ListAllMyBucketsResult', [
      `<Owner>${element('ID', 'emulated')}</Owner>`,
      `<Buckets>${visible.map((name) => `<Bucket>${element('Name', name)}${element('CreationDate', MODIFIED)}</Bucket>`).join('')}</Buckets>`,
    ]);
  }

  return {
    handle,
    hosts: Object.fromEntries(
      [`s3.${region}.amazonaws.com`, 's3.amazonaws.com']
        .flatMap((host) => [host, `*.${host}`])
        .map((host) => [host, handle]),
    ),
    requests,
  };
}

/** ListObjectsV2, or its older sister without `list-type=2`. */
function objectsOf(name: string, { objects }: S3Bucket, query: URLSearchParams): HttpResponse {
  const prefix = query.get('prefix') ?? '';
  const delimiter = query.get('delimiter') ?? '';
  const coded = query.get('encoding-type') === 'url';
  const write = (key: string): string => (coded ? encodeURIComponent(key).replaceAll('%2F', '/') : key);
  const keys = Object.keys(objects)
    .filter((key) => key.startsWith(prefix))
    .toSorted();
  /** Up to the delimiter behind the prefix, where there is one. */
  const folderOf = (key: string): string | undefined => {
    const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
    return end === -1 ? undefined : key.slice(0, end + delimiter.length);
  };
  const folders = new Set(keys.flatMap((key) => folderOf(key) ?? []));
  const files = keys.filter((key) => folderOf(key) === undefined);
  return success('ListBucketResult', [
    element('Name', name),
    element('Prefix', write(prefix)),
    element('Delimiter', delimiter),
    element('MaxKeys', query.get('max-keys') ?? '1000'),
    ...(coded ? [element('EncodingType', 'url')] : []),
    ...(query.get('list-type') === '2' ? [element('KeyCount', String(files.length + folders.size))] : []),
    element('IsTruncated', 'false'),
    ...files.map(
      (key) =>
        `<Contents>${element('Key', write(key))}${element('LastModified', MODIFIED)}${element('Size', String(objects[key]))}${element('StorageClass', 'STANDARD')}</Contents>`,
    ),
    ...[...folders].map((folder) => `<CommonPrefixes>${element('Prefix', write(folder))}</CommonPrefixes>`),
  ]);
}

/** What STS says of keys that are not good, in the words and the shape of S3. */
function refusedKeys(refusal: HttpResponse): HttpResponse {
  const [, code = '', message = ''] =
    /<Code>(.*?)<\/Code><Message>(.*?)<\/Message>/.exec(bodyText(refusal)) ?? [];
  switch (code) {
    case 'MissingAuthenticationToken':
      return failure(403, 'AccessDenied', 'Access Denied');
    case 'ExpiredToken':
      return failure(400, code, 'The provided token has expired.');
    case 'InvalidClientTokenId':
      return failure(
        403,
        'InvalidAccessKeyId',
        'The AWS Access Key Id you provided does not exist in our records.',
      );
    default:
      return failure(403, code, message);
  }
}

function success(root: string, content: readonly string[]): HttpResponse {
  return xml(200, `<${root} xmlns="${NAMESPACE}">${content.join('')}</${root}>`);
}

/** Unlike other services', without a namespace and an outer element. */
function failure(status: number, code: string, message: string): HttpResponse {
  const content = [element('Code', code), element('Message', message), element('RequestId', randomUUID())];
  return xml(status, `<Error>${content.join('')}</Error>`);
}

function xml(status: number, body: string): HttpResponse {
  return answer(status, 'application/xml', `<?xml version="1.0" encoding="UTF-8"?>\n${body}`);
}
