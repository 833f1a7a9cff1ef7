// From the lines of a training to the graphs of its steps: gradients, clipping, schedules, optimizers, updates.

import type { Expression, OptimizerDefinition, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { callsGrad, takesNumbersOnly } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { companionName } from "../../../runtime/plan.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { add, clipByGlobalNorm, constant, div, make, mul, select, sub } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { interpret } from "../../graph/reference.ts";
import { scalarOf } from "../../graph/tensor.ts";
import { isBatched } from "../../passes/batch.ts";
import { flatLoss, withSlope } from "../advice/flatloss.ts";
import { unusualRate } from "../advice/lints.ts";
import { refuseTrained } from "../advice/misplaced.ts";
import { builtins } from "../builtins/all.ts";
import { bindArguments, type Callee, resolveArguments, valuesOnly } from "../evaluate/arguments.ts";
import { suggestion } from "../names/didyoumean.ts";
import type { Program } from "../program/program.ts";
import { accumulate } from "../values/accumulate.ts";
import { refuseCutBatches } from "../values/batchaxes.ts";
import { BUDGET, Budget } from "../values/budget.ts";
import { type Frame, isWithin } from "../values/frame.ts";
import type { Learned } from "../values/instance.ts";
import { Instance } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import type { Resolved, TensorValue, Value } from "../values/values.ts";
import { asNode, describe, numberValue, Scope, tensorValue } from "../values/values.ts";
import { type Accumulation, accumulateGradients, epochsBefore, isEndOfEpoch } from "./accumulation.ts";
import type { TrainBody } from "./body.ts";
import { stepCounter } from "./body.ts";
import { chosenOptimizer, isFirst, isOptimizer, type OptimizerValue, readLine, withGiven } from "./givenoptimizer.ts";
import type { PendingStep, Result, TrainOptions, TrainStep, TrainTime } from "./types.ts";

/** A result with what stays where the step is void. */
type Moved = Result & { readonly old: Node };

export class StepMaker {
  readonly optimizerStates: Learned[] = [];
  /** Moving averages of trained parameters, which held-out figures use in their place. */
  readonly averages = new Map<Learned, Learned>();
  /** The learning rate of each step that has one, its schedule included. */
  readonly rates = new Map<string, Node>();
  private sketching = false;
  private readonly program: Program;
  private readonly definition: TrainDefinition;
  private readonly options: TrainOptions;
  private readonly time: TrainTime;
  private readonly body: TrainBody;

  constructor(program: Program, definition: TrainDefinition, options: TrainOptions, time: TrainTime, body: TrainBody) {
    this.program = program;
    this.definition = definition;
    this.options = options;
    this.time = time;
    this.body = body;
  }

  steps(): TrainStep[] {
    const all = this.body.allSteps().filter((p) => p.goals.length > 0 || p.updates.length > 0);
    // Metrics are figures of a batch that a step takes anyway: those of the last that takes one.
    const measured = Math.max(
      all.findLastIndex(readsData),
      all.findLastIndex((p) => p.models === undefined),
    );
    const metrics = measured < 0 ? all.length - 1 : measured;
    return all.map((p, i) => this.finishStep(p, i, i === all.length - 1, i === metrics));
  }

  /** How many steps there are, each made as far as its mistakes need: optimizers are run for one parameter. */
  sketched(): number {
    this.sketching = true;
    return this.steps().length;
  }

  /** Checks the optimizers and the schedule where no steps are made because something else is wrong. */
  checkRules(): void {
    const { optimizer, schedule, pending, frame } = this.body;
    const { elaborator } = this.program;
    const lines = [optimizer, ...pending.map((p) => p.optimizer)].flatMap((line) => line ?? []);
    const attempt = (span: Span, look: () => void): void => {
      try {
        look();
      } catch (error) {
        elaborator.report(error, span);
      }
    };
    for (const line of lines)
      attempt(line.span, () => {
        const { callee, given } = this.optimizerCall(line, line.span);
        bindArguments(elaborator, callee, given, line.span, frame.context);
      });
    if (schedule) attempt(schedule.span, () => this.scheduleNow(stepCounter(this.definition)));
  }

  private finishStep(p: PendingStep, index: number, last: boolean, measured: boolean): TrainStep {
    const loss = total(p.goals.map((g) => g.objective));
    const trained = loss ? this.trainedBy(p, loss) : [];
    const [goal] = p.goals;
    const measuredHere = measured ? this.body.metrics.map((m) => m.node) : [];
    refuseCutBatches(
      [...(loss ? [loss] : []), ...p.updates.map((u) => u.node), ...measuredHere],
      goal?.span ?? this.definition.span,
    );
    if (loss && goal && trained.length === 0)
      throw mistake("train/nothing-trained", goal.span, "no learned parameter takes part in this loss", {
        hint: "let the loss call a model that has layers: `loss cross_entropy(net(x), label)`; what is fixed or frozen does not count",
      });
    if (loss && goal && !trained.some(({ node }) => withSlope(loss).has(node)))
      this.program.elaborator.warn(flatLoss(), goal.span);
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
        this.optimizerStates.push({ path, node: leaf, role: "state", fixed: true, start: constant(0), span });
      }
    }
    const metrics = measured ? this.body.metrics : [];
    for (const m of metrics) results.push({ name: m.name, node: m.node });
    if (measured) results.push(...runningResults(this.body));
    const logged = [...(shown ? [`loss${index}`] : []), ...metrics.map((m) => m.name)];
    const sign = p.goals.every((g) => g.name === "maximize") ? -1 : 1;
    return { name: p.name, results, logged, ...(shown ? { sign } : {}) };
  }

  /** New values of what a loss trains, and of its optimizers' states. */
  private learning(p: PendingStep, trained: readonly Learned[], loss: Node, t: Node, index: number): Result[] {
    const accumulation = this.accumulated(p, trained, loss, t, index);
    const gradients = accumulation ? this.limited(accumulation.means) : this.gradients(p, trained, loss);
    const multiplier = this.scheduleNow(t);
    // A step whose loss is not finite changes nothing: the last good parameters stay.
    const finite = make("finite", [loss]);
    const kept = ({ old, ...r }: Moved): Result => ({ ...r, node: select(finite, r.node, old) });
    const isDue = accumulation?.isDue;
    const moves = add(accumulation?.moves ?? t, constant(1));
    const all = zip(trained, gradients);
    const results = (this.sketching ? all.slice(0, 1) : all).flatMap(([l, gradient]) => {
      const moved = this.optimised(p, l, gradient, moves, multiplier, index);
      const due = isDue ? moved.map((m) => ({ ...m, node: select(isDue, m.node, m.old) })) : moved;
      const now = itemAt(due, 0).node;
      return [...due, ...this.average(l, now, t, isDue)];
    });
    const sums = (accumulation?.states ?? []).map(({ learned: { path, node: old }, node }) => ({
      name: `new ${path}`,
      node,
      into: path,
      old,
    }));
    return [...results, ...sums].map(kept);
  }

  /** The gradients of a step, with what the training sets on their size. */
  private gradients(p: PendingStep, trained: readonly Learned[], loss: Node): readonly Node[] {
    const [norm, size] = [this.body.number("clip"), this.body.number("clip.value")];
    if (size) {
      this.refuseMovedGradients(p, "clip value=...");
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
    loss: Node,
    t: Node,
    index: number,
  ): Accumulation | undefined {
    const count = this.body.number("accumulate");
    if (!count || trained.length === 0) return undefined;
    this.refuseMovedGradients(p, "accumulate");
    const made = accumulateGradients({
      trained,
      gradients: trained.map(({ node }) => make("gradient", [loss, node])),
      count,
      endsEpoch: isEndOfEpoch(t, this.time.perEpoch),
      name: `${this.definition.name.text}${index || ""}`,
      span: this.definition.span,
    });
    this.optimizerStates.push(...made.states.map((s) => s.learned));
    return made;
  }

  /** An optimizer that asks for gradients elsewhere gets those of one batch, as they are. */
  private refuseMovedGradients(p: PendingStep, setting: string): void {
    const line = p.optimizer ?? this.body.optimizer;
    const span = line?.span ?? this.definition.span;
    const { definition } = this.optimizerCall(line, span);
    if (!callsGrad(definition.body)) return;
    throw mistake(
      "train/bad-setting",
      span,
      `\`${definition.name.text}\` asks for gradients at other weights, and \`${setting}\` has them at the weights as they are`,
      { hint: "take an optimizer that reads one gradient, such as `sgd lr=0.1 momentum=0.9 nesterov`" },
    );
  }

  /** The average of a parameter that held-out figures use. */
  private average(l: Learned, moved: Node, t: Node, isDue: Node | undefined): Moved[] {
    const average = this.body.number("ema")
      ? this.movingAverage
      : this.body.number("swa")
        ? this.epochAverage
        : undefined;
    if (!average) return [];
    const state = this.averages.get(l) ?? averageOf(l);
    this.averages.set(l, state);
    const node = average.call(this, state.node, moved, t);
    return [
      {
        name: `new ${state.path}`,
        node: isDue ? select(isDue, node, state.node) : node,
        into: state.path,
        old: state.node,
      },
    ];
  }

  /** With exponential weights (Polyak and Juditsky, 1992). */
  private movingAverage(before: Node, moved: Node): Node {
    const share = this.body.number("ema") ?? constant(0);
    return add(mul(share, before), mul(sub(constant(1), share), moved));
  }

  /** The mean over the ends of epochs, from one on, and before that the weights themselves (Izmailov et al., 2018). */
  private epochAverage(before: Node, moved: Node, t: Node): Node {
    const { perEpoch } = this.time;
    const first = this.body.number("swa") ?? constant(1);
    const epoch = add(epochsBefore(t, perEpoch), constant(1));
    const count = add(sub(epoch, first), constant(1));
    const mean = add(before, div(sub(moved, before), make("max", [count, constant(1)])));
    return select(make("lt", [epoch, first]), moved, select(isEndOfEpoch(t, perEpoch), mean, before));
  }

  private trainedBy(p: PendingStep, loss: Node): Learned[] {
    const used = new Set(withBodies([loss]));
    const everything = this.program.everything().filter((l) => l.role === "parameter" && !l.fixed && used.has(l.node));
    const { models } = p;
    const chosen = models === undefined ? everything : everything.filter((l) => isWithin(models, l.path));
    return chosen.filter((l) => !isWithin(this.body.frozen, l.path));
  }

  /** Epochs after which a copy of the weights is kept: where the schedule's factor jumps up, and the last. */
  kept(): number[] {
    const { keep } = this.body;
    if (!keep) return [];
    const { epochs, perEpoch } = this.time;
    const { every } = keep;
    const looked = every === "restart" ? epochs : Math.floor(epochs / every);
    if (looked > MOST_KEPT)
      throw mistake("limits/too-large", keep.span, keptTooOften(every, looked), {
        hint:
          every === "restart"
            ? "write for example `keep every 100`"
            : `write \`keep every ${Math.ceil(epochs / 100)}\``,
      });
    if (every !== "restart") return Array.from({ length: looked }, (_, i) => (i + 1) * every);
    const all = Array.from({ length: epochs }, (_, i) => i + 1);
    const factor = this.scheduleAt([...all.map((epoch) => epoch - 1 / perEpoch), ...all]);
    const top = Math.max(...factor);
    const restarts = zip(all, factor.slice(0, epochs), factor.slice(epochs)).flatMap(([epoch, before, after]) =>
      epoch === epochs || after - before > top / 2 ? [epoch] : [],
    );
    if (restarts.length < 2 && this.body.schedule === undefined)
      throw mistake("train/no-restarts", keep.span, "without a schedule there are no restarts to keep weights at", {
        hint: "add `schedule sgdr period=2`, or write `keep every 5`",
      });
    return restarts;
  }

  /** The schedule's factor at some times, in epochs. */
  private scheduleAt(times: readonly number[]): number[] {
    const budget = new Budget(10 * BUDGET);
    const nodes = times.map((t) => this.scheduleNow(constant(t * this.time.perEpoch), budget) ?? constant(1));
    return interpret(nodes, new Map()).map(scalarOf);
  }

  private scheduleNow(t: Node, budget = this.body.frame.context.budget): Node | undefined {
    const { schedule } = this.body;
    if (!schedule) return undefined;
    const e = this.program.elaborator;
    const time = { t: tensorValue(div(t, constant(this.time.perEpoch))), total: numberValue(this.time.epochs) };
    const f: Frame = { ...this.body.frame, schedule: time, context: { ...this.body.frame.context, budget } };
    this.refuseUnknownSchedule(schedule, f);
    let value = e.value(schedule, f);
    if (value.kind === "partial" || value.kind === "definition")
      value = e.apply(value, valuesOnly(), schedule.span, f, "schedule");
    return singleNumber(value, schedule.span, "a schedule gives one factor of the learning rate");
  }

  /** The name that a line begins with is a schedule's, or else one of those is meant and nothing of another kind. */
  private refuseUnknownSchedule(line: Expression, f: Frame): void {
    const head = line.kind === "flow" ? line.head : line.kind === "call" ? line.callee : line;
    if (head.kind !== "name" || f.scope.get(head.name) || Object.hasOwn(builtins, head.name)) return;
    const known = this.definedAs("schedule");
    throw mistake("names/unknown", head.span, `there is no schedule called '${head.name}'`, {
      hint: `there are ${known.join(", ")}`,
      ...suggestion(head.name, head.span, known),
    });
  }

  private definedAs(kind: "optimizer" | "schedule"): readonly string[] {
    const { scope } = this.program;
    return scope.all().filter((name) => {
      const value = scope.get(name);
      return value?.kind === "definition" && value.definition.kind === kind;
    });
  }

  private optimised(
    p: PendingStep,
    l: Learned,
    gradient: Node,
    t: Node,
    multiplier: Node | undefined,
    index: number,
  ): [Moved, ...Moved[]] {
    const e = this.program.elaborator;
    const line = p.optimizer ?? this.body.optimizer;
    const { definition, given, callee } = this.optimizerCall(line, l.span);
    const span = line?.span ?? this.definition.span;
    const { values: bound, spans } = bindArguments(e, callee, given, span, this.body.frame.context);
    for (const p of definition.parameters) {
      const value = lookUp(bound, p.name.text);
      const says = `'${p.name.text}' of \`${definition.name.text}\` is a single number`;
      if (value.kind === "tensor") singleNumber(value, spans.get(p.name.text) ?? span, says);
    }
    const scope = new Scope(this.body.frame.scope);
    for (const [name, value] of bound) scope.set(name, value);
    const rate = bound.get("lr");
    if (rate) {
      const written = asNode(rate, spans.get("lr") ?? span);
      const now = multiplier ? mul(written, multiplier) : written;
      this.rates.set(p.name, now);
      if (multiplier) scope.set("lr", tensorValue(now));
    }
    scope.set("t", tensorValue(t));
    scope.set("grad", tensorValue(gradient));
    scope.set("param", tensorValue(l.node));
    const instance = new Instance(`${l.path}~${definition.name.text}${index || ""}`, "optimizer");
    const context = { ...this.body.frame.context, stateUpdates: new Map<string, Node>(), step: undefined };
    const f: Frame = { ...this.body.frame, scope, instance, context, key: "", given: spans, stateShape: l.node.shape };
    const before = e.diagnostics.length;
    e.body(definition.body, f);
    e.relocate(before, span, definition.name.text, { body: definition.body, given: spans });
    this.optimizerStates.push(...instance.everything());
    const own = new Map(instance.everything().map((o) => [o.path, o.node]));
    const moved = scope.get("param") as TensorValue;
    return [
      { name: `new ${l.path}`, node: moved.node, into: l.path, old: l.node },
      ...[...context.stateUpdates].map(([path, node]) => ({
        name: `new ${path}`,
        node,
        into: path,
        old: lookUp(own, path),
      })),
    ];
  }

  /** `sgd lr=0.1 nesterov`; without a line, sgd with a rate of 0.01. */
  private optimizerCall(
    line: Expression | undefined,
    span: Span,
  ): { definition: OptimizerDefinition; given: Resolved; callee: Callee } {
    const e = this.program.elaborator;
    const written = readLine(line);
    const chosen = chosenOptimizer(this.options.overrides, written, this.program.scope);
    const { name, target } = chosen ?? this.namedOptimizer(written.head, span);
    const args = chosen?.arguments ?? written.arguments;
    const { definition, scope } = target;
    const { parameters, tags } = definition;
    const callee = { name, parameters, scope, tags };
    const resolved = resolveArguments(e, target, args, undefined, this.body.frame);
    if (takesNumbersOnly(definition.parameters)) refuseTrained(name, resolved, line?.span ?? span);
    const rate = resolved.named.get("lr") ?? (isFirst("lr", definition) ? resolved.positional[0] : undefined);
    e.warn(unusualRate(name, definition.tags, rate), line?.span ?? span);
    const needsRate = chosen && definition.parameters.some((p) => p.name.text === "lr" && !p.default) && !rate;
    const usual = needsRate || (!line && !chosen) ? { lr: 0.01 } : {};
    return { definition, given: withGiven(resolved, definition, usual, this.options.overrides), callee };
  }

  private namedOptimizer(head: Expression | undefined, span: Span): { name: string; target: OptimizerValue } {
    if (head && head.kind !== "name")
      throw mistake("names/unknown", head.span, "an optimizer is one name with its arguments", {
        hint:
          head.kind === "string"
            ? `write \`optimizer ${head.value}\``
            : "write for example `optimizer adam lr=1e-3`; a choice of optimizers is a setting, `train net(rule=adam) { optimizer rule }`",
      });
    const name = head?.kind === "name" ? head.name : "sgd";
    const target = this.body.frame.scope.get(name);
    if (isOptimizer(target)) return { name, target };
    const known = this.definedAs("optimizer");
    throw mistake("names/unknown", head?.span ?? span, `there is no optimizer called '${name}'`, {
      hint: `there are ${known.join(", ")}`,
      ...(head ? suggestion(name, head.span, known) : {}),
    });
  }
}

/** A number, or a tensor without axes. */
function singleNumber(value: Value, span: Span, says: string): Node {
  const node = asNode(value, span);
  const isKnown = node.op === "constant";
  const hasValue = !isKnown || Number.isFinite(node.attributes.value);
  if (node.shape.length === 0 && hasValue && !isBatched(node)) return node;
  const seen =
    node.shape.length > 0 ? describe(tensorValue(node)) : hasValue ? "other for each example" : "not a finite one";
  throw mistake("train/bad-setting", span, `${says}, and this is ${seen}`, {
    hint: "write a number, or an expression that gives one",
  });
}

/** Copies of weights that a training keeps at most, and epochs in which restarts are looked for. */
const MOST_KEPT = 10_000;

const keptTooOften = (every: number | "restart", count: number): string =>
  every === "restart"
    ? `restarts are looked for in at most ${MOST_KEPT.toLocaleString("en")} epochs, and there are ${count.toLocaleString("en")}`
    : `this keeps ${count.toLocaleString("en")} copies of the weights, and ${MOST_KEPT.toLocaleString("en")} are the most`;

const readsData = (p: PendingStep): boolean =>
  withBodies([...p.goals.map((g) => g.objective), ...p.updates.map((u) => u.node)]).some(
    (n) => n.op === "parameter" && n.attributes.role === "field",
  );

function averageOf(l: Learned): Learned {
  const path = companionName(l.path, "average");
  return { ...l, path, start: l.start, span: l.span, role: "state", fixed: true, node: averageLeaf(path, l) };
}

function averageLeaf(path: string, l: Learned): Node {
  const type = { shape: l.node.shape, dtype: l.node.dtype };
  return make("parameter", [], { name: path, type, role: "state", batched: false });
}

/** Loss and metrics of held-out batches. */
export function evaluationOf(body: TrainBody): TrainStep {
  const loss = total(body.allSteps().flatMap((p) => p.goals.map((g) => g.objective)));
  const results: Result[] = loss ? [{ name: "loss", node: loss }] : [];
  for (const m of body.metrics) results.push({ name: m.name, node: m.node });
  const logged = results.map((r) => r.name);
  return { name: "evaluate", results: [...results, ...runningResults(body)], logged };
}

/** What a batch makes of the running means of metrics. */
const runningResults = ({ running }: TrainBody): Result[] =>
  running.states.map(({ path, node }) => ({ name: `running ${path}`, node, into: path }));

const total = (nodes: readonly Node[]): Node | undefined =>
  nodes.length === 0 ? undefined : nodes.reduce((a, b) => add(a, b));

/** Every node that a graph needs, the bodies of its scans included. */
export function withBodies(results: readonly Node[]): Node[] {
  return topological(results).flatMap((n) => {
    const body = n.attributes.body as { results: readonly Node[] } | undefined;
    return body ? [...withBodies(body.results), n] : [n];
  });
}
