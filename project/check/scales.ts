// Whether the numbers of a table are of so different scales that a training moves along the largest alone. In: a program with its
// loaded data. Out: a warning at the declaration, where neither its body nor a layer brings the columns to one scale.

import { itemAt } from "../../compiler/arithmetic/lists.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import { namesOne } from "../../grammar/syntax/queries.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numberAt } from "../../runtime/data/numbers.ts";
import { numberText } from "../numbertext.ts";
import { isRead } from "./fielduse.ts";

const MOST = 100;
/** Functions that bring numbers to one scale, in the body of a declaration or at the beginning of a model. */
const SCALING: readonly string[] = ["normalize", "whiten", "batchnorm", "layernorm"];

export function warnOfScales(program: Program, name: string, dataset: Dataset): void {
  const declared = program.data.get(name);
  if (!declared || dataset.records || isScaledByLayers(program)) return;
  for (const column of dataset.train.columns) {
    if (column.classes !== undefined || column.shape.length !== 1 || column.scale) continue;
    if (isPrepared(declared, column.name) || !isRead(program, declared, column.name)) continue;
    const spread = extremes(deviations(column, dataset.train.length));
    if (!spread) continue;
    const [least, most] = spread;
    const vary = ({ at, deviation }: Deviation): string =>
      `${placeIn(column, at)} varies by about ${numberText(deviation)}`;
    program.elaborator.warn(
      {
        code: "data/scales-differ",
        message: `the numbers of '${column.name}' have very different scales: ${vary(most)}, ${vary(least)}`,
        notes: ["at first a network sees almost nothing but the numbers that vary most, and it trains badly"],
        hint: `bring them to one scale: \`data ${name} = ... { ${column.name} = normalize(${column.name}) }\``,
      },
      declared.name.span,
    );
  }
}

/** Whether a layer does it; what the body of a declaration scales is looked at field by field. */
export const isScaledByLayers = ({ file }: Program): boolean =>
  file.definitions.some((d) => d.kind !== "data" && SCALING.some((s) => namesOne(d, s)));

/** Whether the body makes something else of a field, or brings it to scale under another name. */
export const isPrepared = ({ body }: DataDefinition, field: string): boolean =>
  body.some(
    (s) =>
      s.kind === "assign" &&
      (s.targets.some((t) => t.text === field) || (namesOne(s, field) && SCALING.some((by) => namesOne(s, by)))),
  );

/** By the name of its column, where the numbers come from a table. */
const placeIn = ({ name, columns }: Column, at: number): string =>
  columns?.[at] ? `column ${JSON.stringify(columns[at].written)}` : `\`${name}[${at}]\``;

interface Deviation {
  readonly at: number;
  readonly deviation: number;
}

/** The standard deviation of each number of an example over all examples. */
function deviations(column: Column, rows: number): readonly Deviation[] {
  const width = itemAt(column.shape, 0);
  return Array.from({ length: width }, (_, at) => {
    let [mean, squares] = [0, 0];
    for (let row = 0; row < rows; row++) {
      const x = numberAt(column, row * width + at);
      const step = x - mean;
      mean += step / (row + 1);
      squares += step * (x - mean);
    }
    return { at, deviation: Math.sqrt(squares / Math.max(1, rows)) };
  });
}

/** The least and the most of those that vary at all, where they are far apart. */
function extremes(found: readonly Deviation[]): readonly [Deviation, Deviation] | undefined {
  const sorted = found.filter((d) => d.deviation > 0).toSorted((a, b) => a.deviation - b.deviation);
  const [least, most] = [sorted[0], sorted.at(-1)];
  return least && most && most.deviation > MOST * least.deviation ? [least, most] : undefined;
}
