// `dnn bench`: where the time of a training step goes, kernel by kernel and layer by layer, and how near each comes to what the
// machine can do.

import { copyBandwidths, timeStep } from "../../../project/cost/kerneltimes.node.ts";
import { loadData } from "../../../project/data/dataset.ts";
import { dataOf } from "../../../project/data/declaration.ts";
import { parseDataOption, replaceData } from "../../../project/data/override.ts";
import { placeOf } from "../../../project/data/place.ts";
import { EXIT } from "../../../project/failure.ts";
import type { Opened } from "../../../project/source.ts";
import { prepare } from "../../../project/train/job.ts";
import { chosenTrainings, parseSettings } from "../../../project/trainings.ts";
import { benchPage } from "../../../report/kernelpage.ts";
import { type BenchFigures, benchTable, type Ceilings, figuresOf, layersOf } from "../../../report/kernels.ts";
import { kernelTime } from "../../../report/kerneltimes.ts";
import { firstRows } from "../../../runtime/stream/reading.ts";
import type { RunSettings } from "../../../runtime/train/checkpoint.ts";
import { type Flags, path, type Values, whole } from "../../command/flag.ts";
import { program as programArgument, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { note, out, outJson } from "../../terminal/say.ts";

const flags = {
  only: shared.only,
  data: shared.data,
  set: shared.set,
  ms: { value: "n", type: whole(1), default: 20, description: "milliseconds that each kernel is run" },
  top: { value: "n", type: whole(1), default: 25, description: "lines of the tables" },
  out: { value: "file.html", type: path(), description: "a page with the roofline and all kernels" },
  json: shared.json,
} as const satisfies Flags;

type BenchFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn bench examples/lenet.dnn --out kernels.html",
  run: ([file], flags) => bench(file, flags),
});

async function bench(file: string, flags: BenchFlags): Promise<number> {
  if (flags.out !== undefined) outKind(flags.out, { html: "a page" });
  const set = parseSettings(flags.set);
  const opened = sources.openForUse(file, set);
  const data = flags.data.map((d) => parseDataOption(d, machine.currentFolder));
  for (const d of data) replaceData(opened, d);
  const [definition] = chosenTrainings(opened, flags.only);
  const settings: RunSettings = { seed: 1, set, epochs: undefined, steps: undefined, data };
  const loaded = await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), settings);
  const few = { ...loaded, dataset: await firstRows(loaded.dataset, machine.files) };
  const prepared = prepare(opened.program, definition, few, settings);
  const probe = await ceilings(flags.ms);
  const step = await timeStep(prepared, flags.ms);
  const times = step.records.filter((r) => r.operations + r.bytes > 0).map((r) => kernelTime(r, opened.texts));
  // The machine reaches at least the figures of its own kernels.
  const gflops = Math.max(probe.gflops, ...times.map((k) => k.operations / k.ms / 1e6));
  const reached = { ...probe, gflops };
  const kernels = times.map((k) => figuresOf(k, reached));
  const { batch } = prepared.session;
  const training = definition.name.text;
  const figures: BenchFigures = {
    training,
    batch,
    ceilings: reached,
    stepMs: step.ms,
    kernels,
    layers: layersOf(kernels),
  };
  if (flags.out !== undefined) {
    await writeOut(flags.out, benchPage(figures));
    note(`the page is in ${flags.out}`);
  }
  if (flags.json) outJson({ ...figures, threads: 1 });
  else out(benchTable(figures, flags.top));
  return EXIT.fine;
}

/**
 * A product that is as good as a product gets here, for the arithmetic: 256 rows of 784 through a wide layer. The squares give it
 * gradients that are products, too: one that is the same everywhere takes a hundred times as long.
 */
const PROBE = `model probe(image: [28, 28]) { flatten; dense 1024 nobias; dense 1024 nobias }
data rows = digits(n=300) { image = reshape(image, [28, 28]) }
train probe on rows { loss mean(probe(image)^2); optimizer sgd lr=0; batch 256 }
`;

async function ceilings(ms: number): Promise<Ceilings> {
  const prepared = await preparedProbe(sources.openText("probe.dnn", PROBE));
  const { records } = await timeStep(prepared, ms);
  const gflops = Math.max(...records.map((r) => r.operations / r.ms / 1e6));
  return { gflops, copies: copyBandwidths(ms) };
}

async function preparedProbe(opened: Opened) {
  const [definition] = chosenTrainings(opened, undefined);
  const settings: RunSettings = { seed: 1, set: {}, epochs: undefined, steps: undefined, data: [] };
  const data = await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), settings);
  return prepare(opened.program, definition, data, settings);
}
