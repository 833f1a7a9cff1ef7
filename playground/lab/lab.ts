// The worker that trains: opens a program, trains it as the page asks, and looks into its models in between. Invariant: one thing at a
// time, since all share the tables of the compiler and the engine's memory.

import type { Texts } from "../../compiler/diagnostics/lines.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { chosenModels } from "../../project/cost/measured.ts";
import { Sources } from "../../project/source.ts";
import { chosenModel, modelGraph } from "../../project/use/model/apply.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import type { GraphBox } from "../../report/graph/boxes.ts";
import { boxesOfModels } from "../../report/graph/ofprogram.ts";
import { sectionsOf } from "../../report/showing.ts";
import type { SessionEvent } from "../../runtime/train/events.ts";
import { pageDevices } from "./devices.ts";
import { factsOf } from "./facts.ts";
import { hostOf } from "./host.ts";
import type { Look } from "./look.ts";
import { FILE } from "./names.ts";
import type { LabEvent, LabFacts, OpenOptions, Problem, ProgramText, Wanted } from "./protocol.ts";
import { Running } from "./running.ts";

/** Milliseconds between two looks into the model, and the share of the time that they may take. */
const PAUSE = 70;
const SHARE = 2;
/** Stretches of an epoch, and milliseconds of each, where the training is to be watched. */
const WATCHED_STRETCHES = 12;
const WATCHED_PAUSE = 30;

export class Lab {
  texts: Texts | undefined;
  private readonly tell: (event: LabEvent) => void;
  private readonly problemOf: (error: unknown) => Problem;
  private last: Promise<unknown> = Promise.resolve();
  private running: Running | undefined;
  private sources: Sources | undefined;
  private look: Look | undefined;
  /** The program of the training with its first weights. */
  private base: Weights | undefined;
  private wanted: Wanted = {};
  private isGoing = false;
  private isWatched = true;
  private nextLook = 0;
  private nextShown = 0;

  constructor(tell: (event: LabEvent) => void, problemOf: (error: unknown) => Problem) {
    this.tell = tell;
    this.problemOf = problemOf;
  }

  layers(program: ProgramText): Promise<readonly GraphBox[]> {
    return this.inTurn(async () => {
      const sources = new Sources(hostOf(program.files));
      const opened = sources.openTextForUse(FILE, program.text);
      return boxesOfModels(opened, chosenModels(opened.program, undefined, FILE));
    });
  }

  starter(files: ProgramText["files"], path: string): Promise<string> {
    return this.inTurn(async () => (await import("./starter.ts")).starterFor(files, path));
  }

  open(program: ProgramText, options: OpenOptions): Promise<LabFacts> {
    this.isGoing = false;
    return this.inTurn(async () => {
      await this.close();
      forgetNodes();
      const sources = new Sources(hostOf(program.files, pageDevices));
      this.sources = sources;
      this.texts = sources.texts;
      this.running = await Running.open(sources.openTextForUse(FILE, program.text), options);
      return this.facts();
    });
  }

  async run(): Promise<void> {
    if (this.isGoing || !this.running) return;
    this.isGoing = true;
    void this.loop(this.running);
  }

  async pause(): Promise<void> {
    this.isGoing = false;
    await this.inTurn(async () => {});
  }

  step(): Promise<void> {
    this.isGoing = false;
    return this.inTurn(() => this.advance(1));
  }

  /** Whether to go slowly enough for the eye. */
  async slow(isWatched: boolean): Promise<void> {
    this.isWatched = isWatched;
  }

  watch(wanted: Wanted): Promise<void> {
    this.wanted = wanted;
    return this.isGoing ? Promise.resolve() : this.inTurn(() => this.refresh(true));
  }

  weights(): Promise<Uint8Array> {
    return this.inTurn(async () => {
      const { writeCheckpoint } = await import("../../runtime/train/checkpoint.ts");
      return writeCheckpoint(await this.opened().checkpoint("result"));
    });
  }

  module(): Promise<Readonly<Record<string, Uint8Array>>> {
    return this.inTurn(async () => {
      const { moduleOf } = await import("./downloads.ts");
      const weights = await this.weightsNow("result");
      const name = this.look?.graph.definition.name.text;
      return moduleOf(modelGraph(weights, chosenModel(weights, name)));
    });
  }

  report(): Promise<string> {
    return this.inTurn(async () => {
      const { reportPageOf } = await import("./downloads.ts");
      return reportPageOf(this.opened(), await this.weightsNow("result"));
    });
  }

  // -------------------------------------------------------------- going on

  private async loop(running: Running): Promise<void> {
    while (this.isGoing && this.running === running) {
      const { batch, examples } = running.training.session.plan;
      const steps = Math.ceil(examples / Math.max(1, batch) / WATCHED_STRETCHES);
      const begun = performance.now();
      try {
        await this.inTurn(() => (this.isGoing ? this.advance(this.isWatched ? steps : undefined) : Promise.resolve()));
      } catch (error) {
        this.isGoing = false;
        this.tell({ kind: "failed", problem: this.problemOf(error) });
      }
      // Questions of the page come between two stretches.
      const rest = this.isWatched ? WATCHED_PAUSE - (performance.now() - begun) : 0;
      await new Promise((resolve) => setTimeout(resolve, Math.max(0, rest)));
    }
  }

  private async advance(longest?: number): Promise<void> {
    const running = this.opened();
    const event = await running.advance(longest);
    if (!event || event.kind === "end") {
      if (await running.next()) this.tell({ kind: "training", facts: await this.facts() });
      else {
        this.isGoing = false;
        await this.show(running.training.session.progress.epoch, "result");
        this.tell({ kind: "end", reason: event?.kind === "end" ? event.reason : "epochs" });
      }
    } else await this.recount(event, running);
    await this.refresh(!this.isGoing);
  }

  private async recount(event: SessionEvent, running: Running): Promise<void> {
    const { session, definition } = running.training;
    const training = definition.name.text;
    const { epoch, step, cursor } = session.progress;
    if (event.kind === "stretch") {
      const losses = event.losses.flatMap((each) => each[0] ?? []);
      const loss = losses.reduce((a, b) => a + b, 0) / Math.max(1, losses.length);
      const share = cursor / Math.max(1, session.plan.examples);
      this.tell({ kind: "steps", training, epoch, step, share, loss, train: event.train, rate: session.rate });
    } else if (event.kind === "epoch") {
      const { train, heldout } = event;
      this.tell({ kind: "epoch", training, epoch: event.epoch, train, heldout });
      if (performance.now() >= this.nextShown) await this.show(event.epoch, "latest");
    }
  }

  /** Draws the `show` lines, in a third of the time at most. */
  private async show(epoch: number, which: "latest" | "result"): Promise<void> {
    const { prepared, data } = this.opened().training;
    if (prepared.training.shows.length === 0) return;
    const begun = performance.now();
    const weights = await this.weightsNow(which);
    const sections = await sectionsOf(weights, { seed: weights.settings.seed }, data);
    const took = performance.now() - begun;
    this.nextShown = performance.now() + SHARE * took;
    this.tell({ kind: "shown", epoch, sections: sections.map(({ html }) => html) });
  }

  /** Computes what the page looks at, now and then. */
  private async refresh(isNow: boolean): Promise<void> {
    const begun = performance.now();
    if (!this.look || (!isNow && begun < this.nextLook)) return;
    this.look.refill(await this.weightsNow());
    const views = await this.look.views(this.wanted);
    const took = performance.now() - begun;
    this.nextLook = performance.now() + Math.max(PAUSE, SHARE * took);
    this.tell({ kind: "views", views });
  }

  // -------------------------------------------------------------- what is open

  private opened(): Running {
    if (!this.running) throw new Error("no program is open");
    return this.running;
  }

  /** The weights of the last step, or those that are the result: their program is not opened again. */
  private async weightsNow(which: "latest" | "result" = "latest"): Promise<Weights> {
    const { base } = this;
    if (!base) throw new Error("no program is open");
    const [first] = base.checkpoints;
    return { ...base, checkpoints: [{ ...first, checkpoint: await this.opened().checkpoint(which) }] };
  }

  private async facts(): Promise<LabFacts> {
    const running = this.opened();
    await this.look?.stop();
    const { look, facts, weights } = await factsOf(running, this.sources!);
    this.look = look;
    this.base = weights;
    return facts;
  }

  private async close(): Promise<void> {
    await this.look?.stop();
    await this.running?.stop();
    this.look = undefined;
    this.base = undefined;
    this.running = undefined;
  }

  private inTurn<T>(act: () => Promise<T>): Promise<T> {
    const next = this.last.then(act);
    this.last = next.catch(() => undefined);
    return next;
  }
}
