// Where the rows of a CSV file end, without cutting them into cells, for a file that is read in parts. Quotes, separators and line ends
// are single bytes in UTF-8. Invariant: the same rows as the scanner of `csvscan.ts` finds.

const [LF, CR, SPACE, QUOTE] = [10, 13, 32, 34];

/** Where it stands: before a cell, in a bare one, in a quoted one, behind its quote. */
type State = "start" | "bare" | "quoted" | "quote";

export class RowEnds {
  readonly #separator: number;
  #state: State = "start";
  #last = 0;
  /** Lines that have ended so far, those in quotes among them. */
  lines = 0;

  constructor(separator: string) {
    this.#separator = separator.charCodeAt(0);
  }

  /** The first place behind `from` where a row has ended, or the end of the bytes; `isEnd` says which. */
  next(bytes: Uint8Array, from: number): { readonly at: number; readonly isEnd: boolean } {
    for (let at = from; at < bytes.length; at++) {
      const code = bytes[at] ?? 0;
      const isLine = code === CR || (code === LF && this.#last !== CR);
      if (isLine) this.lines++;
      this.#last = code;
      if (this.#state === "quoted") {
        if (code === QUOTE) this.#state = "quote";
      } else if (code === LF || code === CR) {
        this.#state = "start";
        if (isLine) return { at: code === CR && bytes[at + 1] === LF ? this.#behindPair(at) : at + 1, isEnd: false };
      } else if (code === this.#separator) this.#state = "start";
      else if (this.#state === "quote") {
        // A second quote is one of the cell; anything else is an error of its scanner.
        if (code === QUOTE) this.#state = "quoted";
      } else if (this.#state === "start" && code !== SPACE) this.#state = code === QUOTE ? "quoted" : "bare";
    }
    return { at: bytes.length, isEnd: true };
  }

  #behindPair(at: number): number {
    this.#last = LF;
    return at + 2;
  }
}
