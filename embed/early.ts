// Promises whose answers are asked for before they are there. In: a promise, the call that gave it, and the names that its answer has. Out: the
// same promise, which answers these names with how it is awaited.

import { misused } from "./dnnerror.ts";

/** Of `call`, as a program writes it: `net.predict(row)`. */
export function awaited<T>(promise: Promise<T>, call: string, names: readonly PropertyKey[]): Promise<T> {
  const refuse = (): never => {
    throw misused(`\`${call}\` gives a promise, whose answer is not there yet`, `write \`await ${call}\``);
  };
  for (const name of names) Object.defineProperty(promise, name, { get: refuse, configurable: true });
  return promise;
}

/** Names of a list. */
export const OF_LISTS: readonly PropertyKey[] = [
  "length",
  "map",
  "filter",
  "forEach",
  "find",
  "some",
  "every",
  "at",
  0,
  Symbol.iterator,
];

/** Pieces of a text, one after the other: `for await` takes them, and `await` all of them as one text. */
export class Pieces implements AsyncGenerator<string, void, undefined>, PromiseLike<string> {
  private readonly pieces: AsyncGenerator<string, void, undefined>;
  private whole: Promise<string> | undefined;

  constructor(pieces: AsyncGenerator<string, void, undefined>) {
    this.pieces = pieces;
  }

  next(): Promise<IteratorResult<string, void>> {
    return this.pieces.next();
  }

  return(): Promise<IteratorResult<string, void>> {
    return this.pieces.return();
  }

  throw(error: unknown): Promise<IteratorResult<string, void>> {
    return this.pieces.throw(error);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.pieces.return();
  }

  // biome-ignore lint/suspicious/noThenProperty: `await net.sample(...)` is the whole text
  then<A = string, B = never>(
    done?: ((text: string) => A | PromiseLike<A>) | null,
    failed?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.whole ??= Array.fromAsync(this.pieces).then((pieces) => pieces.join(""));
    return this.whole.then(done, failed);
  }

  [Symbol.iterator](): never {
    throw misused(
      "a text is written piece by piece",
      "write `for await (const piece of net.sample(...))`, or `await net.sample(...)` for all of it",
    );
  }

  toString(): never {
    return this[Symbol.iterator]();
  }
}
