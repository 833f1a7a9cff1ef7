// In: a seed. Out: random numbers that depend on the seed and on nothing else.
// Invariant: number k of a stream is a pure function of (seed, stream, k); there is no hidden global state.
// Source: Salmon, Moraes, Dror, Shaw, "Parallel random numbers: as easy as 1, 2, 3" (SC 2011), Threefry-2x32 with 20 rounds.

/** Rotations of the eight distinct rounds (table 2 of the paper, two words of 32 bits). */
const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
/** Parity word of the key schedule, which keeps an all-zero key from being a fixed point. */
const PARITY = 0x1bd11bda;
const GROUPS = 5;

/** Writes the two output words to `out[0]` and `out[1]`: five groups of four rounds, a key injection after each group. */
function encrypt(out: Uint32Array, key0: number, key1: number, counter0: number, counter1: number): void {
  const schedule0 = key0 | 0;
  const schedule1 = key1 | 0;
  const schedule2 = PARITY ^ schedule0 ^ schedule1;
  let here = schedule0;
  let next = schedule1;
  let last = schedule2;
  let a = (counter0 + here) | 0;
  let b = (counter1 + next) | 0;
  for (let group = 1; group <= GROUPS; group++) {
    const first = group % 2 === 1 ? 0 : 4;
    for (let round = first; round < first + 4; round++) {
      const turn = ROTATIONS[round]!;
      a = (a + b) | 0;
      b = ((b << turn) | (b >>> (32 - turn))) ^ a;
    }
    const recycled = here;
    here = next;
    next = last;
    last = recycled;
    a = (a + here) | 0;
    b = (b + next + group) | 0;
  }
  out[0] = a;
  out[1] = b;
}

/**
 * Threefry-2x32-20: a bijection of the 64-bit counter for every 64-bit key.
 * All words are unsigned 32-bit integers. Threefry-2x32(0, 0, 0, 0) is [0x6b200159, 0x99ba4efe].
 */
export function threefry2x32(key0: number, key1: number, counter0: number, counter1: number): [number, number] {
  const out = new Uint32Array(2);
  encrypt(out, key0, key1, counter0, counter1);
  return [out[0]!, out[1]!];
}

/**
 * A stream of random numbers. Streams of one seed are independent of each other, so that example 7 can be drawn
 * without drawing examples 0 to 6. `seed` is an integer of at most 53 bits, `stream` one of 32 bits.
 */
export class Random {
  readonly #key0: number;
  readonly #key1: number;
  readonly #stream: number;
  readonly #words = new Uint32Array(2);
  #block = 0;
  #left = 0;
  #spare = Number.NaN;

  constructor(seed: number, stream = 0) {
    if (!Number.isSafeInteger(seed)) throw new RangeError(`a seed is an integer of at most 53 bits, not ${seed}`);
    this.#key0 = seed >>> 0;
    this.#key1 = Math.floor(seed / 2 ** 32) >>> 0;
    this.#stream = stream;
  }

  /** An unsigned integer of 32 uniform bits. */
  word(): number {
    if (this.#left === 0) {
      encrypt(this.#words, this.#key0, this.#key1, this.#block, this.#stream);
      this.#block++;
      this.#left = 2;
    }
    this.#left--;
    return this.#words[1 - this.#left]!;
  }

  /** A number in [low, high), one of 2^32 evenly spaced ones. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.word() / 2 ** 32);
  }

  /** A standard normal number (Box and Muller 1958; the second one of each pair is kept for the next call). */
  normal(): number {
    if (!Number.isNaN(this.#spare)) {
      const spare = this.#spare;
      this.#spare = Number.NaN;
      return spare;
    }
    const radius = Math.sqrt(-2 * Math.log((this.word() + 0.5) / 2 ** 32));
    const angle = 2 * Math.PI * this.uniform();
    this.#spare = radius * Math.sin(angle);
    return radius * Math.cos(angle);
  }

  /** An integer of 0..n-1, each exactly as likely (draws of the incomplete last range are rejected); 1 <= n <= 2^32. */
  integer(n: number): number {
    if (!Number.isInteger(n) || n < 1 || n > 2 ** 32) throw new RangeError(`cannot draw below ${n}`);
    const limit = 2 ** 32 - (2 ** 32 % n);
    let word = this.word();
    while (word >= limit) word = this.word();
    return word % n;
  }

  /** One of the items, each as likely. */
  choose<T>(items: readonly [T, ...T[]]): T {
    return items[this.integer(items.length)] as T;
  }

  /** A number gives a permutation of 0..n-1, a list gives a new list in random order (Fisher and Yates). */
  shuffle(n: number): Int32Array;
  shuffle<T>(items: readonly T[]): T[];
  shuffle<T>(what: number | readonly T[]): Int32Array | T[] {
    if (typeof what !== "number") return Array.from(this.shuffle(what.length), (index) => what[index] as T);
    const order = Int32Array.from({ length: what }, (_, index) => index);
    for (let last = what - 1; last > 0; last--) {
      const other = this.integer(last + 1);
      const held = order[last]!;
      order[last] = order[other]!;
      order[other] = held;
    }
    return order;
  }
}
