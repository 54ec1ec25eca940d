/** What STS answers, in AWS's XML and in AWS's words. */
import { randomUUID } from 'node:crypto';
import type { HttpResponse } from '../../src/ports.ts';
import { accountOf } from './aws-names.ts';
import { answer, escape } from './respond.ts';

const NAMESPACE = 'https://sts.amazonaws.com/doc/2011-06-15/';

/** Keys that STS gave out. */
export interface IssuedKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string;
  readonly expiration: Date;
  readonly roleArn: string;
  readonly sessionName: string;
  readonly chained: boolean;
}

export function userArn(keys: IssuedKeys): string {
  const [, partition = 'aws'] = keys.roleArn.split(':');
  const name = keys.roleArn.slice(keys.roleArn.lastIndexOf('/') + 1);
  return `arn:${partition}:sts::${accountOf(keys.roleArn)}:assumed-role/${name}/${keys.sessionName}`;
}

export function credentials(keys: IssuedKeys): string {
  return (
    `<AssumedRoleUser>${element('Arn', userArn(keys))}${element('AssumedRoleId', `AROAEMULATED:${keys.sessionName}`)}</AssumedRoleUser>` +
    `<Credentials>${element('AccessKeyId', keys.accessKeyId)}${element('SecretAccessKey', keys.secretAccessKey)}` +
    `${element('SessionToken', keys.sessionToken)}${element('Expiration', keys.expiration.toISOString().replace('.000Z', 'Z'))}</Credentials>`
  );
}

export function element(name: string, text: string): string {
  return `<${name}>${escape(text)}</${name}>`;
}

export function success(action: string, content: readonly string[]): HttpResponse {
  const metadata = `<ResponseMetadata>${element('RequestId', randomUUID())}</ResponseMetadata>`;
  return answer(
    200,
    'text/xml',
    `<${action}Response xmlns="${NAMESPACE}"><${action}Result>${content.join('')}</${action}Result>${metadata}</${action}Response>`,
  );
}

/** AWS's error shape; other services of the query protocol have the same with their own namespace. */
export function failure(status: number, code: string, message: string, namespace = NAMESPACE): HttpResponse {
  const type = status >= 500 ? 'Receiver' : 'Sender';
  return answer(
    status,
    'text/xml',
    `<ErrorResponse xmlns="${namespace}"><Error>${element('Type', type)}${element('Code', code)}${element('Message', message)}</Error>${element('RequestId', randomUUID())}</ErrorResponse>`,
  );
}

export function lengthFault(name: string, value: string): string | undefined {
  return value.length >= 20 && value.length <= 2048
    ? undefined
    : `Value '${value}' at '${name}' failed to satisfy constraint: Member must have length greater than or equal to 20`;
}

export function durationFault(fields: Readonly<Record<string, string | undefined>>): string | undefined {
  const text = fields.DurationSeconds ?? '3600';
  const value = `Value '${text}' at 'durationSeconds' failed to satisfy constraint: Member must have value`;
  if (!/^\d+$/.test(text)) return `Value '${text}' at 'durationSeconds' is not a number`;
  if (Number(text) < 900) return `${value} greater than or equal to 900`;
  return Number(text) > 43_200 ? `${value} less than or equal to 43200` : undefined;
}
