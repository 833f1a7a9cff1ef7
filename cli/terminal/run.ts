// One training under way: the session's events to the reporter, checkpoints when they are due, and how it ended.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import type { LoadedData } from "../../project/data/dataset.ts";
import { EXIT } from "../../project/failure.ts";
import { importsOf, type Opened } from "../../project/source.ts";
import type { Surroundings } from "../../project/train/changed.ts";
import { openCheckpoint } from "../../project/train/checkpoints.ts";
import { causeIn, causeOf, ofPrecision } from "../../project/train/divergence.ts";
import type { RunRecord } from "../../project/train/history.ts";
import type { Prepared } from "../../project/train/job.ts";
import { Recorder } from "../../project/train/recorder.node.ts";
import type { RunFolder } from "../../project/train/runfolder.node.ts";
import { hashOf } from "../../project/train/runfolder.node.ts";
import { savedField } from "../../project/train/savedfield.ts";
import { describeFailure, errorCode } from "../../runtime/checkpoint/disk.ts";
import type { Tensor } from "../../runtime/checkpoint/tensor.ts";
import { WeightsError } from "../../runtime/checkpoint/weightserror.ts";
import { exampleUnit } from "../../runtime/data/dataset.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { isOfTraining } from "../../runtime/plan.ts";
import type { Checkpoint, CheckpointFacts, RunSettings } from "../../runtime/train/checkpoint.ts";
import { criterionOf, isResultBest } from "../../runtime/train/criterion.ts";
import {
  type BestEpoch,
  type DivergedEvent,
  type EpochEvent,
  HELDOUT_LOSS,
  type SessionEvent,
  type StretchEvent,
} from "../../runtime/train/events.ts";
import { LossCurve } from "../../runtime/train/losscurve.ts";
import type { Session } from "../../runtime/train/session.ts";
import { onBrokenStream } from "./brokenstream.ts";
import type { Interrupts } from "./interrupts.ts";
import type { Reporter, RunFacts } from "./progress.ts";
import { resultTable } from "./progress.ts";
import { note, outStyled, printDiagnostics } from "./say.ts";

export interface RunParts {
  readonly opened: Opened;
  readonly data: LoadedData;
  readonly prepared: Prepared;
  readonly settings: RunSettings;
  readonly session: Session;
  readonly surroundings: Surroundings;
  readonly folder: RunFolder;
  /** Weights of earlier trainings of the file: saved along. */
  readonly learned: ReadonlyMap<string, Tensor>;
  /** Draws what is to be looked at after an epoch, from the weights as they are then. */
  readonly draw?: (epoch: number, checkpoint: () => Promise<Checkpoint>, say: (text: string) => void) => Promise<void>;
}

const isOfDisk = (error: unknown): boolean =>
  error instanceof WeightsError ? error.code !== "checkpoint/folder-lost" : /^E[A-Z]+$/.test(errorCode(error));

const isMissing = (error: unknown): boolean => error instanceof WeightsError && error.code === "checkpoint/not-found";

/** A long epoch is saved in between. */
const SAVE_SECONDS = 300;

export class Run {
  private readonly parts: RunParts;
  private savedAt = performance.now();
  private readonly began = performance.now();
  private name = "";
  private say: (text: string) => void = note;
  private recorder: Recorder | undefined;
  /** Epochs behind it when it began. */
  private readonly before: number;
  private readonly curve: LossCurve;

  constructor(parts: RunParts) {
    this.parts = parts;
    this.before = parts.session.progress.epoch;
    this.curve = new LossCurve(parts.session.plan);
  }

  /** Trains to the end, to an interruption or to numbers that are none; gives the exit code. */
  async go(name: string, reporter: Reporter, interrupts: Interrupts): Promise<number> {
    this.name = name;
    this.say = (text) => {
      reporter.clear();
      note(text);
    };
    reporter.start(this.facts());
    try {
      return await this.events(reporter, interrupts);
    } catch (error) {
      reporter.clear();
      throw error;
    }
  }

  private async events(reporter: Reporter, interrupts: Interrupts): Promise<number> {
    await this.keepMissing();
    const { session } = this.parts;
    session.goesAhead = () => !interrupts.asked && !this.isSavingDue;
    for await (const event of this.sessionEvents()) {
      const code = await this.handleEvent(event, reporter);
      if (code !== undefined) return code;
      await interrupts.pause();
      if (!interrupts.asked || !session.isSettled || event.kind === "end") continue;
      reporter.clear();
      await this.save(false);
      return interrupts.exitCode;
    }
    return EXIT.fine;
  }

  /** Where a stream breaks off, what was learned until then is saved. */
  private async *sessionEvents(): AsyncGenerator<SessionEvent> {
    try {
      yield* this.parts.session.run();
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      await this.onTheWay(() => this.save(false));
      throw onBrokenStream(error, this.parts.opened.path, this.step, this.parts.folder);
    }
  }

  private async handleEvent(event: SessionEvent, reporter: Reporter): Promise<number | undefined> {
    switch (event.kind) {
      case "stretch":
        return this.stretch(event, reporter);
      case "epoch":
        return this.epoch(event, reporter);
      case "diverged":
        reporter.clear();
        return this.diverged(event);
      case "end":
        reporter.clear();
        await this.end(event.reason, reporter);
        return undefined;
    }
  }

  private async stretch(event: StretchEvent, reporter: Reporter): Promise<undefined> {
    if (event.first === 1) performance.mark("first step");
    reporter.stretch(event, this.parts.session.rate);
    this.curve.add(event);
    if (this.isSavingDue && this.parts.session.isSettled) await this.onTheWay(() => this.save(false));
  }

  private get isSavingDue(): boolean {
    return performance.now() - this.savedAt > 1000 * SAVE_SECONDS;
  }

  private async epoch(event: EpochEvent, reporter: Reporter): Promise<undefined> {
    await this.onTheWay(async () => {
      await this.findFolder();
      // First the copy for good: a run that is killed between the two comes by here again.
      if (this.keeps(event.epoch)) await this.keep(event.epoch);
    });
    // Before the checkpoint: what the history has of an epoch that was not saved, a run that goes on leaves out.
    await this.remember(event);
    await this.onTheWay(() => this.save(false, event.best));
    reporter.epoch(event);
    await this.parts.draw?.(event.epoch, () => this.checkpoint(false), this.say);
  }

  /** A failure to save ends no training: later there may be room, and in the end it has to work. */
  private async onTheWay(save: () => Promise<void>): Promise<void> {
    try {
      // Once more where the folder went while it was written to.
      await save().catch((error) => (isMissing(error) ? save() : Promise.reject(error)));
    } catch (error) {
      if (!isOfDisk(error)) throw error;
      this.savedAt = performance.now();
      if (!this.hasWarned)
        this.say(
          `warning: ${describeFailure(error, "write", this.parts.folder.folder).message}; the training goes on, and tries again after each epoch`,
        );
      this.hasWarned = true;
    }
  }

  private hasWarned = false;

  /** Where somebody deleted the folder, it is made again with what is still known. */
  private async findFolder(): Promise<void> {
    const { folder } = this.parts;
    if (!(await folder.isDeleted())) return;
    const isLost = isResultBest(this.parts.session.plan) ? ", those of the best epoch among them," : "";
    this.say(
      `warning: what was saved in ${folder.folder} was deleted; the training goes on, but the weights of before${isLost} are lost`,
    );
    await this.recorder?.restore();
  }

  private async remember({ epoch, train, heldout, best, examplesPerSecond, waiting }: EpochEvent): Promise<void> {
    const { step } = this;
    const recorder = await this.recording();
    await recorder.add({
      training: this.name,
      epoch,
      step,
      seconds: recorder.secondsBefore + Math.round(performance.now() - this.began) / 1000,
      examplesPerSecond,
      waiting: Number(waiting.toFixed(4)),
      rates: this.parts.prepared.training.ratesAt(step, this.parts.session.lowered),
      train,
      heldout: heldout ?? null,
      best,
      memory: process.memoryUsage.rss(),
      ...this.curve.take(),
    });
  }

  /** Written from the first weights on: a run that never saved any leaves nothing. */
  private async recording(): Promise<Recorder> {
    const { folder, opened } = this.parts;
    const facts = { record: this.record(), program: opened.text, epoch: this.before };
    this.recorder ??= await Recorder.open(folder.folder, facts, (text) => this.say(text));
    return this.recorder;
  }

  private record(): RunRecord {
    const { opened, settings, session, surroundings, data, prepared } = this.parts;
    const { heldout } = data.dataset;
    const unit = exampleUnit(data.dataset);
    const { batch, examples, dataDigest, device, version } = surroundings;
    return {
      format: 1,
      training: this.name,
      file: opened.path,
      hash: hashOf(opened.text),
      settings,
      epochs: session.plan.epochs,
      batch,
      params: prepared.params,
      data: { name: data.name, unit, examples, heldout: heldout.length, digest: dataDigest },
      device,
      versions: { dnn: version, node: process.versions.node, system: `${process.platform} ${process.arch}` },
      result: isResultBest(session.plan) ? "best" : "latest",
      began: new Date().toISOString(),
    };
  }

  private keeps(epoch: number): boolean {
    return this.parts.prepared.training.kept.includes(epoch);
  }

  /** A run that goes on from the end of an epoch may lack that epoch's copy: somebody deleted it, or an earlier version was killed. */
  private async keepMissing(): Promise<void> {
    const { session, folder } = this.parts;
    const { epoch, cursor } = session.progress;
    if (cursor === 0 && this.keeps(epoch) && !folder.isKept(`epoch-${epoch}`)) await this.keep(epoch);
  }

  private diverged({ step, name, value, holder }: DivergedEvent): number {
    const { opened } = this.parts;
    const { newest } = this.parts.folder;
    const definition = opened.program.trains.find((t) => t.name.text === this.name);
    const isLoss = holder?.tensor !== name;
    const seen = holder ? causeIn(holder.tensor) : causeOf(step, name === HELDOUT_LOSS, this.trainedOn());
    const cause = ofPrecision(seen, this.parts.prepared.training.precision, "--precision f32");
    const saved = newest === undefined ? "nothing was saved yet" : `what was saved last is ${newest}`;
    const held = isLoss && holder ? [`'${holder.tensor}' holds ${holder.value}`] : [];
    printDiagnostics([
      {
        code: "train/diverged",
        severity: "error",
        message: isLoss
          ? `the ${name} is ${value} at step ${step}`
          : `after step ${step} '${name}' holds ${value}, though the loss is a number`,
        ...(definition ? { span: definition.name.span } : {}),
        notes: [...held, ...cause.notes, saved],
        hint: cause.hint,
      },
    ]);
    return EXIT.diverged;
  }

  /** The columns that its steps read, with their shapes. */
  private trainedOn() {
    const { prepared, data } = this.parts;
    const shapes = new Map(data.dataset.train.columns.map((c) => [c.name, c.shape]));
    return prepared.columns.map(({ name, train, heldout }) => ({ name, train, heldout, shape: lookUp(shapes, name) }));
  }

  private async end(reason: string, reporter: Reporter): Promise<void> {
    const { session, folder } = this.parts;
    const { progress } = session;
    const partial = progress.rows > 0;
    const heldout = partial ? await session.evaluate() : progress.heldout;
    await this.save(reason !== "steps");
    await (await this.recording()).end(reason);
    const { best } = this;
    const facts = {
      steps: progress.step,
      epochs: progress.epoch,
      seconds: (performance.now() - this.began) / 1000,
      examplesPerSecond: session.rate,
      train: best ? best.train : session.train,
      heldout: best ? best.heldout : heldout,
      best,
      leading: folder.hasBest ? progress.best : undefined,
      criterion: criterionOf(session.plan),
      patience: reason === "patience" ? session.plan.settings?.patience : undefined,
      dir: folder.folder,
    };
    reporter.end(facts);
    if (!reporter.json) outStyled(resultTable(this.facts(), facts));
  }

  private facts(): RunFacts {
    const { prepared, surroundings, data, session } = this.parts;
    const { plan } = session;
    return {
      name: this.name,
      device: surroundings.device,
      params: prepared.params,
      epochs: plan.epochs,
      stepsPerEpoch: Math.ceil(plan.examples / (plan.batch * Math.max(1, plan.batches))),
      unit: data.dataset.unit,
      steps: plan.steps,
      losses: plan.logged.flatMap((l) => (l.loss ? [l.loss] : [])),
      ratesAt: (step) => prepared.training.ratesAt(step, session.lowered),
    };
  }

  /** The epoch whose weights are the result, where that is not simply the last. */
  private get best(): BestEpoch | undefined {
    const { plan, progress } = this.parts.session;
    return isResultBest(plan) && this.parts.folder.hasBest ? progress.best : undefined;
  }

  /** The last step whose results are known. */
  get step(): number {
    return this.parts.session.progress.step;
  }

  /** Whether a checkpoint knows the settings that this command has given. */
  get isSaved(): boolean {
    return this.saves > 0;
  }

  private saves = 0;
  private async save(complete: boolean, best = false): Promise<void> {
    const { folder, session } = this.parts;
    const { progress } = session;
    await this.findFolder();
    const name = progress.cursor === 0 ? `epoch-${progress.epoch}` : `step-${progress.step}`;
    await folder.save(name, await this.checkpoint(complete), best);
    await this.recording();
    this.saves++;
    this.savedAt = performance.now();
  }

  private async keep(epoch: number): Promise<void> {
    await this.parts.folder.keep(`epoch-${epoch}`, await this.checkpoint(false));
  }

  private async checkpoint(complete: boolean): Promise<Checkpoint> {
    const facts = this.checkpointFacts(complete);
    return { facts, program: this.parts.opened.text, tensors: await this.tensors() };
  }

  private checkpointFacts(complete: boolean): CheckpointFacts {
    const { opened, settings, session, surroundings, data } = this.parts;
    const used = new Set(this.parts.prepared.columns.map((c) => c.name));
    return {
      format: 1,
      file: opened.path,
      hash: hashOf(opened.text),
      ...importsOf(opened),
      training: this.name,
      progress: session.progress,
      settings,
      fields: data.dataset.train.columns.map((c) =>
        savedField(c, used.has(c.name), data.dataset.records === undefined),
      ),
      unit: data.dataset.unit,
      ...(data.dataset.separator === undefined ? {} : { separator: data.dataset.separator }),
      ...(data.dataset.headless ? { headless: true } : {}),
      ...surroundings,
      complete,
      result: isResultBest(session.plan) ? "best" : "latest",
    };
  }

  /** Weights that a training at its end leaves: those of the best epoch where it has one, else the last. */
  async result(): Promise<ReadonlyMap<string, Tensor>> {
    const { folder } = this.parts;
    return this.best ? (await openCheckpoint(folder.folder, this.parts.opened.host.disk)).tensors : this.tensors();
  }

  /** Everything learned, that of earlier trainings included. */
  private async tensors(): Promise<Map<string, Tensor>> {
    const { prepared, session, learned } = this.parts;
    const all = new Map([...learned].filter(([name]) => !isOfTraining(name)));
    for (const [name, values] of await session.tensors())
      all.set(name, { dtype: dtypeOf(values), shape: lookUp(prepared.shapes, name), values });
    return all;
  }
}

const dtypeOf = (values: Numbers): "F32" | "I32" => (values instanceof Int32Array ? "I32" : "F32");
