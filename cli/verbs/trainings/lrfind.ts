// `dnn lr-find`: a short training whose rate grows from step to step, its losses as a curve, and the rate to start with.
// Nothing is saved.

import { zip } from "../../../compiler/arithmetic/lists.ts";
import { batchOf } from "../../../compiler/check/training/train.ts";
import { parse } from "../../../grammar/parser/parse.ts";
import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { type LoadedData, loadData } from "../../../project/data/dataset.ts";
import { dataOf } from "../../../project/data/declaration.ts";
import { parseDataOption, replaceData } from "../../../project/data/override.ts";
import { placeOf } from "../../../project/data/place.ts";
import { startLasting } from "../../../project/engine.ts";
import { EXIT, failure, usage } from "../../../project/failure.ts";
import { numberText } from "../../../project/numbertext.ts";
import type { Opened } from "../../../project/source.ts";
import { jobOf, prepareKept } from "../../../project/train/job.ts";
import { endRows, rowsOf } from "../../../project/train/streams.ts";
import { chosenTrainings, parseSettings } from "../../../project/trainings.ts";
import { curveSvg, curveText } from "../../../report/curve.ts";
import type { RunSettings } from "../../../runtime/train/checkpoint.ts";
import { hasBrokenOff, type RateCurve, rateCurve } from "../../../runtime/train/rates.ts";
import { Session } from "../../../runtime/train/session.ts";
import { type Flags, numberAbove, path, type Values, whole } from "../../command/flag.ts";
import { program as programArgument, shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine, sources } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { note, out, outJson, printDiagnostics } from "../../terminal/say.ts";

const flags = {
  only: shared.only,
  data: shared.data,
  set: shared.set,
  from: { value: "rate", type: numberAbove(0), default: 1e-6, description: "the first rate" },
  to: { value: "rate", type: numberAbove(0), default: 10, description: "the last rate" },
  steps: { value: "n", type: whole(10), default: 200, description: "steps from the first to the last" },
  seed: shared.seed,
  device: shared.device,
  threads: shared.threads,
  out: { value: "file.svg", type: path(), description: "draw the curve into a file" },
  json: shared.json,
} as const satisfies Flags;

type FindFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [programArgument],
  flags,
  example: "dnn lr-find examples/mlp.dnn --from 0.0001 --to 1",
  run: ([file], flags) => findRate(file, flags),
});

async function findRate(file: string, flags: FindFlags): Promise<number> {
  if (flags.from <= 0 || flags.to <= flags.from)
    throw usage(`--from ${flags.from} --to ${flags.to}: rates grow, from above 0`);
  if (flags.out !== undefined) outKind(flags.out, { svg: "the curve" });
  const set = parseSettings(flags.set);
  const opened = sources.openForUse(file, set);
  const overrides = flags.data.map((d) => parseDataOption(d, machine.currentFolder));
  for (const d of overrides) replaceData(opened, d);
  const [definition] = chosenTrainings(opened, flags.only);
  const settings: RunSettings = {
    seed: flags.seed,
    set: { ...set, "optimizer.lr": "1" },
    epochs: undefined,
    steps: flags.steps,
    data: overrides,
  };
  const data = await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), settings);
  const curve = rateCurve(
    await losses(opened, sweeping(opened, definition, data, settings, flags), data, settings, flags),
  );
  await report(curve, flags);
  return EXIT.fine;
}

/** The training with a rate that sweeps the range, in place of its schedule. */
function sweeping(
  { program }: Opened,
  definition: TrainDefinition,
  data: LoadedData,
  settings: RunSettings,
  { from, to, steps }: FindFlags,
): TrainDefinition {
  const { length: examples } = data.dataset.train;
  const batch = batchOf(definition, { overrides: new Map(Object.entries(settings.set)), examples }, program);
  const length = steps / Math.max(1, Math.ceil(examples / batch));
  const line = `train t on d { schedule sweep(low=${from}, high=${to}, length=${length}) }\n`;
  const sweep = parse(line, definition.span.file).file.definitions[0] as TrainDefinition;
  const others = definition.body.filter((s) => s.kind !== "setting" || s.head !== "schedule");
  return { ...definition, body: [...others, ...sweep.body] };
}

async function losses(
  { program }: Opened,
  definition: TrainDefinition,
  data: LoadedData,
  settings: RunSettings,
  flags: FindFlags,
): Promise<{ rate: number; loss: number }[]> {
  const prepared = await prepareKept(program, definition, data, settings, machine.remember);
  if (!prepared.session.logged.some((l) => l.loss))
    throw failure("train/no-loss", `the training '${definition.name.text}' has no loss to watch`, {
      span: definition.name.span,
      hint: "a rule such as `update` has no learning rate of an optimizer",
    });
  const { engine, reopen } = await startLasting(machine.devices, jobOf(prepared), {
    device: flags.device,
    threads: flags.threads,
    revectorize: true,
    runs: flags.steps,
    note,
    warn: (diagnostic) => printDiagnostics([diagnostic]),
  });
  const signs = prepared.session.logged.flatMap((l) => (l.loss ? [l.loss.sign] : []));
  const points: { rate: number; loss: number }[] = [];
  const rows = await rowsOf(engine, prepared, data.dataset, machine);
  let session: Session | undefined;
  try {
    const plan = { ...prepared.session, heldout: 0, settings: {} };
    session = await Session.open(engine, plan, rows, {}, reopen);
    session.goesAhead = () => true;
    for await (const event of session.run()) {
      if (event.kind === "diverged" || event.kind === "end") break;
      if (event.kind !== "stretch") continue;
      for (const [i, step] of event.losses.entries()) {
        const rate = flags.from * (flags.to / flags.from) ** ((event.first - 1 + i) / flags.steps);
        points.push({ rate, loss: zip(step, signs).reduce((sum, [l, sign]) => sum + l * sign, 0) });
        if (hasBrokenOff(points)) return points;
      }
    }
    return points;
  } finally {
    endRows(rows);
    await (session?.engine ?? engine).stop();
  }
}

async function report(curve: RateCurve, flags: FindFlags): Promise<void> {
  const { steepest, lowest, points } = curve;
  if (flags.out !== undefined) {
    await writeOut(flags.out, curveSvg(curve));
    note(`the curve is in ${flags.out}`);
  }
  if (flags.json) return outJson({ suggestion: steepest ?? null, lowest: lowest ?? null, curve: points });
  out(curveText(curve));
  if (steepest === undefined || lowest === undefined)
    return out(`the loss never falls between rates of ${numberText(flags.from)} and ${numberText(flags.to)}`);
  out(`\nthe loss falls fastest at ${numberText(rounded(steepest))} and is lowest at ${numberText(rounded(lowest))}`);
  out(`try lr=${numberText(rounded(steepest))}: --set optimizer.lr=${numberText(rounded(steepest))}`);
}

/** One digit says all that the test can say. */
const rounded = (rate: number): number => Number(rate.toPrecision(1));
