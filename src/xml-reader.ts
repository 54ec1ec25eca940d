/** What is read from an XML document, whichever parser has read it. */

/** Reads values from a document by simple XPaths. */
export interface XmlReader {
  has(path: string): boolean;
  /** The trimmed text of each node that is not empty. */
  all(path: string): readonly string[];
  first(path: string): string | undefined;
}
