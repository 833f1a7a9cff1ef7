// `dnn report`: writes a self-contained page of a run: curves, pictures, accuracy, layers.

import { basename } from "node:path";
import { chosenModels } from "../../../project/cost/measured.ts";
import { type LoadedData, loadData } from "../../../project/data/dataset.ts";
import { dataOf } from "../../../project/data/declaration.ts";
import { placeOf } from "../../../project/data/place.ts";
import { asFailure, EXIT } from "../../../project/failure.ts";
import { readRun } from "../../../project/train/runs.ts";
import { type DrawnEpoch, readDrawn } from "../../../project/train/shownframes.node.ts";
import { assessedRows } from "../../../project/use/assess.ts";
import { openWeights, type Weights } from "../../../project/use/model/weights.ts";
import { openGroups } from "../../../report/graph/folding.ts";
import { boxesOfModels } from "../../../report/graph/ofprogram.ts";
import { graphPage } from "../../../report/graph/page.ts";
import type { ReportData, ShownFrame } from "../../../report/run/data.ts";
import { modelFacts, noModelFacts, reportOf } from "../../../report/run/gather.ts";
import { gradientSpreads } from "../../../report/run/gradients.ts";
import { reportPage } from "../../../report/run/page.ts";
import { stepTimes } from "../../../report/run/times.node.ts";
import { sectionsOf } from "../../../report/showing.ts";
import { firstRows, isSample } from "../../../runtime/stream/reading.ts";
import { type Flags, path, type Values } from "../../command/flag.ts";
import { shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { note, out } from "../../terminal/say.ts";

const flags = {
  out: {
    value: "file",
    type: path(".html"),
    defaultText: "report.html in the run's folder",
    description: "where the page goes",
  },
  data: shared.data,
} as const satisfies Flags;

export const verb = defineVerb({
  arguments: [{ name: "run", type: path(), description: "the folder of a run" }],
  flags,
  example: "dnn report runs/lenet-1",
  run: ([folder], flags) => report(folder, flags),
});

async function report(folder: string, { out: file, data }: Values<typeof flags>): Promise<number> {
  if (file !== undefined) outKind(file, { html: "a page" });
  const place = file ?? `${folder}/report.html`;
  await writeOut(place, reportPage(await gathered(folder, data)));
  out(place);
  return EXIT.fine;
}

/** Gathers the parts of the page; where one fails, a note says why and the other parts are there. */
async function gathered(folder: string, data: readonly string[]): Promise<ReportData> {
  const notes: string[] = [];
  let isElsewhere = false;
  const attempt = async <T>(what: string, otherwise: T, make: () => Promise<T>): Promise<T> => {
    try {
      return await make();
    } catch (error) {
      const failed = asFailure(error);
      if (!failed) throw error;
      notes.push(`${what} not shown: ${failed.message}`);
      note(`warning: ${notes.at(-1)}`);
      if (!isElsewhere && failed.diagnostics.some(({ code }) => /^data\/(file|folder)-not-found$/.test(code))) {
        isElsewhere = true;
        note(
          "paths start from the program, as it lay when the run was trained: put the data there, or name it by --data",
        );
      }
      return otherwise;
    }
  };
  const run = await readRun(folder, machine.disk);
  const weights = await attempt<Weights | undefined>("its weights are", undefined, () =>
    openWeights(undefined, { weights: folder, data }, sources, note),
  );
  if (!weights) return reportOf({ run, model: noModelFacts, shown: [], weights, notes });
  let read: LoadedData | undefined;
  const loaded = async (): Promise<LoadedData> => {
    const { opened, definition, settings } = weights;
    if (read) return read;
    const whole = await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), settings);
    const dataset = await firstRows(whole.dataset, machine.files);
    const rows = assessedRows({ ...whole, dataset }).rows.length;
    if (isSample(dataset, whole.dataset))
      notes.push(`'${whole.name}' is streamed: facts about examples are of the first ${rows} ${dataset.unit}`);
    read = { ...whole, dataset };
    return read;
  };
  const model = await attempt("how right it is, is", noModelFacts, async () => modelFacts(weights, await loaded()));
  const shown = await attempt<ReportData["shown"]>("what its `show` lines draw is", [], async () => {
    const sections = await sectionsOf(weights, { seed: weights.settings.seed });
    return framesOf(
      sections.map(({ html }) => ({ epoch: run.result.epoch, html })),
      await readDrawn(folder),
    );
  });
  const { opened } = weights;
  const gradients = await attempt("its gradients are", [], async () => gradientSpreads(weights, await loaded()));
  const graph = await attempt("the graph of its layers is", undefined, async () => {
    const name = basename(opened.path);
    const roots = await boxesOfModels(opened, chosenModels(opened.program, undefined, opened.path));
    return graphPage({ name, roots }, openGroups(roots, "auto"), [{ file: name, text: opened.text }]);
  });
  const times = await attempt("where its time goes is", undefined, async () => stepTimes(weights, await loaded()));
  return reportOf({
    run,
    model,
    shown,
    weights,
    notes,
    gradients,
    ...(graph === undefined ? {} : { graph }),
    ...(times === undefined ? {} : { times }),
  });
}

/** Characters that a page has room for of all that was drawn on the way. */
const ROOM = 700_000;

/** Frames drawn after epochs, evenly spaced as far as there is room, the result last. */
function framesOf(results: readonly ShownFrame[], drawn: readonly DrawnEpoch[]): ReportData["shown"] {
  const size = drawn.reduce((sum, d) => sum + Object.values(d.drawn).join("").length, 0);
  const every = Math.max(1, Math.ceil(size / ROOM));
  const kept = drawn.filter((_, i) => (drawn.length - 1 - i) % every === 0);
  return results.map((result, i) => [
    ...kept.flatMap((d) =>
      d.drawn[i] !== undefined && d.epoch !== result.epoch ? [{ epoch: d.epoch, html: d.drawn[i] }] : [],
    ),
    result,
  ]);
}
