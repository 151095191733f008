/** The place in a file where something is written, such as the reference of an image in a manifest. */
export interface SourceLocation {
  /** The path of the file, as it was given. */
  file: string;
  /** The line, counted from 1. */
  line: number;
  /** The column in UTF-16 code units, counted from 1. */
  column: number;
}
