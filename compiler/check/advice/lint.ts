// The form of a lint. In: an applied layer or function, and what gave its input. Out: a warning, or nothing.

import type { Application, Applications } from "../frame/application.ts";
import type { Warning } from "../frame/frame.ts";

/** Input of a lint beside the call: the applications that gave every value, and the program's text. */
export interface Surroundings {
  readonly applications: Applications;
  readonly source: { readonly file: string; readonly text: string } | undefined;
}

export type Lint = (made: Application, before: Application | undefined, at: Surroundings) => Warning | undefined;
