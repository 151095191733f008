import type { SourceLocation } from '../encoding/source-location.ts';
import type { NotationError } from '../errors/index.ts';
import type { BlobVerificationReport, VerificationReport } from './report.ts';

/** The evaluation of one of many artifacts or blobs: its report, or the error that prevented a verdict. */
export type Evaluation<Report = VerificationReport | BlobVerificationReport> = EvaluatedReference &
  (Evaluated<Report> | NotEvaluated);

/** What was evaluated, and where it is named. */
export interface EvaluatedReference {
  /** The reference as it was given, as a string; for a blob any name, such as its path. */
  reference: string;
  /** Where the reference is written, if it was read from a file. */
  location?: SourceLocation;
}

/** A verdict was reached. */
export interface Evaluated<Report> {
  report: Report;
  error?: undefined;
}

/** No verdict was reached. */
export interface NotEvaluated {
  /** Why; `classify` says whether a retry can help. */
  error: NotationError;
  report?: undefined;
}

/** The evaluation of one of several references. */
export type EvaluationResult = Evaluation<VerificationReport> & {
  /** The position of the reference in the list that was given, counted from 0. */
  index: number;
};
