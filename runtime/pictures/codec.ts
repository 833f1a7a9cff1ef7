// A decoder of pictures in C, compiled to WebAssembly. In: the file of a package that holds it. Out: an instance of it, with its
// functions and its memory. Invariant: an instance in which anything has failed is not used again, and neither is one that has
// grown large, since its memory never shrinks.

import { packageBytes } from "./packagebytes.ts";

/** Exports that all such decoders have beside their own functions. */
export interface Heap {
  readonly memory: WebAssembly.Memory;
  malloc(bytes: number): number;
  free(address: number): void;
}

/** Bytes of memory after which an instance is let go. */
const LARGE = 2 ** 26;

export class Codec<Functions extends Heap> {
  readonly #file: string;
  #compiled: Promise<WebAssembly.Module> | undefined;
  #instance: Functions | undefined;

  constructor(file: string) {
    this.#file = file;
  }

  /**
   * Runs `work` on a copy of the bytes in the decoder's memory, at an address; undefined where it fails in any way. What it
   * gives must be a copy, too.
   */
  async use<Result>(
    bytes: Uint8Array,
    work: (functions: Functions, address: number) => Result | undefined,
  ): Promise<Result | undefined> {
    const functions = await this.#start();
    this.#instance = undefined;
    try {
      const address = functions.malloc(bytes.length);
      if (address === 0) return undefined;
      new Uint8Array(functions.memory.buffer, address, bytes.length).set(bytes);
      const result = work(functions, address);
      functions.free(address);
      if (result !== undefined && functions.memory.buffer.byteLength < LARGE) this.#instance = functions;
      return result;
    } catch (error) {
      if (error instanceof CodecStopped || error instanceof WebAssembly.RuntimeError || error instanceof RangeError)
        return undefined;
      throw error;
    }
  }

  async #start(): Promise<Functions> {
    if (this.#instance) return this.#instance;
    this.#compiled ??= packageBytes(this.#file).then((bytes) => WebAssembly.compile(bytes));
    const compiled = await this.#compiled;
    const imports: Record<string, Record<string, () => number>> = {};
    for (const { module, name } of WebAssembly.Module.imports(compiled)) {
      imports[module] ??= {};
      imports[module][name] = HARMLESS.has(name) ? () => 0 : stop;
    }
    return (await WebAssembly.instantiate(compiled, imports)).exports as unknown as Functions;
  }
}

/** Of the functions that C asks for: those that need do nothing. */
const HARMLESS: ReadonlySet<string> = new Set(["setjmp", "environ_sizes_get"]);

class CodecStopped extends Error {}

/** The way out of a decoder that found a mistake: there is no place in C to go on from. */
function stop(): never {
  throw new CodecStopped();
}
