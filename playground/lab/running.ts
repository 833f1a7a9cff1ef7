// One training after the other of a program, stretch by stretch. In: an opened program. Out: what happens, as events. Invariant: what
// a stretch does is done when `advance` resolves, so that weights can be read between two of them.

import { type StartedTraining, startTraining } from "../../embed/training.ts";
import type { Opened, Sources } from "../../project/source.ts";
import type { EpochRecord } from "../../project/train/history.ts";
import { chosenTrainings } from "../../project/trainings.ts";
import { openSaved, type Weights, weightsOf } from "../../project/use/model/weights.ts";
import type { Tensor } from "../../runtime/checkpoint/tensor.ts";
import type { Checkpoint, RunSettings } from "../../runtime/train/checkpoint.ts";
import type { EpochEvent, SessionEvent } from "../../runtime/train/events.ts";
import { LossCurve } from "../../runtime/train/losscurve.ts";
import type { OpenOptions } from "./protocol.ts";

export class Running {
  readonly opened: Opened;
  readonly began = new Date().toISOString();
  readonly history: EpochRecord[] = [];
  private readonly options: OpenOptions;
  private started: StartedTraining;
  private events: AsyncGenerator<SessionEvent, void>;
  private curve: LossCurve;
  private seconds = 0;

  private constructor(opened: Opened, options: OpenOptions, started: StartedTraining) {
    this.opened = opened;
    this.options = options;
    this.started = started;
    this.events = started.session.run();
    this.curve = new LossCurve(started.session.plan);
  }

  static async open(opened: Opened, options: OpenOptions): Promise<Running> {
    const [first] = chosenTrainings(opened, undefined);
    return new Running(opened, options, await begin(opened, first, options, new Map()));
  }

  get training(): StartedTraining {
    return this.started;
  }

  /** One stretch, of at most so many steps; undefined where all is over. */
  async advance(longest = Number.POSITIVE_INFINITY): Promise<SessionEvent | undefined> {
    const { session } = this.started;
    session.longest = longest;
    const before = performance.now();
    const { value } = await this.events.next();
    if (!value) return undefined;
    this.seconds += (performance.now() - before) / 1000;
    if (value.kind === "diverged") throw this.started.divergence(value);
    await this.started.keepBest(value);
    if (value.kind === "stretch") this.curve.add(value);
    if (value.kind === "epoch") this.remember(value);
    return value;
  }

  private remember({ epoch, train, heldout, best, examplesPerSecond }: EpochEvent): void {
    const { definition, prepared, session } = this.started;
    const { step } = session.progress;
    const { seconds } = this;
    const rates = prepared.training.ratesAt(step, session.lowered);
    const training = definition.name.text;
    const figures = { training, epoch, step, seconds, examplesPerSecond, rates, train, best, memory: 0 };
    this.history.push({ ...figures, heldout: heldout ?? null, ...this.curve.take() });
  }

  /** Goes on to the next training of the program; false where this was the last. */
  async next(): Promise<boolean> {
    const all = chosenTrainings(this.opened, undefined);
    const next = all[all.indexOf(this.started.definition) + 1];
    if (!next) return false;
    const { tensors } = await this.started.checkpoint();
    await this.started.stop();
    this.started = await begin(this.opened, next, this.options, tensors);
    this.events = this.started.session.run();
    this.curve = new LossCurve(this.started.session.plan);
    this.history.length = 0;
    this.seconds = 0;
    return true;
  }

  checkpoint(which: "result" | "latest"): Promise<Checkpoint> {
    return this.started.checkpoint(which);
  }

  /** The weights of now with their program, opened once more: what reads them leaves no traces in the training. */
  async weights(sources: Sources, which: "result" | "latest" = "latest"): Promise<Weights> {
    const checkpoint = await this.checkpoint(which);
    return weightsOf(openSaved(checkpoint, sources), [{ folder: "this training", checkpoint }]);
  }

  stop(): Promise<void> {
    return this.started.stop();
  }
}

function begin(
  opened: Opened,
  definition: StartedTraining["definition"],
  { device, seed }: OpenOptions,
  learned: ReadonlyMap<string, Tensor>,
): Promise<StartedTraining> {
  const settings: RunSettings = { seed, set: {}, data: [] };
  return startTraining(opened, definition, { device }, settings, learned);
}
