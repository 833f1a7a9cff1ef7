// The random bits of a draw: Threefry-2x32-20 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1, 2, 3; 2011).
// Key: seed and place. Counter: element, and step, time and example mixed. Every target computes the same.

const ROTATIONS = [13, 15, 26, 6, 17, 29, 16, 24] as const;
export const PARITY = 0x1bd11bda;

function threefry(k0: number, k1: number, c0: number, c1: number): readonly [number, number] {
  const keys = [k0 | 0, k1 | 0, (k0 ^ k1 ^ PARITY) | 0];
  let x = (c0 + keys[0]!) | 0;
  let y = (c1 + keys[1]!) | 0;
  for (let round = 0; round < 20; round++) {
    const r = ROTATIONS[round % 8]!;
    x = (x + y) | 0;
    y = ((y << r) | (y >>> (32 - r))) ^ x;
    if (round % 4 === 3) {
      const s = (round + 1) / 4;
      x = (x + keys[s % 3]!) | 0;
      y = (y + keys[(s + 1) % 3]! + s) | 0;
    }
  }
  return [x >>> 0, y >>> 0];
}

/** The second counter word: step, time and example in one, by odd multipliers. */
export const STEP_FACTOR = 0x9e3779b1;
export const TIME_FACTOR = 0x85ebca77;
export const EXAMPLE_FACTOR = 0xc2b2ae3d;

function counterWord(step: number, time: number, example: number): number {
  return (Math.imul(step, STEP_FACTOR) + Math.imul(time, TIME_FACTOR) + Math.imul(example, EXAMPLE_FACTOR)) | 0;
}

function bits(
  seed: number,
  step: number,
  place: number,
  element: number,
  example: number,
  time: number,
): readonly [number, number] {
  return threefry(seed, place, element, counterWord(step, time, example));
}

/** 24 random bits over 2^24. */
export function uniformDraw(...at: Parameters<typeof bits>): number {
  return (bits(...at)[0] >>> 8) / 16777216;
}

/** sqrt(-2 log u) cos(2 pi v) with u in (0, 1] (Box and Muller, 1958). */
export function normalDraw(...at: Parameters<typeof bits>): number {
  const [a, b] = bits(...at);
  const u = ((a >>> 8) + 1) / 16777216;
  const v = (b >>> 8) / 16777216;
  return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * v);
}
