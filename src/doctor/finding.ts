/** What the doctor finds: plain data, with what mends it. */
import type { ProfileChanges } from '../aws/profiles.ts';

/** `problem`: something does not work. `warning`: it may not do what it seems to. `note`: worth knowing. `fine`: looked at. */
export type Level = 'problem' | 'warning' | 'note' | 'fine';

/** A change that takes nothing away that anybody could want back. */
export type Fix =
  | { readonly kind: 'profile'; readonly name: string; readonly changes: ProfileChanges }
  /** Permission bits. */
  | { readonly kind: 'mode'; readonly path: string; readonly mode: number };

export interface Finding {
  /** A stable word for programs. */
  readonly check: string;
  readonly level: Level;
  /** One line, safe to print. */
  readonly text: string;
  /** What to do, with the exact command where there is one. */
  readonly mend?: string;
  readonly fix?: Fix;
}
