// Optimizers of a training: its `optimizer` lines, of which one may be for some parts of the models. In: a parameter and
// its gradient. Out: its new value and those of the optimizer's states.

import type { Expression, OptimizerDefinition, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { callsGrad, takesNumbersOnly } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { lookUp } from "../../arithmetic/lookup.ts";
import { mul } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { refuseTrained } from "../advice/misplaced.ts";
import { unusualRate } from "../advice/rates.ts";
import { bindArguments, type Callee, resolveArguments } from "../evaluate/arguments.ts";
import type { Frame } from "../frame/frame.ts";
import { isPartOf } from "../frame/renamed.ts";
import { suggestion } from "../names/didyoumean.ts";
import type { Program } from "../program/program.ts";
import type { Learned } from "../values/instance.ts";
import { Instance } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import type { Resolved, TensorValue } from "../values/values.ts";
import { asNode, Scope, tensorValue } from "../values/values.ts";
import type { TrainBody } from "./body.ts";
import {
  chosenOptimizer,
  isFirst,
  isOptimizer,
  type OptimizerValue,
  readLine,
  withGiven,
} from "./lines/givenoptimizer.ts";
import type { Moved, PendingStep, TrainOptions, TrainTime } from "./lines/types.ts";
import { definedAs, singleNumber } from "./schedules.ts";

/** The line of an optimizer, with the parts that it is for where it is not for all that is left. */
export interface OptimizerRule {
  readonly line: Expression | undefined;
  readonly paths?: readonly string[];
}

/** How often the optimizer has moved with this step, the schedule's factor now, and which step it is. */
export interface MoveTime {
  readonly t: Node;
  readonly factor: Node | undefined;
  readonly index: number;
}

export class OptimizerLines {
  readonly states: Learned[] = [];
  /** The learning rate of each step that has one, or of its parts, the schedule included. */
  readonly rates = new Map<string, Node>();
  private readonly program: Program;
  private readonly definition: TrainDefinition;
  private readonly options: TrainOptions;
  private readonly time: TrainTime;
  private readonly body: TrainBody;

  constructor(program: Program, definition: TrainDefinition, options: TrainOptions, time: TrainTime, body: TrainBody) {
    this.time = time;
    this.program = program;
    this.definition = definition;
    this.options = options;
    this.body = body;
  }

  /** Checks every line where no steps are made because something else is wrong. */
  check(attempt: (span: Span, look: () => void) => void): void {
    const { optimizers, pending, frame } = this.body;
    const lines = [optimizers, ...pending.map((p) => p.optimizers)].flatMap(({ rest, parts }) => [
      ...(rest ? [rest] : []),
      ...parts.map((p) => p.line),
    ]);
    for (const line of lines)
      attempt(line.span, () => {
        const { callee, given } = this.call({ line }, line.span);
        bindArguments(this.program.elaborator, callee, given, line.span, frame.context);
      });
  }

  /** An optimizer that asks for gradients elsewhere gets those of one batch, as they are. */
  refuseMoved(p: PendingStep, trained: readonly Learned[], setting: string): void {
    for (const l of trained) {
      const rule = this.ruleFor(p, l);
      const span = rule.line?.span ?? this.definition.span;
      const { definition } = this.call(rule, span);
      if (callsGrad(definition.body)) throw movedGradients(definition.name.text, setting, span);
    }
  }

  /** New values of a parameter and of the states that its optimizer keeps for it. */
  move(p: PendingStep, l: Learned, gradient: Node, { t, factor, index }: MoveTime): [Moved, ...Moved[]] {
    const e = this.program.elaborator;
    const rule = this.ruleFor(p, l);
    const { definition, given, callee } = this.call(rule, l.span);
    const span = rule.line?.span ?? this.definition.span;
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
      const now = factor ? mul(written, factor) : written;
      this.rates.set(rule.paths ? rule.paths.join(" and ") : p.name, now);
      if (factor) scope.set("lr", tensorValue(now));
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
    this.states.push(...instance.everything());
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

  /** Warns of lines for parts in which nothing moves that no narrower line is for. */
  warnOfUnused(moved: readonly (readonly [PendingStep, readonly Learned[]])[]): void {
    const used = new Set(moved.flatMap(([p, trained]) => trained.map((l) => this.ruleFor(p, l).line)));
    const lines = [this.body.optimizers, ...this.body.pending.map((p) => p.optimizers)].flatMap(({ parts }) => parts);
    for (const { line, span } of lines)
      if (!used.has(line))
        this.program.elaborator.warn(
          {
            code: "train/unused-optimizer",
            message: "nothing that this training moves lies in the parts that this optimizer is for",
            hint: "they are frozen, or no loss calls them, or narrower lines take all of them: leave the line out",
          },
          span,
        );
  }

  /** The line that moves a parameter: the one for the narrowest part that it lies in, or the one for the rest; a step's own come first. */
  private ruleFor({ optimizers }: PendingStep, learned: Learned): OptimizerRule {
    for (const { parts, rest } of [optimizers, this.body.optimizers]) {
      const fitting = parts.flatMap((rule) =>
        rule.paths.filter((p) => isPartOf([p], learned)).map((p) => ({ rule, depth: p.length })),
      );
      const [narrowest] = fitting.toSorted((a, b) => b.depth - a.depth);
      if (narrowest) return narrowest.rule;
      if (rest) return { line: rest };
    }
    return { line: undefined };
  }

  /** `sgd lr=0.1 nesterov`; without a line, sgd with a rate of 0.01. The command line changes the one for all that is left. */
  private call(
    { line, paths }: OptimizerRule,
    span: Span,
  ): { definition: OptimizerDefinition; given: Resolved; callee: Callee } {
    const e = this.program.elaborator;
    const overrides = paths ? NO_OVERRIDES : this.options.overrides;
    const written = readLine(line);
    const chosen = chosenOptimizer(overrides, written, this.program.scope);
    const { name, target } = chosen ?? this.named(written.head, span);
    const args = chosen?.arguments ?? written.arguments;
    const { definition, scope } = target;
    const { parameters, tags } = definition;
    const callee = { name, parameters, scope, tags };
    const resolved = resolveArguments(e, target, args, undefined, this.body.frame);
    if (takesNumbersOnly(definition.parameters)) refuseTrained(name, resolved, line?.span ?? span);
    const rate = resolved.named.get("lr") ?? (isFirst("lr", definition) ? resolved.positional[0] : undefined);
    e.warn(unusualRate(name, definition.tags, rate, this.time.epochs), line?.span ?? span);
    const needsRate = chosen && definition.parameters.some((p) => p.name.text === "lr" && !p.default) && !rate;
    const usual = needsRate || (!line && !chosen) ? { lr: 0.01 } : {};
    return { definition, given: withGiven(resolved, definition, usual, overrides), callee };
  }

  private named(head: Expression | undefined, span: Span): { name: string; target: OptimizerValue } {
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
    const known = definedAs("optimizer", this.program);
    throw mistake("names/unknown", head?.span ?? span, `there is no optimizer called '${name}'`, {
      hint: `there are ${known.join(", ")}`,
      ...(head ? suggestion(name, head.span, known) : {}),
    });
  }
}

const NO_OVERRIDES: ReadonlyMap<string, string> = new Map();

const movedGradients = (optimizer: string, setting: string, span: Span): Error =>
  mistake(
    "train/bad-setting",
    span,
    `\`${optimizer}\` asks for gradients at other weights, and \`${setting}\` has them at the weights as they are`,
    { hint: "take an optimizer that reads one gradient, such as `sgd lr=0.1 momentum=0.9 nesterov`" },
  );
