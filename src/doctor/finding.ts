/** The findings of `gauth doctor`, as data. */
import type { ProfileChanges } from '../aws/profiles.ts';

/**
 * `problem`: something does not work. `warning`: it may not work as intended. `note`: worth knowing. `fine`: checked, no
 * problem.
 */
export type Level = 'problem' | 'warning' | 'note' | 'fine';

/** A fix that is safe to apply automatically. */
export type Fix =
  | { readonly kind: 'profile'; readonly name: string; readonly changes: ProfileChanges }
  /** Permission bits. */
  | { readonly kind: 'mode'; readonly path: string; readonly mode: number };

export interface Finding {
  /** A stable identifier for programs. */
  readonly check: string;
  readonly level: Level;
  /** One line, safe to print. */
  readonly text: string;
  /** What to do, with the exact command if there is one. */
  readonly hint?: string;
  readonly fix?: Fix;
}
