// How the gradients of a training's losses are spread, parameter by parameter, for some examples and the weights of the result. In:
// trained weights and data. Out: plain data, with the units that none of these examples moves named.

import type { Training } from "../../compiler/check/training/lines/types.ts";
import { make, neg } from "../../compiler/graph/build.ts";
import { type Node, topological } from "../../compiler/graph/node.ts";
import type { LoadedData } from "../../project/data/dataset.ts";
import { assessedRows } from "../../project/use/assess.ts";
import { comparedBy } from "../../project/use/compared.ts";
import { startNodes } from "../../project/use/model/noderun.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { isOfTraining } from "../../runtime/plan.ts";
import type { Spread } from "./data.ts";
import { MOST_TENSORS, unitSpread } from "./spreads.ts";

/** Examples whose mean loss is derived: a batch that every model fits into. */
const COUNTED = 32;

/** Of each step of the training, the gradients by what it trains. */
export async function gradientSpreads(weights: Weights, data: LoadedData): Promise<readonly Spread[]> {
  const { training } = comparedBy(weights);
  const { rows } = assessedRows(data);
  const learned = training.learned.filter((l) => !isOfTraining(l.path));
  const found = gradientsOf(training).slice(0, MOST_TENSORS);
  if (found.length === 0) return [];
  const count = Math.min(COUNTED, rows.length);
  const nodes = new Map(found.map(({ gradient }, i) => [`gradient${i}`, gradient]));
  const run = await startNodes(weights, nodes, learned, count);
  try {
    const read = rows.columns.filter((column) => run.fields.includes(column.name));
    const values = read.map((c) => [c.name, numbersOf(c, 0, (c.values.length / rows.length) * count)] as const);
    await run.run(count, new Map<string, Numbers>(values));
    const spreads: Spread[] = [];
    for (const [i, { name, gradient }] of found.entries())
      spreads.push(unitSpread(name, await run.read(`gradient${i}`), gradient.shape.map(Number), NO_GRADIENT));
    return spreads;
  } finally {
    await run.stop();
  }
}

const NO_GRADIENT = "units get no gradient";

/** With the name of the step where there are several. */
function gradientsOf({ steps, learned }: Training): { readonly name: string; readonly gradient: Node }[] {
  return steps.flatMap((step) => {
    const loss = lossOf(step);
    if (!loss) return [];
    const used = new Set(topological([loss]));
    const moved = new Set(step.results.flatMap((r) => r.into ?? []));
    return learned
      .filter((l) => l.role === "parameter" && moved.has(l.path) && used.has(l.node))
      .map((l) => ({
        name: steps.length > 1 ? `${l.path}, step ${step.name}` : l.path,
        gradient: make("gradient", [loss, l.node]),
      }));
  });
}

/** The value that a step minimises: its loss, not the figures that are only reported. */
function lossOf({ results, sign }: Training["steps"][number]): Node | undefined {
  const first = results.find((r) => /^loss\d+$/.test(r.name))?.node;
  return first && sign === -1 ? neg(first) : first;
}
