// Which tile a contraction is computed in, and into how many parts its sum is cut: chosen together, by the time that each pair would
// take on the device of the tuning. A large tile reads less for each product; small ones and parts keep more of the device busy.
// In: sizes. Out: a shape of the tuning's list and parts; depends on nothing else.

import type { TileShape, WgslTuning } from "../tuning.ts";

/** Sizes of a contraction. */
export interface Contraction {
  readonly m: number;
  readonly n: number;
  readonly outer: number;
  readonly steps: number;
  /** The most parts that its first reduced axis has room for. */
  readonly cuttable: number;
  /** Whether an operand is stored in 16 bits: the other may be rounded to as many. */
  readonly hasHalves?: boolean;
}

const PARTS = [1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64];
/** Threads that a compute unit needs for its full rate. */
const FULL = 256;
const NUMBER_BYTES = 4;

/** Rows and columns of a tile. */
export const sidesOf = ({ threads, each }: TileShape): readonly [number, number] => [
  threads[0] * each[0],
  threads[1] * each[1],
];

export const threadsOf = ({ threads, slices }: TileShape): number => threads[0] * threads[1] * slices;

/** Quads between a step and the next of what is staged of one operand: one more than needed, so that threads which store
 * neighbouring steps use different banks. */
export const pitchOf = (side: number): number => side / 4 + 1;

/** Quads of workgroup memory: each slice's stretches of both operands, or afterwards the results of one slice. */
export function sharedQuads(shape: TileShape): number {
  const [rows, columns] = sidesOf(shape);
  const stretches = (pitchOf(rows) + pitchOf(columns)) * shape.depth * shape.slices;
  return Math.max(stretches, shape.slices > 1 ? (rows * columns) / 4 : 0);
}

interface Pair {
  readonly shape: TileShape;
  readonly parts: number;
}

export function chooseTile(c: Contraction, tuning: WgslTuning): Pair {
  const most = Math.min(tuning.parts.most, c.cuttable, Math.floor(c.steps / tuning.parts.fewestSteps));
  const isOffered = ({ shape, parts }: Pair): boolean =>
    !shape.matrix || (c.hasHalves === true && c.steps / parts <= tuning.tile.longest);
  const pairs = tuning.tile.shapes
    .flatMap((shape) => PARTS.filter((parts) => parts === 1 || parts <= most).map((parts): Pair => ({ shape, parts })))
    .filter(isOffered);
  return pairs.reduce((best, pair) => (timeOf(c, pair, tuning) < timeOf(c, best, tuning) ? pair : best));
}

/** Microseconds of the tiles, and of adding up their parts. */
function timeOf({ m, n, outer, steps }: Contraction, { shape, parts }: Pair, { device }: WgslTuning): number {
  const [rows, columns] = sidesOf(shape);
  const groups = Math.ceil(m / rows) * Math.ceil(n / columns) * outer * parts;
  const slab = shape.depth * shape.slices;
  const slabs = Math.ceil(steps / parts / slab);
  const one = (2 * rows * columns * slabs * slab * device.units) / (shape.rate * device.operations);
  // Fewer threads than a unit needs take as long as if it had them.
  const rounds = Math.max(FULL / threadsOf(shape), Math.ceil(groups / device.units));
  const joining = parts === 1 ? 0 : device.dispatch + (NUMBER_BYTES * m * n * outer * (2 * parts + 1)) / device.bytes;
  return Math.max(rounds * one, slabs * device.load) + joining;
}
