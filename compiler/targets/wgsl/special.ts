// The two kernels that are the same for every program: rows of the batch from a data set, and the end of a part.

import type { Buffer } from "../../loops/storage.ts";
import type { Logged } from "../commands.ts";
import type { Body } from "./kernels.ts";
import type { Names } from "./values.ts";

const element = (names: Names, buffer: string, at: string | number): string =>
  `${names.variable(buffer)}[${names.base(buffer)} + ${at}]`;

export interface Fetched {
  readonly field: string;
  /** Numbers of a row. */
  readonly size: number;
  /** The rows, or a part of them: those elsewhere are another kernel's. */
  readonly data: Buffer;
  readonly threads: number;
}

/**
 * Rows by the order of the epoch; where the data is bytes, one of them stands for 1. A GPU may divide inexactly, so shares of 255 are
 * written down bit by bit: they have the byte in each of their places.
 */
export function emitFetch(names: Names, { field, size, data, threads }: Fetched): Body {
  names.uses.step = true;
  const { byteUnit, part } = data;
  const place = `source * ${size} + point % ${size}`;
  const source = element(names, "order", `i32(step.cursor) + point / ${size}`);
  const first = part ? part.from / size : 0;
  const lines = [
    `let point = place * ${threads} + i32(lane);`,
    `if (point >= i32(step.batch) * ${size}) { return; }`,
    `let source = ${first === 0 ? source : `${source} - ${first}`};`,
    ...(part ? [`if (source < 0 || source >= ${data.size / size}) { return; }`] : []),
    ...(byteUnit === undefined
      ? [`${element(names, field, "point")} = ${element(names, data.name, place)};`]
      : [
          `let index = u32(${names.base(data.name)} + ${place});`,
          `let byte = (${names.variable(data.name)}[index / 4u] >> (index % 4u * 8u)) & 255u;`,
          `${element(names, field, "point")} = ${byteUnit === 255 ? "share_of_255(byte)" : "f32(byte)"};`,
        ]),
  ];
  const grid = [{ extents: [{ constant: 0, perBatch: size }], per: threads }];
  return { lines, functions: [], shared: [], threads, grid };
}

/** Logged scalars into the ring, then the next step: counter, ring, and the cursor where a batch was taken. */
export function emitAdvance(names: Names, logged: readonly Logged[], tookBatch: boolean): Body {
  names.uses.step = true;
  const lines = logged.map(
    (l, i) => `${element(names, "ring", `i32(step.ring) + ${i}`)} = ${element(names, l.buffer, l.at)};`,
  );
  lines.push(`step.ring += ${logged.length}u;`, "step.step += 1u;");
  if (tookBatch) lines.push("step.cursor += step.batch;");
  return { lines, functions: [], shared: [], threads: 1, grid: [] };
}
