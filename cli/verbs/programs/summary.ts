// `dnn summary`: a model line by line with what each line gives, learns and costs, and the totals.

import type { Dim } from "../../../compiler/arithmetic/dim.ts";
import { isNumber, showDim } from "../../../compiler/arithmetic/dim.ts";
import type { ModelMeasure } from "../../../compiler/check/program/cost.ts";
import { chosenModels, lineOf, measured, summaryOf } from "../../../project/cost/measured.ts";
import { dataOf } from "../../../project/data/declaration.ts";
import { placeOfSmallFiles } from "../../../project/data/place.ts";
import { tinyData } from "../../../project/data/schema.ts";
import { EXIT } from "../../../project/failure.ts";
import { countText } from "../../../project/numbertext.ts";
import { hasErrors, type Opened } from "../../../project/source.ts";
import { table } from "../../../report/tables.ts";
import type { Flags, Values } from "../../command/flag.ts";
import { program as programArgument, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { sources } from "../../terminal/machine.ts";
import { out, outJson, printDiagnostics } from "../../terminal/say.ts";

const flags = { model: shared.model, json: shared.json } as const satisfies Flags;

type SummaryFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn summary examples/resnet20.dnn",
  run: ([file], flags) => summary(file, flags),
});

async function summary(file: string, flags: SummaryFlags): Promise<number> {
  const opened = sources.openForUse(file);
  const { program, path } = opened;
  const names = chosenModels(program, flags.model, path);
  for (const name of names) {
    const { measure } = await measured(opened, name);
    if (flags.json) outJson(summaryOf(name, measure, sources.texts));
    else out(toTable(name, measure, path));
  }
  if (!flags.json) for (const line of await trainingLines(opened)) out(line);
  printDiagnostics(program.diagnostics);
  return hasErrors(program.diagnostics) ? EXIT.user : EXIT.fine;
}

/** Of each training, where its fields can be told: what they hold, and what a step keeps in memory, the data left out. */
async function trainingLines(opened: Opened): Promise<string[]> {
  const { program } = opened;
  const { elaborateTraining } = await import("../../../compiler/check/training/train.ts");
  const { compileTraining } = await import("../../../compiler/compile.ts");
  const { planWasm } = await import("../../../compiler/compilewasm.ts");
  const lines: string[] = [];
  for (const definition of program.trains) {
    const data = dataOf(program, definition);
    const tiny = await tinyData(program, data, placeOfSmallFiles(opened)).catch(() => undefined);
    if (!tiny || tiny.fields.length === 0) continue;
    const held = tiny.fields.flatMap(({ note }) => (note === undefined ? [] : [`${data.name.text}: ${note}`]));
    lines.push(...held.filter((line) => !lines.includes(line)));
    const training = elaborateTraining(program, definition, { ...tiny, examples: MANY, overrides: new Map() });
    if (!training || training.batch === MANY) continue;
    const entries = compileTraining(training, { batch: training.batch });
    const fields = tiny.fields.map((f) => ({
      name: f.name,
      size: f.shape.reduce((a, b) => a * b, 1),
      dtype: f.classes === undefined ? ("f32" as const) : ("i32" as const),
    }));
    const { pages } = planWasm(entries, { fields, train: 1, heldout: 0 }, training.batch, false);
    const size = `${(pages / 16).toFixed(1)} MiB`;
    lines.push(`training ${definition.name.text} with a batch of ${training.batch}: ${size} and the data`);
  }
  return lines;
}

/** More examples than any batch. */
const MANY = 2 ** 31;

const shown = (dim: Dim): string => (isNumber(dim) ? countText(dim) : showDim(dim));

function toTable(model: string, m: ModelMeasure, path: string): string {
  const rows = m.layers.map((l) => [
    l.name,
    l.output,
    shown(l.params),
    shown(l.macs),
    `${path}:${lineOf(l, sources.texts)}`,
  ]);
  const total = ["total", "", shown(m.params), shown(m.macs), ""];
  const lines = table([["layer", "output", "parameters", "multiply-adds", "line"], ...rows, total], [2, 3]);
  const frozen = m.trainable === m.params ? "" : `, ${shown(m.trainable)} of the parameters are trained`;
  return `${model}\n${lines}\n${m.depth} weighted layers deep${frozen}\n`;
}
