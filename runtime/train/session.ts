// A training from its start or from where it stopped: epochs in seeded order, stretches of steps, held-out figures.
// In: an engine with a plan, the columns of the data or a feed of its rows, settings. Out: events, and at any event a progress that goes on
// from there bit for bit. Knows no files, no terminal and no Node: the same session runs in a page.

import type { Engine, Numbers } from "../engine.ts";
import { criterionOf, isBetter } from "./criterion.ts";
import type { EndEvent, Figures, Progress, SessionEvent, StretchEvent } from "./events.ts";
import { beginning, HELDOUT_LOSS } from "./events.ts";
import { type Pass, ResidentRows, type RowFeed, type SessionColumn } from "./feed.ts";
import type { LoggedScalar } from "./figures.ts";
import { figuresOf, firstWrong, lossesOf, RowMeans } from "./figures.ts";
import { evaluateRows, measure, zero } from "./heldout.ts";
import { type Held, isDeviceFailure, placeState, placeTensors, type Reopen, readAll, withAverages } from "./revival.ts";
import type { Continuation, SessionPlan } from "./sessionplan.ts";
import { AHEAD, type Place, placeAfter, Stretches, type UnderWay } from "./stretches.ts";
import { type Holder, Watch } from "./watch.ts";

export type { SessionPlan } from "./sessionplan.ts";

/** The factor of a plateau on the learning rates where the program gives none. */
const USUAL_FACTOR = 0.1;

export class Session {
  readonly plan: SessionPlan;
  /** Most steps of one stretch: 1 lets a host go on step by step. */
  longest = Number.POSITIVE_INFINITY;
  /** The product of the factors of plateaus so far. */
  lowered = 1;
  /**
   * Whether the engine may be given further steps before the host has had the event of those that run. What a host reads or saves
   * then is that of a later step, as `isSettled` says; unless a host allows it, every event finds the engine where it says.
   */
  goesAhead: () => boolean = () => false;
  private current: Engine;
  private readonly feed: RowFeed;
  private readonly watch: Watch;
  private readonly reopen: Reopen | undefined;
  private at: Progress;
  private stretches: Stretches;
  /** Steps that the engine was given and whose event is to come. */
  private readonly underWay: UnderWay[] = [];
  /** The last state whose numbers are in the host's memory; it is of the epoch that `at` is of. */
  private held: Held | undefined;
  /** Whether the engine is prepared for the epoch that `at` is of. */
  private isBegun = false;
  private clock = { rows: 0, seconds: 0, waited: 0, began: 0 };
  /** Over the whole session. */
  private total = { rows: 0, seconds: 0 };

  private constructor(engine: Engine, feed: RowFeed, plan: SessionPlan, at: Progress, reopen: Reopen | undefined) {
    this.current = engine;
    this.feed = feed;
    this.plan = plan;
    this.at = at;
    this.reopen = reopen;
    this.stretches = new Stretches(engine, "train", plan.logged.length);
    // A running mean of a metric may be no number, as the metric may.
    const watched = plan.tensors.filter((name) => !plan.running?.training.includes(name));
    this.watch = new Watch(engine, watched, reopen !== undefined);
  }

  /**
   * Puts the data in place and initialises, or takes over what `from` has: names that it lacks start afresh. With `reopen`, a training
   * whose device fails goes on on another engine, from the last state in memory, as if nothing had happened.
   */
  static async open(
    engine: Engine,
    plan: SessionPlan,
    rows: readonly SessionColumn[] | RowFeed,
    from?: Partial<Continuation>,
    reopen?: Reopen,
  ): Promise<Session> {
    const feed = "rowsFrom" in rows ? rows : await ResidentRows.open(engine, plan, rows);
    const given = from?.tensors ?? new Map();
    await placeState(engine, plan, from?.progress === undefined ? withAverages(given, plan) : given);
    if (from?.progress === undefined) await placeTensors(engine, plan.constants ?? new Map());
    const session = new Session(engine, feed, plan, from?.progress ?? beginning, reopen);
    if (plan.plateau !== undefined) session.lowered = Number((await engine.read(plan.plateau))[0]);
    if (from?.progress === undefined) await measure(engine, feed, plan, session.epochPass(0));
    await session.watch.start();
    await session.hold();
    return session;
  }

  /** The engine that it runs on. */
  get engine(): Engine {
    return this.current;
  }

  get progress(): Progress {
    return this.at;
  }

  /** Examples (or what they are worth) per second of training, over the whole session. */
  get rate(): number {
    return (this.total.rows * this.plan.unitsPerExample) / Math.max(1e-9, this.total.seconds);
  }

  /** Copies of all parameters and states. */
  tensors(): Promise<Map<string, Numbers>> {
    return this.surely(() => readAll(this.engine, this.plan.tensors));
  }

  /** Which of the logged scalars are figures of the epoch so far. */
  private get running(): readonly boolean[] {
    const { logged, running } = this.plan;
    return logged.map((l) => !l.loss && running?.metrics.includes(l.name) === true);
  }

  /** Rows that one step takes. */
  private get rowsOfStep(): number {
    return this.plan.batch * Math.max(1, this.plan.batches);
  }

  /** Events until the end. A host that stops listening after any of them can save and go on later. */
  async *run(): AsyncGenerator<SessionEvent, void> {
    while (this.ended() === undefined) {
      await this.surely(() => this.beginEpoch());
      this.clock = { rows: 0, seconds: 0, waited: this.feed.waited, began: performance.now() };
      for (;;) {
        const event = await this.surely(async () => ((await this.giveSteps()) ? this.stretch() : undefined));
        if (!event) break;
        yield event;
        if (event.kind === "diverged") return;
      }
      if (this.left() > 0) break;
      const event = await this.finishEpoch();
      yield event;
      if (event.kind === "diverged") return;
    }
    yield { kind: "end", reason: this.ended() ?? "steps" };
  }

  private ended(): EndEvent["reason"] | undefined {
    const { epochs, settings: { patience } = {} } = this.plan;
    if (this.stepsLeft() <= 0) return "steps";
    if (patience !== undefined && this.at.stale >= patience) return "patience";
    return this.at.epoch >= epochs ? "epochs" : undefined;
  }

  /** Whether the engine stands where the last event says. */
  get isSettled(): boolean {
    return this.underWay.length === 0;
  }

  /** Where the engine stands, once it has done all that it was given. */
  private get given(): Place {
    return this.underWay.reduce<Place>(placeAfter, this.at);
  }

  private stepsLeft(): number {
    return (this.plan.steps ?? Number.POSITIVE_INFINITY) - this.given.step;
  }

  /** Rows of this epoch that steps can still take: fewer than one for each minibatch of a step are left out. */
  private left(): number {
    const left = this.usable - this.given.cursor;
    return left < Math.max(1, this.plan.batches) ? 0 : left;
  }

  /** Rows of an epoch: where states are carried, only whole batches. */
  private get usable(): number {
    const { examples, batch, carried } = this.plan;
    return carried?.length ? Math.floor(examples / batch) * batch : examples;
  }

  private async beginEpoch(): Promise<void> {
    const { carried = [], running } = this.plan;
    if (this.at.cursor === 0) await this.lowerRates();
    if (this.at.cursor === 0) await zero(this.engine, [...carried, ...(running?.training ?? [])]);
    await this.feed.begin(this.epochPass(this.at.epoch), this.evaluates ? { part: "heldout" } : this.nextEpoch);
    this.isBegun = true;
  }

  // ---------------------------------------------------------------- devices that fail

  /** Does something on the engine, again on another one where the engine's device fails. */
  private async surely<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        await this.recover(error);
      }
    }
  }

  /** On another engine, the state that the last event left; throws the error where there is no such engine. */
  private async recover(error: unknown): Promise<void> {
    const { held, reopen } = this;
    if (!held || !reopen || !isDeviceFailure(error)) throw error;
    await this.current.stop().catch(() => undefined);
    this.underWay.length = 0;
    this.current = await reopen(error, { held: held.progress.step, reached: this.at.step });
    try {
      await this.takeUp(held);
    } catch (again) {
      await this.recover(again);
    }
  }

  /** Puts a held state into the engine, and repeats the steps from there to where the session is. */
  private async takeUp(held: Held): Promise<void> {
    const { engine, at, isBegun } = this;
    this.stretches = new Stretches(engine, "train", this.plan.logged.length);
    this.watch.moveTo(engine);
    await this.feed.moveTo(engine);
    await placeState(engine, this.plan, held.tensors);
    try {
      this.at = held.progress;
      this.lowered = held.lowered;
      if (isBegun) await this.beginEpoch();
      while (this.at.step < at.step) {
        const steps = await this.giveStretch(at.step - this.at.step);
        await steps.given.logged();
        this.at = { ...this.at, ...placeAfter(this.at, steps) };
      }
    } finally {
      this.at = at;
      this.isBegun = isBegun;
    }
  }

  /** Looks for numbers that are none; where there are none of these, the state is held. */
  private async look(): Promise<Holder | undefined> {
    const holder = await this.surely(() => this.watch.look());
    if (!holder) await this.hold();
    return holder;
  }

  private async hold(): Promise<void> {
    const { kept } = this.watch;
    if (!kept) return;
    const others = this.plan.tensors.filter((name) => !kept.has(name));
    const tensors = new Map([...kept, ...(await this.surely(() => readAll(this.engine, others)))]);
    this.held = { progress: this.at, tensors, lowered: this.lowered };
  }

  // ---------------------------------------------------------------- epochs and steps

  /** The order of an epoch depends on the seed and its number only. */
  private epochPass(epoch: number): Pass {
    return { part: "train", epoch };
  }

  private get evaluates(): boolean {
    return this.plan.heldout > 0 && this.plan.evaluated.length > 0;
  }

  /** Undefined after the last one. */
  private get nextEpoch(): Pass | undefined {
    const { epoch } = this.at;
    return epoch + 1 < this.plan.epochs ? this.epochPass(epoch + 1) : undefined;
  }

  /** Gives the engine as many stretches as it may have; false where there are no more steps in this epoch. */
  private async giveSteps(): Promise<boolean> {
    const isAlone = !this.stretches.canGoAhead || this.watch.isDue || !this.goesAhead();
    const most = isAlone ? 1 : AHEAD;
    while (this.underWay.length < most && this.left() > 0 && this.stepsLeft() > 0)
      this.underWay.push(await this.giveStretch());
    return this.underWay.length > 0;
  }

  /** Whole steps as many as fit a stretch, or the one step of the epoch's last, smaller batch. */
  private async giveStretch(fewer = Number.POSITIVE_INFINITY): Promise<UnderWay> {
    const { batch } = this.plan;
    const batches = Math.max(1, this.plan.batches);
    const { cursor, counter } = this.given;
    const began = performance.now();
    const place = await this.feed.rowsFrom(cursor);
    // Waiting costs no time while others run.
    const waited = this.isSettled ? performance.now() - began : 0;
    const whole = Math.floor(Math.min(this.left(), place.count) / this.rowsOfStep);
    const size = whole > 0 ? batch : Math.floor(this.left() / batches);
    const most = Math.min(Math.max(1, whole), this.stepsLeft(), this.longest, fewer);
    const given = await this.stretches.give(most, { batch: size, cursor: place.at, step: counter });
    return { given, rows: size * batches, waited };
  }

  /** The event of the steps that were given first, once they are through. */
  private async stretch(): Promise<SessionEvent> {
    const [steps] = this.underWay as [UnderWay];
    const { given, rows, waited } = steps;
    const { scalars, took } = await given.logged();
    this.underWay.shift();
    for (const timer of [this.clock, this.total]) {
      timer.rows += given.count * rows;
      timer.seconds += (took + waited) / 1000;
    }
    const wrong = firstWrong(this.plan.logged, scalars, given.count);
    if (wrong !== undefined) return this.diverged(wrong, scalars);
    const event = this.advance(steps, scalars);
    if (!this.isSettled) return event;
    const holder = this.stepsLeft() <= 0 || this.watch.isDue ? await this.look() : undefined;
    return holder ? this.heldWrong(holder) : event;
  }

  private async diverged(index: number, scalars: Float32Array): Promise<SessionEvent> {
    const width = this.plan.logged.length;
    const step = this.at.step + Math.floor(index / width) + 1;
    const [scalar, value] = [this.plan.logged[index % width], scalars[index]];
    if (!scalar || value === undefined) throw new Error(`no scalar of the steps stands at ${index}`);
    const holder = await this.surely(() => this.watch.look());
    return { kind: "diverged", step, name: shownName(scalar), value, ...(holder ? { holder } : {}) };
  }

  private heldWrong(holder: Holder): SessionEvent {
    return { kind: "diverged", step: this.at.step, name: holder.tensor, value: holder.value, holder };
  }

  private advance(steps: UnderWay, scalars: Float32Array): StretchEvent {
    const { logged } = this.plan;
    const { count } = steps.given;
    const means = new RowMeans(logged.length, this.at.sums, this.at.rows);
    const losses: number[][] = [];
    for (let i = 0; i < count; i++) {
      means.add(scalars, i * logged.length, steps.rows, this.running);
      losses.push(lossesOf(logged, scalars, i * logged.length));
    }
    this.at = {
      ...this.at,
      ...placeAfter(this.at, steps),
      sums: means.sums,
      rows: means.rows,
    };
    const train = figuresOf(logged, means.means());
    return { kind: "stretch", first: this.at.step - count + 1, count, losses, train };
  }

  /** The running means of an epoch that is under way, or the figures of the last whole one. */
  get train(): Figures | undefined {
    const { sums, rows, train } = this.at;
    return rows > 0 ? figuresOf(this.plan.logged, new RowMeans(sums.length, sums, rows).means()) : train;
  }

  private async finishEpoch(): Promise<SessionEvent> {
    const { train } = this;
    const holder = await this.look();
    if (holder) return this.heldWrong(holder);
    const examplesPerSecond = (this.clock.rows * this.plan.unitsPerExample) / Math.max(1e-9, this.clock.seconds);
    const heldout = await this.surely(() => this.heldoutFigures());
    const loss = heldout?.loss;
    if (loss !== undefined && !Number.isFinite(loss))
      return { kind: "diverged", step: this.at.step, name: HELDOUT_LOSS, value: loss };
    const epoch = this.at.epoch + 1;
    const better = heldout !== undefined && isBetter(criterionOf(this.plan), heldout, this.at.best?.heldout);
    this.at = {
      ...this.at,
      epoch,
      cursor: 0,
      sums: [],
      rows: 0,
      best: better ? { epoch, train, heldout } : this.at.best,
      stale: better || heldout?.[criterionOf(this.plan).figure] === undefined ? 0 : this.at.stale + 1,
      train,
      heldout,
    };
    this.isBegun = false;
    // Evaluating changes nothing of what is held.
    if (this.held) this.held = { ...this.held, progress: this.at };
    const waiting = (this.feed.waited - this.clock.waited) / Math.max(1e-6, performance.now() - this.clock.began);
    return { kind: "epoch", epoch, train: train ?? {}, heldout, best: better, examplesPerSecond, waiting };
  }

  /** Learning rates fall each time that so many epochs have passed without a better one. */
  private async lowerRates(): Promise<void> {
    const { plateau: state, settings: { plateau, "plateau.factor": factor = USUAL_FACTOR } = {} } = this.plan;
    if (state === undefined || plateau === undefined) return;
    if (this.at.stale === 0 || this.at.stale % plateau !== 0) return;
    this.lowered = Math.fround(this.lowered * factor);
    await this.engine.write(state, Float32Array.of(this.lowered));
  }

  /** Figures over all held-out rows, at any time between two events. */
  async evaluate(): Promise<Figures | undefined> {
    return this.surely(async () => {
      const figures = await this.heldoutFigures();
      if (this.at.cursor > 0) await this.feed.begin(this.epochPass(this.at.epoch), { part: "heldout" });
      return figures;
    });
  }

  /** Its draws are the same each time, and training's draws do not move. */
  private async heldoutFigures(): Promise<Figures | undefined> {
    const { heldout, evaluated } = this.plan;
    if (!this.evaluates) return undefined;
    const counter = this.engine.get("step");
    this.engine.set("step", 0);
    await this.feed.begin({ part: "heldout" }, this.nextEpoch);
    const means = await evaluateRows(this.engine, this.feed, this.plan, heldout);
    this.engine.set("step", counter);
    return Object.fromEntries(evaluated.map((name, i) => [name, means[i]!]));
  }
}

function shownName(scalar: LoggedScalar): string {
  return scalar.loss ? "loss" : scalar.name;
}
