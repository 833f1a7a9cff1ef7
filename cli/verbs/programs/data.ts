// `dnn data`: describes the data of a program: fields, ranges, missing cells, classes, and warnings.

import { basename } from "node:path";
import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { namesRead } from "../../../grammar/syntax/queries.ts";
import { loadData } from "../../../project/data/dataset.ts";
import { placeOf } from "../../../project/data/place.ts";
import { preparedExamples } from "../../../project/data/prepared.ts";
import { surveyOf } from "../../../project/data/survey.ts";
import { EXIT, usage } from "../../../project/failure.ts";
import { dataSections, fieldRows } from "../../../report/datapage.ts";
import { exampleRows, PREPARED } from "../../../report/datasheets.ts";
import { pageOf } from "../../../report/page.ts";
import type { Section } from "../../../report/readings.ts";
import { table } from "../../../report/tables.ts";
import { exampleUnit } from "../../../runtime/data/dataset.ts";
import { firstRows, isSample } from "../../../runtime/stream/reading.ts";
import { type Flags, path, type Values } from "../../command/flag.ts";
import { program as programArgument } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { sources } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { readingBar } from "../../terminal/progress.ts";
import { note, out, outJson, printDiagnostics } from "../../terminal/say.ts";

const flags = {
  out: {
    value: "file",
    type: path(),
    description: "a page with bars of classes and sheets of examples, before and after preparation: FILE.html",
  },
  json: { description: "an object for each declaration of data" },
} as const satisfies Flags;

/** Examples that a terminal shows. */
const LINES = 3;

type DataFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn data examples/lenet.dnn --out data.html",
  run: ([file], flags) => show(file, flags),
});

/** A label of numbers is there as classes, too: in a program that learns the numbers, nothing is to be said of these. */
function isLabelRead(trains: readonly TrainDefinition[], data: string): boolean {
  const own = trains.filter((train) => train.data?.text === data);
  return own.length === 0 || own.some(({ body }) => namesRead(body).includes("label"));
}

async function show(file: string, flags: DataFlags): Promise<number> {
  if (flags.out !== undefined) outKind(flags.out, { html: "a page" });
  const opened = sources.openForUse(file);
  const { program } = opened;
  if (program.data.size === 0)
    throw usage(`${opened.path} declares no data`, '`data d = csv("FILE.csv")` declares some');
  const sections: Section[] = [];
  for (const [name, definition] of program.data) {
    const progress = flags.json ? undefined : readingBar(name);
    const loaded = await loadData(program, definition, placeOf(opened), { data: [], progress });
    const { fields, remarks } = loaded;
    const { train, heldout } = loaded.dataset;
    const dataset = await firstRows(loaded.dataset, opened.host.files);
    const survey = surveyOf(dataset, isLabelRead(program.trains, name));
    printDiagnostics(remarks);
    const prepared = await preparedExamples(opened, definition, dataset, PREPARED);
    sections.push(...dataSections(name, survey, dataset, prepared));
    if (flags.json) {
      const stream = loaded.dataset.records ? { stream: { train: train.length, heldout: heldout.length } } : {};
      outJson({ data: name, ...stream, ...survey });
      continue;
    }
    out(`${name}: ${train.length} ${exampleUnit(loaded.dataset)} train, ${heldout.length} are held out`);
    if (loaded.dataset.records)
      out(
        isSample(dataset, loaded.dataset)
          ? `they are streamed: what follows is of the first ${survey.train} and ${survey.heldout}`
          : "they are streamed",
      );
    out(table(fieldRows(survey), [2, 3, 4, 5, 6]));
    for (const { note: text } of fields) if (text !== undefined) out(text);
    for (const warning of survey.warnings) out(`warning: ${warning}`);
    const rows = prepared ? exampleRows(prepared, Math.min(LINES, dataset.train.length)) : [];
    if (rows[0] && rows[0].length > 0)
      out(`\n${name}, the first training examples as models see them:\n${table(rows)}`);
  }
  if (flags.out !== undefined) {
    await writeOut(flags.out, pageOf(basename(file), sections));
    note(`saved in ${flags.out}`);
  }
  return EXIT.fine;
}
