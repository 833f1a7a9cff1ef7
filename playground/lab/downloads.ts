// Files that the page gives to keep: a model as a module, and the page of a run. In: weights of the training. Out: files by their names. The frames
// that they are made in lie beside the page, and are fetched when they are first needed.

import { makeArtifact } from "../../embed/build/make.ts";
import { moduleFiles } from "../../embed/build/write.ts";
import type { RunFacts } from "../../project/train/runs.ts";
import type { AppliedGraph } from "../../project/use/model/apply.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { framedReport, type ReportFrame } from "../../report/run/frame.ts";
import { modelFacts, reportOf } from "../../report/run/gather.ts";
import { sectionsOf } from "../../report/showing.ts";
import { exampleUnit } from "../../runtime/data/dataset.ts";
import { firstRows } from "../../runtime/stream/reading.ts";
import type { Running } from "./running.ts";

export type Files = Readonly<Record<string, Uint8Array>>;

async function fetched(name: string): Promise<string> {
  const response = await fetch(new URL(name, import.meta.url));
  if (!response.ok) throw new Error(`${name} cannot be loaded: ${response.status} ${response.statusText}`);
  return response.text();
}

const bytesOf = (contents: string | Uint8Array): Uint8Array =>
  typeof contents === "string" ? new TextEncoder().encode(contents) : contents;

/** Makes the files of `dnn build --weights`. */
export async function moduleOf(graph: AppliedGraph): Promise<Files> {
  const built = makeArtifact(graph);
  const files = await moduleFiles(built, `${built.artifact.model}.js`, fetched);
  return Object.fromEntries(files.map(({ name, contents }) => [name, bytesOf(contents)]));
}

/** Makes the page of `dnn report`. */
export async function reportPageOf(running: Running, weights: Weights): Promise<string> {
  const { history, began } = running;
  const { data, prepared, session, definition } = running.training;
  const { facts } = weights.checkpoints[0].checkpoint;
  const last = history.at(-1);
  const seen = { ...data, dataset: await firstRows(data.dataset, running.opened.host.files) };
  const model = await modelFacts(weights, seen);
  const sections = await sectionsOf(weights, { seed: weights.settings.seed }, seen);
  const { epoch } = session.progress;
  const run: RunFacts = {
    folder: "playground",
    training: definition.name.text,
    file: facts.file,
    hash: facts.hash,
    settings: facts.settings,
    epochs: epoch,
    planned: session.plan.epochs,
    seconds: last?.seconds,
    began,
    ended: epoch >= session.plan.epochs,
    result: { epoch, train: last?.train ?? {}, heldout: last?.heldout ?? undefined },
    history,
    program: running.opened.text,
    record: {
      format: 1,
      training: definition.name.text,
      file: facts.file,
      hash: facts.hash,
      settings: facts.settings,
      epochs: session.plan.epochs,
      batch: session.plan.batch,
      params: prepared.params,
      data: {
        name: data.name,
        unit: exampleUnit(data.dataset),
        examples: data.dataset.train.length,
        heldout: data.dataset.heldout.length,
        digest: facts.dataDigest ?? "",
      },
      device: running.training.device,
      versions: { dnn: facts.version ?? "", node: "a browser", system: "a page" },
      result: "latest",
      began,
    },
  };
  const shown = sections.map(({ html }) => [{ epoch, html }]);
  const report = reportOf({ run, model, shown, weights, notes: [] });
  return framedReport(JSON.parse(await fetched("report.json")) as ReportFrame, report);
}
