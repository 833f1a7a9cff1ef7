// A training: its steps (what each minimises, for whom, by which optimizer), its metrics and settings, as graphs of one
// example whose gradients are still placeholders.

import type { Expression, OptimizerDefinition, Statement, TrainDefinition } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import { BATCH } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import { topological } from "../graph/node.ts";
import { add, constant, div, extentOf, make, mul, neg, sum } from "../ops/build.ts";
import { bindArguments, resolveArguments } from "./arguments.ts";
import type { Frame } from "./frame.ts";
import type { Learned } from "./instance.ts";
import { Instance } from "./instance.ts";
import { didYouMean } from "./names.ts";
import type { Program } from "./program.ts";
import type { DefinitionValue, TensorValue, Value } from "./values.ts";
import { asNode, asSize, describe, mistake, numberValue, Scope, tensorValue } from "./values.ts";

export interface Field {
  readonly name: string;
  readonly shape: readonly number[];
  readonly classes?: number;
}

/** A named result: into a parameter or state if it replaces one. */
export interface Result {
  readonly name: string;
  readonly node: Node;
  readonly into?: string;
}

export interface TrainStep {
  readonly name: string;
  readonly results: readonly Result[];
  /** Scalars to report, among the results. */
  readonly logged: readonly string[];
  /** Of the first of them in the sum of what is minimised: -1 where the step only maximises. */
  readonly sign?: 1 | -1;
}

export interface Training {
  readonly name: string;
  readonly steps: readonly TrainStep[];
  /** Loss and metrics of held-out batches. */
  readonly evaluate: TrainStep;
  /** Parameters and states with their starts, optimizer states included. */
  readonly learned: readonly Learned[];
  readonly batch: number;
  readonly epochs: number;
  readonly metrics: readonly string[];
  /** Epochs without a better held-out loss before stopping; absent: never. */
  readonly patience: number | undefined;
}

export interface TrainOptions {
  readonly fields: readonly Field[];
  readonly examples: number;
  readonly overrides: ReadonlyMap<string, string>;
  readonly epochs?: number;
}

/** Batch size before anything else is known: the `batch` line or its override. */
export function batchOf(
  definition: TrainDefinition,
  options: Pick<TrainOptions, "overrides" | "examples">,
  program: Program,
): number {
  const chosen = options.overrides.get("batch");
  if (chosen !== undefined) return chosen === "all" ? options.examples : Number(chosen);
  const line = findSetting(definition.body, "batch");
  if (!line) return 32;
  if (line.kind === "name" && line.name === "all") return options.examples;
  return asSize(program.elaborator.value(line, program.frame(true)), line.span, "the batch");
}

function findSetting(body: readonly Statement[], head: string): Expression | undefined {
  for (const s of body) {
    if (s.kind !== "line") continue;
    const { value } = s;
    if (
      value.kind === "flow" &&
      value.head.kind === "name" &&
      value.head.name === head &&
      value.arguments[0]?.kind === "positional"
    )
      return value.arguments[0].value;
  }
  return undefined;
}

/** Undefined when something is wrong with it, and then the program's diagnostics say what. */
export function elaborateTraining(
  program: Program,
  definition: TrainDefinition,
  options: TrainOptions,
): Training | undefined {
  try {
    return elaborate(program, definition, options);
  } catch (error) {
    program.elaborator.report(error, definition.name.span);
    return undefined;
  }
}

function elaborate(program: Program, definition: TrainDefinition, options: TrainOptions): Training | undefined {
  const batch = Math.min(batchOf(definition, options, program), Math.max(1, options.examples));
  const chosen = options.epochs ?? options.overrides.get("epochs");
  const line = findSetting(definition.body, "epochs");
  const epochs =
    chosen === undefined
      ? line
        ? asSize(program.elaborator.value(line, program.frame(true)), line.span, "epochs")
        : 10
      : Number(chosen);
  const perEpoch = Math.max(1, Math.ceil(options.examples / batch));
  const training = new TrainBody(program, definition, options, epochs, perEpoch, true);
  training.run();
  const evaluation = new TrainBody(program, definition, options, epochs, perEpoch, false);
  evaluation.run();
  if (program.diagnostics.some((d) => d.severity === "error")) return undefined;
  const steps = training.finish();
  if (steps.length === 0) {
    program.elaborator.report(
      mistake(
        "train/nothing-to-do",
        definition.name.span,
        `the training '${definition.name.text}' has no loss and no step`,
        { hint: "add a line `loss ...`" },
      ),
      definition.span,
    );
    return undefined;
  }
  const models = [...program.models.values()].flatMap((m) => m.instance!.everything());
  return {
    name: definition.name.text,
    steps,
    evaluate: evaluation.evaluation(),
    learned: [...models, ...program.root.everything(), ...training.optimizerStates],
    batch,
    epochs,
    metrics: evaluation.metrics.map((m) => m.name),
    patience: training.patience,
  };
}

interface Goal {
  readonly name: string;
  /** To be made small. */
  readonly objective: Node;
  /** As written, for the log. */
  readonly shown: Node;
  readonly span: Span;
}

interface PendingStep {
  readonly name: string;
  readonly goals: readonly Goal[];
  readonly models: readonly string[] | undefined;
  readonly optimizer: Expression | undefined;
  readonly states: ReadonlyMap<string, Node>;
}

class TrainBody {
  readonly metrics: { name: string; node: Node }[] = [];
  readonly optimizerStates: Learned[] = [];
  patience: number | undefined;
  private readonly goals: Goal[] = [];
  private readonly pending: PendingStep[] = [];
  private optimizer: Expression | undefined;
  private schedule: Expression | undefined;
  private clip: Node | undefined;
  private readonly frame: Frame;
  private readonly program: Program;
  private readonly definition: TrainDefinition;
  private readonly options: TrainOptions;
  private readonly epochs: number;
  private readonly perEpoch: number;

  constructor(
    program: Program,
    definition: TrainDefinition,
    options: TrainOptions,
    epochs: number,
    perEpoch: number,
    training: boolean,
  ) {
    this.program = program;
    this.definition = definition;
    this.options = options;
    this.epochs = epochs;
    this.perEpoch = perEpoch;
    const base = program.frame(training);
    const scope = new Scope(program.scope);
    for (const f of options.fields) scope.set(f.name, fieldValue(f));
    const steps = make("parameter", [], {
      name: `${definition.name.text}~t`,
      type: { shape: [], dtype: "f32" },
      role: "state",
      batched: false,
    });
    scope.set("progress", tensorValue(div(steps, constant(epochs * perEpoch))));
    this.frame = { ...base, scope };
    this.settings();
  }

  private settings(): void {
    for (const p of this.definition.parameters) {
      const chosen = this.options.overrides.get(p.name.text);
      if (chosen !== undefined)
        this.frame.scope.set(
          p.name.text,
          Number.isNaN(Number(chosen)) ? { kind: "string", value: chosen } : numberValue(Number(chosen)),
        );
      else if (p.default) this.frame.scope.set(p.name.text, this.program.elaborator.value(p.default, this.frame));
    }
  }

  run(): void {
    this.statements(this.definition.body, this.frame);
  }

  private statements(body: readonly Statement[], f: Frame): void {
    for (const s of body) {
      try {
        this.statement(s, f);
      } catch (error) {
        this.program.elaborator.report(error, s.span);
      }
    }
  }

  private statement(s: Statement, f: Frame): void {
    const e = this.program.elaborator;
    switch (s.kind) {
      case "line":
        return this.line(s.value, f);
      case "setting":
        if (s.head === "optimizer") this.optimizer = s.value;
        else this.schedule = s.value;
        return;
      case "step":
        return this.step(s.models, s.body, f);
      case "repeat": {
        const count = asSize(e.value(s.count, f), s.count.span, "a count");
        for (let i = 0; i < count; i++) this.statements(s.body, { ...f, key: `${f.key}${s.span.start}#${i}/` });
        return;
      }
      case "update":
        throw mistake("language/not-yet", s.span, "`update` rules are not built yet");
      default:
        e.body([s], f);
    }
  }

  private line(value: Expression, f: Frame): void {
    const head =
      value.kind === "flow" && value.head.kind === "name"
        ? value.head.name
        : value.kind === "name"
          ? value.name
          : undefined;
    const argument = value.kind === "flow" ? value.arguments[0] : undefined;
    const operand = argument && argument.kind !== "option" ? argument.value : undefined;
    switch (head) {
      case "loss":
      case "minimize":
      case "maximize":
        if (!operand) throw mistake("calls/missing-argument", value.span, `'${head}' needs a value`);
        this.goals.push(this.goal(head, operand, f));
        return;
      case "metric":
        if (!operand) throw mistake("calls/missing-argument", value.span, "'metric' needs a value");
        this.metrics.push({
          name: argument?.kind === "named" ? argument.name.text : metricName(operand),
          node: this.batchMean(operand, f),
        });
        return;
      case "clip":
        if (operand) this.clip = asNode(this.program.elaborator.value(operand, f), operand.span);
        return;
      case "patience":
        if (operand) this.patience = asSize(this.program.elaborator.value(operand, f), operand.span, "patience");
        return;
      case "batch":
      case "epochs":
        return;
      case "show":
      case "keep":
      case "carry":
      case "freeze":
        throw mistake("language/not-yet", value.span, `'${head}' lines are not built yet`);
    }
    this.program.elaborator.body([{ kind: "line", value, labels: [], span: value.span }], f);
  }

  private goal(head: string, operand: Expression, f: Frame): Goal {
    const shown = this.batchMean(operand, f);
    return { name: head, objective: head === "maximize" ? neg(shown) : shown, shown, span: operand.span };
  }

  /** Mean over an example's axes, then over the batch. */
  private batchMean(e: Expression, f: Frame): Node {
    const value = this.program.elaborator.value(e, f);
    if (value.kind === "unknown") return constant(0);
    const node = asNode(value, e.span);
    const axes = node.shape.map((_, i) => i - node.shape.length);
    const count = node.shape.reduce<Node>((c, d) => mul(c, extentOf(d)), constant(1));
    const mean = div(sum(node, axes), count);
    return div(make("over_batch", [mean], { combine: "sum" }), extentOf(BATCH));
  }

  private step(models: readonly Expression[], body: readonly Statement[], f: Frame): void {
    const names = models.map((m) => {
      const value = this.program.elaborator.value(m, f);
      const instance = value.kind === "definition" || value.kind === "layer" ? value.instance : undefined;
      if (!instance) throw mistake("train/not-a-model", m.span, `a step trains models, and this is ${describe(value)}`);
      return instance.path;
    });
    const outer = { optimizer: this.optimizer, goals: this.goals.splice(0) };
    const inner: Frame = {
      ...f,
      scope: new Scope(f.scope),
      context: { ...f.context, stateUpdates: new Map(), memo: new Map() },
    };
    this.statements(body, inner);
    const own = this.optimizer === outer.optimizer ? undefined : this.optimizer;
    this.optimizer = outer.optimizer;
    const moved = new Map(
      [...inner.context.stateUpdates].filter(([path]) => names.some((n) => path.startsWith(`${n}.`))),
    );
    this.pending.push({
      name: names.join(" and "),
      goals: this.goals.splice(0),
      models: names,
      optimizer: own,
      states: moved,
    });
    this.goals.push(...outer.goals);
  }

  // -------------------------------------------------------------- steps to graphs

  finish(): TrainStep[] {
    const all = [...this.pending];
    if (this.goals.length > 0)
      all.push({
        name: this.definition.name.text,
        goals: this.goals,
        models: undefined,
        optimizer: undefined,
        states: this.frame.context.stateUpdates,
      });
    return all.filter((p) => p.goals.length > 0).map((p, i) => this.finishStep(p, i, i === all.length - 1));
  }

  private finishStep(p: PendingStep, index: number, last: boolean): TrainStep {
    const loss = p.goals.map((g) => g.objective).reduce((a, b) => add(a, b));
    const trained = this.trainedBy(p, loss);
    if (trained.length === 0)
      throw mistake("train/nothing-trained", p.goals[0]!.span, "no learned parameter takes part in this loss");
    const t = make("parameter", [], {
      name: `${this.definition.name.text}~t`,
      type: { shape: [], dtype: "f32" },
      role: "state",
      batched: false,
    });
    const results: Result[] = [{ name: `loss${index}`, node: p.goals.map((g) => g.shown).reduce((a, b) => add(a, b)) }];
    const gradients = this.clipped(trained.map((l) => make("gradient", [loss, l.node])));
    const multiplier = this.scheduleNow(t);
    // A step whose loss is not finite changes nothing: the last good parameters stay.
    const finite = make("finite", [loss]);
    trained.forEach((l, i) => {
      const moved = this.optimised(p, l, gradients[i]!, add(t, constant(1)), multiplier, index);
      results.push(...moved.map(({ old, ...r }) => ({ ...r, node: make("select", [finite, r.node, old]) })));
    });
    for (const [path, node] of p.states) results.push({ name: `state ${path}`, node, into: path });
    if (last) {
      results.push({ name: "t", node: add(t, constant(1)), into: `${this.definition.name.text}~t` });
      this.optimizerStates.push({
        path: `${this.definition.name.text}~t`,
        node: t,
        role: "state",
        fixed: true,
        start: constant(0),
        span: this.definition.span,
      });
    }
    const metrics = p.models === undefined ? this.metrics : [];
    for (const m of metrics) results.push({ name: m.name, node: m.node });
    const sign = p.goals.every((g) => g.name === "maximize") ? -1 : 1;
    return { name: p.name, results, logged: [`loss${index}`, ...metrics.map((m) => m.name)], sign };
  }

  private trainedBy(p: PendingStep, loss: Node): Learned[] {
    const used = new Set(withBodies([loss]));
    const models = [...this.program.models.values()].flatMap((m) => m.instance!.everything());
    const everything = [...models, ...this.program.root.everything()].filter(
      (l) => l.role === "parameter" && !l.fixed && used.has(l.node),
    );
    const { models: names } = p;
    return names === undefined ? everything : everything.filter((l) => names.some((n) => l.path.startsWith(`${n}.`)));
  }

  /** All gradients scaled so that their joint 2-norm is at most the limit (Pascanu et al., 2013). */
  private clipped(gradients: Node[]): Node[] {
    if (!this.clip) return gradients;
    const squares = gradients.map((g) =>
      sum(
        mul(g, g),
        g.shape.map((_, i) => i - g.shape.length),
      ),
    );
    const norm = make("sqrt", [squares.reduce((a, b) => add(a, b))]);
    const scale = make("min", [constant(1), div(this.clip, add(norm, constant(1e-6)))]);
    return gradients.map((g) => mul(g, scale));
  }

  private scheduleNow(t: Node): Node | undefined {
    if (!this.schedule) return undefined;
    const e = this.program.elaborator;
    const scope = new Scope(this.frame.scope);
    scope.set("schedule t", tensorValue(div(t, constant(this.perEpoch))));
    scope.set("schedule total", numberValue(this.epochs));
    const f: Frame = { ...this.frame, scope };
    let value = e.value(this.schedule, f);
    if (value.kind === "partial" || value.kind === "definition")
      value = e.apply(value, [], new Map(), this.schedule.span, f, "schedule");
    return asNode(value, this.schedule.span);
  }

  private optimised(
    p: PendingStep,
    l: Learned,
    gradient: Node,
    t: Node,
    multiplier: Node | undefined,
    index: number,
  ): (Result & { readonly old: Node })[] {
    const e = this.program.elaborator;
    const { definition, named } = this.optimizerCall(p.optimizer ?? this.optimizer, l.span);
    const line = p.optimizer ?? this.optimizer;
    const bound = bindArguments(
      e,
      definition.name.text,
      definition.parameters,
      [],
      named,
      line?.span ?? this.definition.span,
    );
    const scope = new Scope(this.frame.scope);
    for (const [name, value] of bound) scope.set(name, value);
    const rate = bound.get("lr");
    if (multiplier && rate) scope.set("lr", tensorValue(mul(asNode(rate, this.definition.span), multiplier)));
    scope.set("t", tensorValue(t));
    scope.set("grad", tensorValue(gradient));
    scope.set("param", tensorValue(l.node));
    const instance = new Instance(`${l.path}~${definition.name.text}${index || ""}`, "optimizer");
    const context = { ...this.frame.context, stateUpdates: new Map<string, Node>(), step: undefined };
    const f: Frame = { ...this.frame, scope, instance, context, key: "" };
    // A state of an optimizer has the shape of its parameter.
    scope.set("state shape", { kind: "list", items: l.node.shape.map(numberValue) });
    e.body(definition.body, f);
    this.optimizerStates.push(...instance.everything());
    const own = new Map(instance.everything().map((o) => [o.path, o.node]));
    const moved = scope.get("param") as TensorValue;
    return [
      { name: `new ${l.path}`, node: moved.node, into: l.path, old: l.node },
      ...[...context.stateUpdates].map(([path, node]) => ({
        name: `new ${path}`,
        node,
        into: path,
        old: own.get(path)!,
      })),
    ];
  }

  /** `sgd lr=0.1 nesterov`; without a line, sgd with a rate of 0.01. */
  private optimizerCall(
    line: Expression | undefined,
    span: Span,
  ): { definition: OptimizerDefinition; named: ReadonlyMap<string, Value> } {
    const e = this.program.elaborator;
    const head = !line ? undefined : line.kind === "flow" ? line.head : line.kind === "call" ? line.callee : line;
    const name = head?.kind === "name" ? head.name : "sgd";
    const target = this.frame.scope.get(name);
    if (target?.kind !== "definition" || target.definition.kind !== "optimizer") {
      const known = this.program.scope.all().filter((n) => {
        const v = this.program.scope.get(n);
        return v?.kind === "definition" && v.definition.kind === "optimizer";
      });
      const close = didYouMean(name, known);
      throw mistake("names/unknown", head?.span ?? span, `there is no optimizer called '${name}'`, {
        hint: close ? `did you mean \`${close}\`?` : `there are ${known.join(", ")}`,
      });
    }
    const { definition } = target as DefinitionValue & { definition: OptimizerDefinition };
    const args = line?.kind === "flow" || line?.kind === "call" ? line.arguments : [];
    const resolved = resolveArguments(e, target, args, undefined, this.frame);
    const named = new Map(resolved.named);
    resolved.positional.forEach((v, i) => {
      const p = definition.parameters.filter((q) => !resolved.named.has(q.name.text))[i];
      if (p) named.set(p.name.text, v);
    });
    if (!line) named.set("lr", numberValue(0.01));
    for (const [key, value] of this.options.overrides) {
      if (key.startsWith("optimizer.")) named.set(key.slice("optimizer.".length), numberValue(Number(value)));
    }
    return { definition, named };
  }

  evaluation(): TrainStep {
    const goals = [...this.pending.flatMap((p) => p.goals), ...this.goals];
    const sums = goals.map((g) => g.objective);
    const results: Result[] = sums.length > 0 ? [{ name: "loss", node: sums.reduce((a, b) => add(a, b)) }] : [];
    for (const m of this.metrics) results.push({ name: m.name, node: m.node });
    return { name: "evaluate", results, logged: results.map((r) => r.name) };
  }
}

function fieldValue(f: Field): TensorValue {
  const dtype = f.classes === undefined ? "f32" : "i32";
  const node = make("parameter", [], { name: f.name, type: { shape: f.shape, dtype }, role: "field", batched: true });
  return f.classes === undefined ? tensorValue(node) : tensorValue(node, f.classes);
}

const metricName = (e: Expression): string =>
  e.kind === "call" && e.callee.kind === "name" ? e.callee.name : "metric";

/** Every node that a graph needs, the bodies of its scans included. */
export function withBodies(results: readonly Node[]): Node[] {
  return topological(results).flatMap((n) => {
    const body = n.attributes.body as { results: readonly Node[] } | undefined;
    return body ? [...withBodies(body.results), n] : [n];
  });
}
