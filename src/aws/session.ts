/** An AWS session: temporary credentials with their role and expiration. */
import type { Secret } from '../secret.ts';

/** Temporary credentials with their role. */
export interface Session {
  readonly accessKeyId: string;
  readonly secretAccessKey: Secret;
  readonly sessionToken: Secret;
  readonly expiration: Date;
  readonly roleArn: string;
  readonly assumedRoleArn?: string;
  /** The duration that STS accepted, or chose if none was requested. */
  readonly durationSeconds: number;
}
