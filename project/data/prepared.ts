// The first training examples as models see them: what the body of a declaration, and the scale that a source asks for, make of its
// fields. In: a program with loaded data. Out: columns of a few rows; undefined where fields stay as they are.
// Invariant: figures of the data are those of all training examples, as a training finds them before its first step.

import { zip } from "../../compiler/arithmetic/lists.ts";
import { type PreparedPasses, preparedFields } from "../../compiler/check/training/fields.ts";
import { compileStep, type DataSizes } from "../../compiler/compile.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Entry } from "../../compiler/loops/entry.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import type { Column, Dataset, Split } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import type { Engine } from "../../runtime/engine.ts";
import { startEngine } from "../engine.ts";
import { Failure } from "../failure.ts";
import { hasErrors, type Opened } from "../source.ts";
import { fieldsOf } from "./declaration.ts";

/** Rows that one run takes. */
const BATCH = 64;
const EXAMPLES = "examples";
/** The caller writes the rows: the plan holds none. */
const NO_DATA: DataSizes = { fields: [], train: 1, heldout: 0 };

/** Failure where the body of the declaration has mistakes. */
export async function preparedExamples(
  { program, host }: Opened,
  definition: DataDefinition,
  { train }: Dataset,
  count: number,
): Promise<readonly Column[] | undefined> {
  const fields = fieldsOf({ train });
  if (definition.body.length === 0 && fields.every(({ scale }) => scale === undefined)) return undefined;
  const { values, types, passes } = preparedFields(program, definition, fields, train.length);
  if (hasErrors(program.diagnostics)) throw new Failure(program.diagnostics);
  const nodes = types.flatMap(({ name }) => {
    const value = values.get(name);
    return value?.kind === "tensor" ? [[name, value.node] as const] : [];
  });
  const entries = [...passes.map((pass) => entryOf(pass)), entryOf(stepOf(nodes))];
  const options = { device: "cpu", threads: 1, revectorize: false } as const;
  const engine = await startEngine(host.devices, entries, NO_DATA, BATCH, options);
  try {
    await measure(engine, passes, train);
    const rows = Math.min(count, train.length, BATCH);
    await run(engine, EXAMPLES, train, 0, rows);
    return await Promise.all(
      zip(types, nodes).map(async ([{ name, shape, classes }, [, node]]): Promise<Column> => {
        const width = node.shape.map(Number).reduce((a, b) => a * b, 1);
        const own = (await engine.read(resultName(name))).slice(0, rows * width);
        const source = train.columns.find((column) => column.name === name);
        const labels = source?.labels && source.classes === classes ? { labels: source.labels } : {};
        return { name, shape, ...(classes === undefined ? {} : { classes, ...labels }), values: own };
      }),
    );
  } finally {
    await engine.stop();
  }
}

/** A prepared field stands beside the field of its name. */
const resultName = (name: string): string => `${EXAMPLES}|${name}`;

function stepOf(nodes: readonly (readonly [string, Node])[]): PreparedPasses[number] {
  const results = nodes.map(([name, node]) => ({ name: resultName(name), node, into: resultName(name) }));
  return { name: EXAMPLES, results, logged: [] };
}

function entryOf(step: PreparedPasses[number]): Entry {
  return { name: step.name, parts: [{ ...compileStep(step, { batch: BATCH }), fields: [] }] };
}

/** Each pass goes over all training examples, and reads what those before it found. */
async function measure(engine: Engine, passes: PreparedPasses, train: Split): Promise<void> {
  for (const { name, results } of passes) {
    for (const { into } of results) await engine.write(into, new Float32Array((await engine.read(into)).length));
    for (let from = 0; from < train.length; from += BATCH)
      await run(engine, name, train, from, Math.min(BATCH, train.length - from));
  }
}

async function run(
  engine: Engine,
  entry: string,
  { columns, length }: Split,
  from: number,
  rows: number,
): Promise<void> {
  for (const column of columns) {
    if (!engine.has(column.name)) continue;
    const width = column.values.length / length;
    await engine.write(column.name, numbersOf(column, from * width, (from + rows) * width));
  }
  engine.set("seed", 0);
  engine.set("batch", rows);
  engine.set("step", 0);
  await engine.run(entry);
}
