// From the lines of a training to the graphs of its steps: gradients, clipping, schedules, optimizers, updates.

import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { add, clipByGlobalNorm, constant, make, mul, select } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { flatLoss, lossTwice, withSlope } from "../advice/flatloss.ts";
import { accumulate } from "../frame/accumulate.ts";
import { isWithin } from "../frame/frame.ts";
import { isPartOf } from "../frame/renamed.ts";
import type { Program } from "../program/program.ts";
import { refuseCutBatches } from "../sizes/batchaxes.ts";
import type { Learned } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import { type Accumulation, accumulateGradients, isEndOfEpoch } from "./accumulation.ts";
import { Averages } from "./averages.ts";
import type { TrainBody } from "./body.ts";
import { stepCounter } from "./body.ts";
import { warnOfDoubtful } from "./doubtful.ts";
import type { Moved, PendingStep, Result, TrainOptions, TrainStep, TrainTime } from "./lines/types.ts";
import { LossScale } from "./lossscale.ts";
import { nothingTrained } from "./nothingtrained.ts";
import { OptimizerLines } from "./optimizers.ts";
import { Schedule } from "./schedules.ts";

export class StepMaker {
  readonly optimizers: OptimizerLines;
  readonly schedule: Schedule;
  readonly averages: Averages;
  /** States that it keeps beside those of optimizers and the averages. */
  private readonly states: Learned[] = [];
  /** Parameters that each step trains. */
  private readonly moved: (readonly [PendingStep, readonly Learned[]])[] = [];
  /** Paths of parameters that some goal has a slope for. */
  private readonly taught = new Set<string>();
  private sketching = false;
  private readonly program: Program;
  private readonly definition: TrainDefinition;
  private readonly time: TrainTime;
  private readonly body: TrainBody;

  constructor(program: Program, definition: TrainDefinition, options: TrainOptions, time: TrainTime, body: TrainBody) {
    this.program = program;
    this.definition = definition;
    this.time = time;
    this.body = body;
    this.optimizers = new OptimizerLines(program, definition, options, time, body);
    this.schedule = new Schedule(program, definition, time, body);
    this.averages = new Averages(time, body);
  }

  /** Everything that the training keeps beside what it trains. */
  beside(): readonly Learned[] {
    const { plateau } = this.schedule;
    return [...this.states, ...(plateau ? [plateau] : []), ...this.optimizers.states, ...this.averages.states.values()];
  }

  /** Checks the optimizers and the schedule where no steps are made because something else is wrong. */
  checkRules(): void {
    const attempt = (span: Span, look: () => void): void => {
      try {
        look();
      } catch (error) {
        this.program.elaborator.report(error, span);
      }
    };
    this.optimizers.check(attempt);
    const { schedule } = this.body;
    if (schedule) attempt(schedule.span, () => this.schedule.factor(stepCounter(this.definition)));
  }

  steps(): TrainStep[] {
    const all = this.body.allSteps().filter((p) => p.goals.length > 0 || p.updates.length > 0);
    // Metrics are figures of a batch that a step takes anyway: those of the last that takes one.
    const measured = Math.max(
      all.findLastIndex(readsData),
      all.findLastIndex((p) => p.models === undefined),
    );
    const metrics = measured < 0 ? all.length - 1 : measured;
    const steps = all.map((p, i) => this.finishStep(p, i, i === all.length - 1, i === metrics));
    this.optimizers.warnOfUnused(this.moved);
    this.schedule.warnOfIdle();
    this.warnOfUnreached();
    warnOfDoubtful(this.program, this.definition, this.body, this.moved);
    return steps;
  }

  /** How many steps there are, each made as far as its mistakes need: optimizers are run for one parameter. */
  sketched(): number {
    this.sketching = true;
    return this.steps().length;
  }

  private finishStep(p: PendingStep, index: number, last: boolean, measured: boolean): TrainStep {
    const loss = total(p.goals.map((g) => g.objective));
    const trained = loss ? this.trainedBy(p, loss) : [];
    this.moved.push([p, trained]);
    const [goal] = p.goals;
    const measuredHere = measured ? this.body.metrics.map((m) => m.node) : [];
    refuseCutBatches(
      [...(loss ? [loss] : []), ...p.updates.map((u) => u.node), ...measuredHere],
      goal?.span ?? this.definition.span,
    );
    if (loss && goal && trained.length === 0) throw nothingTrained(this.program, p, this.usedBy(loss), goal.span);
    if (loss && goal) this.noteSlopes(p, trained);
    const t = stepCounter(this.definition);
    const shown = total(p.goals.map((g) => g.shown));
    const results: Result[] = shown ? [{ name: `loss${index}`, node: shown }] : [];
    if (loss) results.push(...this.learning(p, trained, loss, t, index));
    for (const [path, node] of p.states)
      if (!isWithin(this.body.frozen, path)) results.push({ name: `state ${path}`, node, into: path });
    for (const u of p.updates) {
      if (trained.includes(u.target))
        throw mistake(
          "train/trained-and-updated",
          u.span,
          `'${u.target.path}' is trained by this step's loss and updated by this line`,
          {
            hint: "keep it from the loss with `stop(...)`, or update it in a step of its own",
          },
        );
      results.push({ name: `update ${u.target.path}`, node: u.node, into: u.target.path });
    }
    if (last) {
      const counter = accumulate(t, constant(1));
      for (const { path, node, leaf } of [counter.total, counter.rest]) {
        results.push({ name: path, node, into: path });
        const { span } = this.definition;
        this.states.push({ path, node: leaf, role: "state", fixed: true, start: constant(0), span });
      }
    }
    const metrics = measured ? this.body.metrics : [];
    for (const m of metrics) results.push({ name: m.name, node: m.node });
    if (measured) results.push(...runningResults(this.body));
    const logged = [...(shown ? [`loss${index}`] : []), ...metrics.map((m) => m.name)];
    const sign = p.goals.every((g) => g.name === "maximize") ? -1 : 1;
    return { name: p.name, results, logged, ...(shown ? { sign } : {}) };
  }

  /** Warns of each goal that teaches nothing, and notes what some goal teaches. */
  private noteSlopes({ goals }: PendingStep, trained: readonly Learned[]): void {
    const written = new Map<Node, Span>();
    // Of very many, as a loop makes them, the sum alone is looked at.
    const [first] = goals;
    const sum = total(goals.map((g) => g.objective));
    const all = goals.length > MOST_GOALS && first && sum ? [{ objective: sum, span: first.span }] : goals;
    for (const { objective, span } of all) {
      const before = written.get(objective);
      if (before && before.start !== span.start) this.program.elaborator.warn(lossTwice(before), span);
      written.set(objective, span);
      const sloped = withSlope(objective);
      const taught = trained.filter(({ node }) => sloped.has(node));
      if (taught.length === 0) this.program.elaborator.warn(flatLoss(objective), span);
      for (const l of taught) this.taught.add(l.path);
    }
  }

  /** Warns of parameters that a step moves and no goal of any step has a slope for. */
  private warnOfUnreached(): void {
    // A copy to compare with stands behind a `stop` as a whole, and is meant to.
    const wholeOf = (path: string): string => path.split(".", 1).join();
    const learning = new Set([...this.taught].map(wholeOf));
    const isLeftOut = ({ path }: Learned): boolean => !this.taught.has(path) && learning.has(wholeOf(path));
    const [step, unreached] =
      this.moved.map(([p, trained]) => [p, trained.filter(isLeftOut)] as const).find(([, left]) => left.length > 0) ??
      [];
    const span = step?.goals[0]?.span;
    if (!span || !unreached) return;
    const layers = [...new Set(unreached.map(({ path }) => path.slice(0, path.lastIndexOf("."))))];
    const more = layers.length > 1 ? ` and ${layers.length - 1} more` : "";
    this.program.elaborator.warn(
      {
        code: "train/unreached",
        message: `no loss teaches '${layers[0]}'${more}: a change of its parameters changes no loss`,
        hint: "see whether a `stop`, `argmax` or a comparison stands between it and the loss; if it is to stay as it is, write `fixed` before its line, or `freeze` in the training",
      },
      span,
    );
  }

  /** New values of what a loss trains, and of its optimizers' states. */
  private learning(p: PendingStep, trained: readonly Learned[], loss: Node, t: Node, index: number): Result[] {
    const narrow = this.narrowGradients(p, trained, loss, index);
    const accumulation = this.accumulated(p, trained, { loss, narrow }, t, index);
    const own = narrow ? this.limited(narrow.gradients) : undefined;
    const gradients = accumulation ? this.limited(accumulation.means) : (own ?? this.gradients(p, trained, loss));
    const factor = this.schedule.factor(t);
    // A step whose loss is not finite changes nothing: the last good parameters stay.
    const isBounded = make("finite", [loss]);
    const isSound = narrow ? mul(isBounded, narrow.isSound) : isBounded;
    const kept = ({ old, ...r }: Moved): Result => ({ ...r, node: select(isSound, r.node, old) });
    const isDue = accumulation?.isDue;
    const moves = add(accumulation?.moves ?? t, constant(1));
    const all = zip(trained, gradients);
    const results = (this.sketching ? all.slice(0, 1) : all).flatMap(([l, gradient]) => {
      const moved = this.optimizers.move(p, l, gradient, { t: moves, factor, index });
      const due = isDue ? moved.map((m) => ({ ...m, node: select(isDue, m.node, m.old) })) : moved;
      const now = itemAt(due, 0).node;
      return [...due, ...this.averages.move(l, { moved: now, t, isDue })];
    });
    const sums = (accumulation?.states ?? []).map(({ learned: { path, node: old }, node }) => ({
      name: `new ${path}`,
      node,
      into: path,
      old,
    }));
    return [...[...results, ...sums].map(kept), ...(narrow?.results ?? [])];
  }

  /** The gradients of a step that keeps activations in 16 bits, and the scale of its loss. */
  private narrowGradients(
    p: PendingStep,
    trained: readonly Learned[],
    loss: Node,
    index: number,
  ): (ReturnType<LossScale["judged"]> & { readonly gradients: readonly Node[] }) | undefined {
    if (this.body.precision !== "f16" || trained.length === 0) return undefined;
    this.optimizers.refuseMoved(p, trained, "precision f16");
    const scale = new LossScale(`${this.definition.name.text}${index || ""}`, this.definition.span);
    this.states.push(...scale.states);
    const scaled = scale.scaled(loss);
    const gradients = scale.unscaled(trained.map(({ node }) => make("gradient", [scaled, node])));
    return { ...scale.judged(gradients), gradients };
  }

  /** The gradients of a step, with what the training sets on their size. */
  private gradients(p: PendingStep, trained: readonly Learned[], loss: Node): readonly Node[] {
    const [norm, size] = [this.body.number("clip"), this.body.number("clip.value")];
    if (size) {
      this.optimizers.refuseMoved(p, trained, "clip value=...");
      return this.limited(trained.map(({ node }) => make("gradient", [loss, node])));
    }
    return trained.map(({ node }) => make("gradient", norm ? [loss, node, node, norm] : [loss, node], { moves: true }));
  }

  private limited(gradients: readonly Node[]): readonly Node[] {
    const [norm, size] = [this.body.number("clip"), this.body.number("clip.value")];
    const small = size
      ? gradients.map((g) => make("max", [make("sub", [constant(0), size]), make("min", [size, g])]))
      : gradients;
    return norm ? clipByGlobalNorm(small, norm) : small;
  }

  private accumulated(
    p: PendingStep,
    trained: readonly Learned[],
    { loss, narrow }: { readonly loss: Node; readonly narrow: { readonly gradients: readonly Node[] } | undefined },
    t: Node,
    index: number,
  ): Accumulation | undefined {
    const count = this.body.number("accumulate");
    if (!count || trained.length === 0) return undefined;
    this.optimizers.refuseMoved(p, trained, "accumulate");
    const made = accumulateGradients({
      trained,
      gradients: narrow?.gradients ?? trained.map(({ node }) => make("gradient", [loss, node])),
      count,
      endsEpoch: isEndOfEpoch(t, this.time.perEpoch),
      name: `${this.definition.name.text}${index || ""}`,
      span: this.definition.span,
    });
    this.states.push(...made.states.map((s) => s.learned));
    return made;
  }

  /** The parameters that could learn by a loss. */
  private usedBy(loss: Node): Learned[] {
    const used = new Set(withBodies([loss]));
    return this.program.everything().filter((l) => l.role === "parameter" && !l.fixed && used.has(l.node));
  }

  private trainedBy(p: PendingStep, loss: Node): Learned[] {
    const everything = this.usedBy(loss);
    const { models } = p;
    const chosen = models === undefined ? everything : everything.filter((l) => isPartOf(models, l));
    return chosen.filter((l) => !isPartOf(this.body.frozen, l));
  }
}

const readsData = (p: PendingStep): boolean =>
  withBodies([...p.goals.map((g) => g.objective), ...p.updates.map((u) => u.node)]).some(
    (n) => n.op === "parameter" && n.attributes.role === "field",
  );

/** Loss and metrics of held-out batches. */
export function evaluationOf(body: TrainBody): TrainStep {
  const loss = total(body.allSteps().flatMap((p) => p.goals.map((g) => g.objective)));
  const results: Result[] = loss ? [{ name: "loss", node: loss }] : [];
  for (const m of body.metrics) results.push({ name: m.name, node: m.node });
  const logged = results.map((r) => r.name);
  return { name: "evaluate", results: [...results, ...runningResults(body)], logged };
}

/** Updates of the running means of metrics by a batch. */
const runningResults = ({ running }: TrainBody): Result[] =>
  running.states.map(({ path, node }) => ({ name: `running ${path}`, node, into: path }));

/** Losses that are looked at one by one. */
const MOST_GOALS = 16;

const total = (nodes: readonly Node[]): Node | undefined =>
  nodes.length === 0 ? undefined : nodes.reduce((a, b) => add(a, b));

/** Every node that a graph needs, the bodies of its scans included. */
export function withBodies(results: readonly Node[]): Node[] {
  return topological(results).flatMap((n) => {
    const body = n.attributes.body as { results: readonly Node[] } | undefined;
    return body ? [...withBodies(body.results), n] : [n];
  });
}
