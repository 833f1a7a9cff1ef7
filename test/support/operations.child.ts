// Compiles a deep program of three sizes, each twice as deep as the one before, and prints where the work grows faster than the
// depth. A process of its own, since V8 counts all calls only where it neither optimises nor inlines:
// `node --no-opt --no-maglev operations.child.ts KIND DEPTH DEPTH DEPTH`.

import { openProgram } from "../../compiler/check/program/program.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import { compileTraining } from "../../compiler/compile.ts";
import { planWasm } from "../../compiler/compilewasm.ts";
import { planWgsl } from "../../compiler/compilewgsl.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { format } from "../../grammar/format/format.ts";
import { deepPrograms } from "./deepprograms.ts";
import { library } from "./engine.ts";
import { countOperations, superlinear } from "./operations.ts";

const [kind, ...depths] = process.argv.slice(2);

function compile(layers: number): void {
  forgetNodes();
  const { text, fields } = deepPrograms[kind as keyof typeof deepPrograms](layers);
  format(text, "deep.dnn");
  const { program } = openProgram({ file: "deep.dnn", text }, library);
  const training = elaborateTraining(program, program.trains[0]!, { fields, examples: 8, overrides: new Map() });
  const entries = compileTraining(training!, { batch: 2 });
  const sizes = fields.map(({ name, classes }) => ({ name, size: 1, dtype: classes ? "i32" : "f32" }) as const);
  const data = { fields: sizes, train: 8, heldout: 0 };
  planWasm(entries, data, 2, false);
  planWgsl(entries, data, 2);
}

const [first, second, third] = depths.map(Number) as [number, number, number];
// Objects that are made once for a process are made before.
compile(first);
const counts = [
  await countOperations(() => compile(first)),
  await countOperations(() => compile(second)),
  await countOperations(() => compile(third)),
] as const;
console.log(JSON.stringify(superlinear(counts)));
