// Where something stands in a source text. Offsets count UTF-16 units, as the editor protocol does.

export interface Span {
  /** Path or name of the source, as it was given to `parse`. */
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

export interface Label {
  readonly span: Span;
  readonly text: string;
  /** The name of the value that comes from this place, where it is one. */
  readonly value?: string;
}

/** A machine-applicable correction: replace the span by the text. */
export interface Fix {
  readonly title: string;
  readonly edits: readonly { readonly span: Span; readonly text: string }[];
}

/** A mistake of one argument of a call. */
export interface ArgumentFault {
  readonly name: string;
  readonly callee: string;
  /** Expected and found. */
  readonly text: string;
}

/** Something wrong in the user's text, data or weights. Mistakes are data: collected, never thrown. */
export interface Diagnostic {
  /** Stable name, `phase/what`, for example `shapes/window-does-not-fit`. */
  readonly code: string;
  readonly severity: "error" | "warning";
  /** One line. */
  readonly message: string;
  /** The argument that the message speaks of, where it is about one. */
  readonly argument?: ArgumentFault;
  /** The place that must change, absent only where there is no text (data, weights, machine). */
  readonly span?: Span;
  /** Text under the primary span: arithmetic, what was seen. */
  readonly detail?: string;
  /** Further places that explain it. */
  readonly related?: readonly Label[];
  /** Lines of further explanation. */
  readonly notes?: readonly string[];
  readonly hint?: string;
  readonly fix?: Fix;
}

/** Tells one place of the program from every other: two files may have something at the same offset. */
export const positionKey = ({ file, start }: Span): string => `${file}:${start}`;

export function joinSpans(a: Span, b: Span): Span {
  return { file: a.file, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
