// One explanation: what a code means, with a program that has the mistake and one that has not.

export interface Explanation {
  readonly code: string;
  readonly text: string;
  /** A program with the mistake, where a program can have it. */
  readonly bad?: string;
  readonly good?: string;
  /** Files beside the two programs, for mistakes in what a source reads. */
  readonly files?: {
    readonly bad: Readonly<Record<string, string>>;
    readonly good: Readonly<Record<string, string>>;
  };
}
