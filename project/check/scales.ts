// Whether the numbers of a table are of so different scales that a training moves along the largest alone. In: a program with its
// loaded data. Out: a warning at the declaration, where neither its body nor a layer brings the columns to one scale.

import { itemAt } from "../../compiler/arithmetic/lists.ts";
import type { Program } from "../../compiler/check/program/program.ts";
import { namesOne } from "../../grammar/syntax/queries.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numberAt } from "../../runtime/data/numbers.ts";
import { numberText } from "../numbertext.ts";

const MOST = 100;
/** Functions that bring numbers to one scale, in the body of a declaration or at the beginning of a model. */
const SCALING: readonly string[] = ["normalize", "whiten", "batchnorm", "layernorm"];

export function warnOfScales(program: Program, name: string, dataset: Dataset): void {
  const declared = program.data.get(name);
  if (!declared || dataset.records || SCALING.some((s) => namesOne(program.file.definitions, s))) return;
  for (const column of dataset.train.columns) {
    if (column.classes !== undefined || column.shape.length !== 1 || column.scale) continue;
    if (declared.body.some((s) => s.kind === "assign" && s.targets.some((t) => t.text === column.name))) continue;
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
