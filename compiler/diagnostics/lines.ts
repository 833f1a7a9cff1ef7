// Offsets of a text to lines and columns, both from 1; columns count UTF-16 units, as editors do.

export interface Position {
  readonly line: number;
  readonly column: number;
}

export class Lines {
  readonly text: string;
  private readonly starts: number[] = [0];

  constructor(text: string) {
    this.text = text;
    for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) this.starts.push(at + 1);
  }

  at(offset: number): Position {
    const clamped = Math.max(0, Math.min(offset, this.text.length));
    let low = 0;
    let high = this.starts.length;
    while (high - low > 1) {
      const middle = (low + high) >> 1;
      if (this.starts[middle]! <= clamped) low = middle;
      else high = middle;
    }
    return { line: low + 1, column: clamped - this.starts[low]! + 1 };
  }

  /** A line without its end. */
  line(number: number): string {
    const from = this.starts[number - 1] ?? this.text.length;
    const to = this.starts[number] ?? this.text.length + 1;
    return this.text.slice(from, to - 1).replace(/\r$/, "");
  }
}

/** The texts that spans point into, by file name. */
export class Texts {
  private readonly known = new Map<string, Lines>();
  private readonly find: (file: string) => string | undefined;

  /** `find`: texts that are looked for when they are first asked for. */
  constructor(find: (file: string) => string | undefined = () => undefined) {
    this.find = find;
  }

  add(file: string, text: string): void {
    this.known.set(file, new Lines(text));
  }

  get(file: string): Lines | undefined {
    const known = this.known.get(file);
    if (known) return known;
    const text = this.find(file);
    if (text !== undefined) this.add(file, text);
    return this.known.get(file);
  }
}
