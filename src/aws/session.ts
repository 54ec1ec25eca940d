/** A session at AWS: what signs requests, for a role and a time. */
import type { Secret } from '../secret.ts';

/** Temporary credentials, and what they are for. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  readonly expiration: Date;
  readonly roleArn: string;
  readonly assumedRoleArn?: string;
  /** The duration that STS accepted; what it chose itself where none was named. */
  readonly durationSeconds: number;
}
