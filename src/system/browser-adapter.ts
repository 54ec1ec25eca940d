/** What differs between the families of browsers. */
import type { BrowserVisit } from '../ports.ts';
import type { ThrowawayCertificate } from './throwaway-certificate.ts';

export interface BrowserSetup {
  /** The folder of the browser profile, an absolute path. */
  readonly folder: string;
  /** The proxy configuration as a URL. */
  readonly configuration: string;
  readonly certificate: Pick<ThrowawayCertificate, 'fingerprint' | 'publicKeyHash'>;
  /** The hosts for which the certificate is. */
  readonly hosts: readonly string[];
  readonly platform: NodeJS.Platform;
}

export interface BrowserAdapter {
  /** Writes what the browser reads from its profile folder. Throws GauthError FILE, and PROXY for a configuration that it cannot take. */
  prepare(setup: BrowserSetup): Promise<void>;
  /** The command-line arguments. `userAgent` is what the browser called itself when it had a window. */
  arguments(setup: BrowserSetup, visit: BrowserVisit, userAgent: string | undefined): readonly string[];
}
