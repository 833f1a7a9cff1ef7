// `dnn predict`: a trained model's output for rows that are given, from wherever they come and in the form that is asked for.

import { itemAt } from "../../../compiler/arithmetic/lists.ts";
import { EXIT, usage } from "../../../project/failure.ts";
import { counted } from "../../../project/numbertext.ts";
import { applyModel, chosenModel } from "../../../project/use/model/apply.ts";
import { openWeights } from "../../../project/use/model/weights.ts";
import { continuedField, outputs, rankedField } from "../../../project/use/outputs.ts";
import { type Format, type Prediction, type Writer, writerOf } from "../../../project/use/predictions.ts";
import { type Flags, oneOf, path, type Values } from "../../command/flag.ts";
import { program, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { INPUT_ENDINGS, inputPlaces } from "../../terminal/inputplaces.ts";
import { readRows } from "../../terminal/inputs.ts";
import { sources } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { note, out, outLine } from "../../terminal/say.ts";

const flags = {
  weights: shared.weights,
  input: {
    value: "rows",
    type: path(),
    isList: true,
    isRequired: true,
    description: `a ${INPUT_ENDINGS.join(", ").replace(/, ([^,]*)$/, " or $1")} file, a folder of such, JSON as it stands, or - for standard input`,
  },
  model: shared.model,
  data: shared.data,
  format: {
    value: "format",
    type: oneOf("text", "json", "csv"),
    defaultText: "text",
    description: "json is one object a row, csv a table",
  },
  json: { description: "short for --format json" },
  out: {
    value: "file",
    type: path(),
    description: "where the predictions go: FILE.csv, FILE.json (a list) or FILE.jsonl (one object a line)",
  },
} as const satisfies Flags;

type PredictFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [
    program,
    { name: "more", type: path(), isList: true, isOptional: true, description: "more of what --input takes" },
  ],
  flags,
  example: "dnn predict examples/mlp.dnn --weights runs/mlp-1 --input digit.png",
  run: ([file, more], flags) => predict(file, more, flags),
});

async function predict(file: string, more: readonly string[], flags: PredictFlags): Promise<number> {
  const { format, kind } = formOf(flags);
  const weights = await openWeights(file, flags, sources, note);
  const definition = chosenModel(weights, flags.model);
  const { fields, separator, headless } = weights.checkpoints[0].checkpoint.facts;
  const applied = await applyModel(weights, definition, 64);
  try {
    const { places, isOne } = await inputPlaces([...flags.input, ...more]);
    const target = rankedField(applied.inputs, applied.shape, fields);
    const future = continuedField(applied.shape, fields);
    const writer = writerOf(format, { shape: applied.shape, target, future, hasInputs: !isOne });
    const lines = linesOf(writer, async function* () {
      for (const place of places) {
        const rows = await readRows(place, applied.inputs, { separator, headless });
        const times = future && rows.timesAhead?.(itemAt(future.shape, 0));
        for await (const output of outputs(applied, rows))
          yield { ...output, ...(times ? { times } : {}), ...(isOne ? {} : { input: place }) };
      }
    });
    if (flags.out === undefined) for await (const line of lines) format === "json" ? outLine(line) : out(line);
    else await save(flags.out, kind === "json", await Array.fromAsync(lines), writer.head === undefined ? 0 : 1);
    return EXIT.fine;
  } finally {
    await applied.stop();
  }
}

const KINDS = { csv: "a table", json: "a list of objects", jsonl: "one object a line" };

/** The form of the predictions, and of the file where they go into one. */
function formOf({ format, json, out: path }: PredictFlags): { format: Format; kind?: keyof typeof KINDS } {
  const asked = format ?? (json ? "json" : undefined);
  if (json && asked !== "json") throw usage(`--json and --format ${format} exclude each other`);
  if (path === undefined) return { format: asked ?? "text" };
  const kind = outKind(path, KINDS);
  const written = kind === "csv" ? "csv" : "json";
  if (asked !== undefined && asked !== written) throw usage(`--out ${path} is written as ${written}, not as ${asked}`);
  return { format: written, kind };
}

async function* linesOf({ head, line }: Writer, predictions: () => AsyncGenerator<Prediction>): AsyncGenerator<string> {
  if (head !== undefined) yield head;
  for await (const prediction of predictions()) yield line(prediction);
}

/** Nothing is written before everything is predicted. */
async function save(path: string, isList: boolean, lines: readonly string[], heads: number): Promise<void> {
  await writeOut(path, isList ? `[${lines.length > 0 ? "\n" : ""}${lines.join(",\n")}\n]\n` : `${lines.join("\n")}\n`);
  note(`${counted(lines.length - heads, "prediction")} saved in ${path}`);
}
