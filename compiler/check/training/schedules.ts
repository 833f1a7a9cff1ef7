// The schedule of a training: its factor of the learning rate at a time, and the epochs whose weights are kept because of it.

import type { Expression, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { constant, mul } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { canInterpret, interpret } from "../../graph/reference.ts";
import { scalarOf, tensor } from "../../graph/tensor.ts";
import { isBatched } from "../../passes/batch.ts";
import { builtins } from "../builtins/all.ts";
import { valuesOnly } from "../evaluate/arguments.ts";
import { stateLeaf } from "../frame/accumulate.ts";
import { BUDGET, Budget, Work } from "../frame/budget.ts";
import type { Frame } from "../frame/frame.ts";
import { suggestion } from "../names/didyoumean.ts";
import type { Program } from "../program/program.ts";
import type { Learned } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import type { Value } from "../values/values.ts";
import { asNode, describe, Scope, tensorValue } from "../values/values.ts";
import type { TrainBody } from "./body.ts";
import type { TrainTime } from "./lines/types.ts";

export class Schedule {
  private readonly program: Program;
  private readonly definition: TrainDefinition;
  private readonly time: TrainTime;
  private readonly body: TrainBody;

  constructor(program: Program, definition: TrainDefinition, time: TrainTime, body: TrainBody) {
    this.program = program;
    this.definition = definition;
    this.time = time;
    this.body = body;
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
    const factor = this.factors([...all.map((epoch) => epoch - 1 / perEpoch), ...all]);
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
  private factors(times: readonly number[]): number[] {
    const found = this.known(times, 2 * BUDGET);
    if (found) return found;
    const span = this.body.keep?.span ?? this.definition.span;
    const message = "when this schedule restarts is not known before the training: it depends on more than the time";
    throw mistake("train/no-restarts", span, message, { hint: "write `keep every 5`" });
  }

  /** These factors; nothing where they depend on more than the time. The schedule is evaluated once, for a time that is left open. */
  private known(times: readonly number[], most = BUDGET): number[] | undefined {
    const t = stateLeaf(`${this.definition.name.text}~time`, []);
    const factor = this.scheduled(t, new Budget(new Work(), most)) ?? constant(1);
    if (!canInterpret([factor], new Set([t]))) return undefined;
    return times.map((time) => {
      const steps = tensor([], [time * this.time.perEpoch]);
      return scalarOf(itemAt(interpret([factor], new Map([[t, steps]])), 0));
    });
  }

  /** Warns of a schedule that leaves the rate as it is as long as the training lasts, or near 0. */
  warnOfIdle(): void {
    const { schedule } = this.body;
    if (!schedule) return;
    const { epochs, perEpoch } = this.time;
    // A check counts a step for each epoch where the rows are not known, so a schedule in steps can be judged in a training only.
    if (perEpoch === 1 && /\bsteps\b/.test(this.program.elaborator.textOf(schedule.span))) return;
    const times = Array.from({ length: LOOKED }, (_, i) => (i * epochs) / (LOOKED - 1));
    const factors = this.known(times);
    if (!factors) return;
    const most = Math.max(...factors);
    const passes = epochs === 1 ? "one epoch" : `${epochs} epochs`;
    const isIdle = factors.every((f) => f === factors[0]);
    // One that has risen and falls again may be in other units, with a rate to match.
    const isRising = factors.at(-1) === most && most < FEW;
    if (!isIdle && !isRising) return;
    const percent = Number((100 * most).toPrecision(2));
    const does = isIdle
      ? "leaves the rate as it is"
      : `never lets the rate above ${percent} percent of what it is given`;
    this.program.elaborator.warn(
      {
        code: "train/idle-schedule",
        message: `this schedule ${does} in the training's ${passes}`,
        hint: "its times are epochs: write smaller ones, or count them in steps, as in `warmup(500, per=steps)`",
      },
      schedule.span,
    );
  }

  /** The state that a plateau of the held-out figure lowers, where the training looks for one. */
  get plateau(): Learned | undefined {
    if (this.body.sessionNumbers().plateau === undefined) return undefined;
    const { name, span } = this.definition;
    const path = `${name.text}~plateau`;
    return { path, node: stateLeaf(path, []), role: "state", fixed: true, start: constant(1), span };
  }

  /** The factor of the learning rate after t steps; nothing where it is always 1. */
  factor(t: Node): Node | undefined {
    const [scheduled, plateau] = [this.scheduled(t), this.plateau?.node];
    return scheduled && plateau ? mul(scheduled, plateau) : (scheduled ?? plateau);
  }

  /** That of the schedule alone; nothing without one. */
  scheduled(t: Node, budget = this.body.frame.context.budget): Node | undefined {
    const { schedule } = this.body;
    if (!schedule) return undefined;
    const e = this.program.elaborator;
    const { epochs, perEpoch } = this.time;
    const time = { steps: t, epochs, perEpoch };
    const scope = new Scope(this.body.frame.scope);
    for (const unit of ["epochs", "steps"]) if (!scope.get(unit)) scope.set(unit, { kind: "string", value: unit });
    const f: Frame = { ...this.body.frame, scope, schedule: time, context: { ...this.body.frame.context, budget } };
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
    const known = definedAs("schedule", this.program);
    throw mistake("names/unknown", head.span, `there is no schedule called '${head.name}'`, {
      hint: `there are ${known.join(", ")}`,
      ...suggestion(head.name, head.span, known),
    });
  }
}

/** Names of the program and the library that stand for optimizers, or for schedules. */
export const definedAs = (kind: "optimizer" | "schedule", { scope }: Program): readonly string[] =>
  scope.all().filter((name) => scope.headOf(name) === kind);

/** A number, or a tensor without axes. */
export function singleNumber(value: Value, span: Span, says: string): Node {
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

/** Times at which a schedule is looked at for a warning, and what it must reach of the rate at one of them. */
const LOOKED = 33;
const FEW = 0.2;

/** Copies of weights that a training keeps at most, and epochs in which restarts are looked for. */
const MOST_KEPT = 10_000;

const keptTooOften = (every: number | "restart", count: number): string =>
  every === "restart"
    ? `restarts are looked for in at most ${MOST_KEPT.toLocaleString("en")} epochs, and there are ${count.toLocaleString("en")}`
    : `this keeps ${count.toLocaleString("en")} copies of the weights, and ${MOST_KEPT.toLocaleString("en")} are the most`;
