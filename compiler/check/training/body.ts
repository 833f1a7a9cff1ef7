// The lines of a training: losses, metrics, steps, updates and settings, collected before anything is differentiated.

import type {
  Expression,
  FlowExpression,
  SettingStatement,
  Statement,
  TrainDefinition,
} from "../../../grammar/syntax/ast.ts";
import { asName, differentiatedBy } from "../../../grammar/syntax/queries.ts";
import { positionKey, type Span } from "../../../grammar/syntax/span.ts";
import { companionOf } from "../../../runtime/plan.ts";
import type { Precision } from "../../arithmetic/dtype.ts";
import { itemAt } from "../../arithmetic/lists.ts";
import { constant, div, make, neg } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import { builtins } from "../builtins/all.ts";
import type { LoopStatement } from "../evaluate/loops.ts";
import { FAILING_TURNS } from "../evaluate/statements.ts";
import { settingStart } from "../evaluate/unquoted.ts";
import { CallMemo } from "../frame/callmemo.ts";
import type { Frame } from "../frame/frame.ts";
import { withMeans } from "../frame/means.ts";
import { type NumberSetting, numberOfSetting, numberSettings, takesNumber } from "../names/settings.ts";
import { settingValue } from "../program/givensettings.ts";
import type { Program } from "../program/program.ts";
import type { Instance } from "../values/instance.ts";
import { mistake } from "../values/mistakes.ts";
import { asNode, Scope, tensorValue } from "../values/values.ts";
import type { RunningState } from "./epochmetrics.ts";
import { overEpoch } from "./epochmetrics.ts";
import { fieldScope } from "./fields.ts";
import { batchMean, isReserved, metricName, metricTwice, ownMean, refuseNamed, warnOfSummed } from "./figures.ts";
import { criterionIn, type NamedCriterion } from "./lines/criterion.ts";
import { frozenIn, frozenPath, refuseMissing } from "./lines/frozen.ts";
import { keptBy } from "./lines/keep.ts";
import type { Show } from "./lines/outputs.ts";
import { resolveShow } from "./lines/outputs.ts";
import { trainablePart } from "./lines/parts.ts";
import { givenPrecision, precisionOf } from "./lines/precision.ts";
import { fixedNumber, givenNumber, stepNumber } from "./lines/settingnumbers.ts";
import { checkCalled, checkWord } from "./lines/settings.ts";
import type { Frozen, Goal, Keep, Optimizers, PendingStep, TrainOptions, TrainTime, Update } from "./lines/types.ts";
import { updatedBy } from "./lines/updates.ts";
import { inUnits, targetsIn } from "./units.ts";

/** The lines of a training, run once for its steps and once for its held-out figures. */
export class TrainBody {
  readonly metrics: { name: string; node: Node; span: Span }[] = [];
  /** Metrics that are made of running means, and the states of those. */
  readonly running: { readonly metrics: string[]; readonly states: RunningState[] } = { metrics: [], states: [] };
  /** Numbers of settings that the steps read, and those that the running training reads, with the lines that gave them. */
  private readonly forSteps = new Map<NumberSetting, Node>();
  readonly forSession = new Map<NumberSetting, { readonly value: number; readonly span: Span }>();
  /** Goals outside any step. */
  readonly goals: Goal[] = [];
  readonly pending: PendingStep[] = [];
  optimizers: Optimizers = NO_OPTIMIZERS;
  schedule: Expression | undefined;
  keep: Keep | undefined;
  /** Figures by which its lines ask for the best epoch. */
  readonly criteria: NamedCriterion[] = [];
  readonly shows: Show[] = [];
  /** Paths of models and layers that are left as they are. */
  readonly frozen: string[] = [];
  /** The same with the places that name them. */
  readonly freezes: Frozen[] = [];
  /** Parts that lines of optimizers name. */
  private readonly parts: Frozen[] = [];
  readonly frame: Frame;
  /** The fields as the body of their declaration left them. */
  readonly prepared: Scope;
  private updates: Update[] = [];
  private writtenPrecision: Precision = "f32";
  private readonly program: Program;
  private readonly definition: TrainDefinition;
  readonly options: TrainOptions;

  constructor(
    program: Program,
    definition: TrainDefinition,
    options: TrainOptions,
    time: TrainTime,
    training: boolean,
  ) {
    this.program = program;
    this.definition = definition;
    this.options = options;
    const base = program.frame(training);
    const context = (training ? options.context : undefined) ?? base.context;
    const data = definition.data && program.data.get(definition.data.text);
    this.prepared = fieldScope(program, data, options.fields, training, time.measures);
    const scope = new Scope(this.prepared);
    const steps = stepCounter(definition);
    scope.set("progress", tensorValue(div(steps, constant(time.epochs * time.perEpoch))));
    const carry = training && carries(definition);
    const differentiated = differentiatedBy(definition.body);
    this.frame = { ...base, scope, differentiated, context: { ...context, carry, frozen: this.frozen } };
    if (data)
      for (const { name } of options.fields) {
        const value = scope.get(name);
        const text = companionOf(name, "length") ?? companionOf(name, "classes") ?? name;
        if (value?.kind === "tensor")
          this.frame.context.applications.name(value.node, { text, span: data.name.span }, true);
      }
    this.settings();
  }

  private settings(): void {
    for (const p of this.definition.parameters) {
      const { text: name, span } = p.name;
      const chosen = this.options.overrides.get(name);
      const own = p.default && settingStart(this.program.elaborator, p.default, this.frame);
      const { scope } = this.frame;
      if (chosen !== undefined) scope.set(name, settingValue(chosen, scope, { name, span, own }));
      else if (own) scope.set(name, own);
    }
  }

  run(): void {
    const e = this.program.elaborator;
    const paths = (line: FlowExpression, f: Frame): readonly string[] => this.frozenBy(line, f).map((n) => n.path);
    const read = { each: e.each.bind(e), decided: e.decided.bind(e), paths };
    this.frozen.push(...frozenIn(this.definition.body, this.frame, read));
    this.statements(this.definition.body, this.frame);
    try {
      refuseMissing([...this.freezes, ...this.parts], this.program);
    } catch (error) {
      e.report(error, this.definition.span);
    }
  }

  private statements(body: readonly Statement[], f: Frame): void {
    for (const s of body) {
      try {
        this.statement(s, f);
      } catch (error) {
        this.program.elaborator.failures++;
        this.program.elaborator.reportIn(error, s, f);
      }
    }
  }

  private statement(s: Statement, f: Frame): void {
    const e = this.program.elaborator;
    switch (s.kind) {
      case "line":
        return this.line(s.value, f);
      case "setting":
        return this.rule(s, f);
      case "step":
        return this.step(s.models, s.body, f);
      case "repeat":
      case "for":
        return this.loop(s, f);
      case "if-statement":
        return this.statements(e.decided(s.condition, f) ? s.then : (s.else ?? []), f);
      case "update":
        this.updates = updatedBy(s, f, { program: this.program, before: this.updates });
        return;
      default:
        e.body([s], f);
    }
  }

  /** The line of an optimizer or a schedule. */
  private rule({ head, value, parts, span }: SettingStatement, f: Frame): void {
    if (head === "schedule") {
      if (parts[0]) throw partsOfSchedule(parts[0].span);
      this.schedule = value;
      return;
    }
    if (parts.length === 0) {
      this.optimizers = { ...this.optimizers, rest: value };
      return;
    }
    const root = (e: Expression): Instance => trainablePart(this.program, e, f, "'for'");
    const paths = parts.map((e) => frozenPath(e, root));
    this.parts.push(...paths.map((path, i) => ({ path, span: itemAt(parts, i).span })));
    this.optimizers = { ...this.optimizers, parts: [...this.optimizers.parts, { line: value, paths, span }] };
  }

  private loop(s: LoopStatement, f: Frame): void {
    const { budget } = f.context;
    budget.inLoop(s.span, () => {
      const e = this.program.elaborator;
      const before = e.failures;
      for (const [i, turn] of e.turns(s, f).entries()) {
        if (e.failures > before + FAILING_TURNS) return;
        budget.spend(1, s.span);
        if (s.kind === "for") f.scope.set(s.name.text, turn);
        this.statements(s.body, { ...f, key: `${f.key}${positionKey(s.span)}#${i}/` });
      }
    });
  }

  private line(value: Expression, f: Frame): void {
    const head =
      value.kind === "flow" && value.head.kind === "name"
        ? value.head.name
        : value.kind === "name"
          ? value.name
          : undefined;
    const argument = value.kind === "flow" ? value.arguments[0] : undefined;
    const operand = argument && (argument.kind === "option" ? asName(argument) : argument.value);
    if (head !== undefined && takesNumber(head)) {
      if (operand && argument.kind !== "named") this.readNumber(head, operand, value, f);
      this.readNamed(head, value, f);
      return;
    }
    switch (head) {
      case "loss":
      case "minimize":
      case "maximize":
        if (!operand) throw mistake("calls/missing-argument", value.span, `'${head}' needs a value`);
        this.goals.push(this.goal(head, operand, f));
        return;
      case "metric":
        if (!operand) throw mistake("calls/missing-argument", value.span, "'metric' needs a value");
        this.metric(argument?.kind === "named" ? argument.name.text : metricName(operand), operand, f);
        return;
      case "freeze":
        if (value.kind === "flow") {
          const named = this.frozenBy(value, f);
          this.frozen.push(...named.map((n) => n.path));
          this.freezes.push(...named);
        }
        return;
      case "carry":
        return;
      case "best":
        this.criterion(head, value);
        return;
      case "precision":
        if (operand) this.writtenPrecision = precisionOf(operand);
        return;
      case "show":
        if (operand) this.shows.push(resolveShow(this.program.elaborator, operand, f));
        return;
      case "keep":
        this.keep = keptBy(this.program, value, f);
        return;
    }
    if (head) checkWord(head, value, (name) => f.scope.get(name) !== undefined || Object.hasOwn(builtins, name));
    checkCalled(
      value,
      (name) =>
        /^(definition|layer|partial|unknown)$/.test(f.scope.get(name)?.kind ?? "") || Object.hasOwn(builtins, name),
    );
    const layer = head === undefined ? undefined : f.scope.get(head);
    if (layer?.kind === "definition" && ["block-definition", "cell"].includes(layer.definition.kind))
      throw mistake("train/out-of-place", value.span, `'${head}' is a layer, and a training has none`, {
        hint: "write it into the model, as a line of `model net(...) { ... }`",
      });
    this.program.elaborator.body([{ kind: "line", value, labels: [], span: value.span }], f);
  }

  private frozenBy(line: FlowExpression, f: Frame): Frozen[] {
    const root = (e: Expression): Instance => trainablePart(this.program, e, f, "'freeze'");
    return line.arguments.flatMap((a) => {
      const e = a.kind === "option" ? asName(a) : a.value;
      return a.kind === "named" ? [] : [{ path: frozenPath(e, root), span: e.span }];
    });
  }

  /** The number of a setting, as the steps see it: the command line's, or its line's, or none. */
  number(name: NumberSetting): Node | undefined {
    const given = this.givenFor(name);
    return given === undefined ? this.forSteps.get(name) : givenNumber(given);
  }

  /** Numbers that the running training reads, by their settings. */
  sessionNumbers(): Readonly<Record<string, number>> {
    const names = numberSettings.filter((name) => numberOfSetting(name).readBy === "session");
    const values = names.map((name) => {
      const given = this.givenFor(name);
      return [name, given === undefined ? this.forSession.get(name)?.value : Number(given)] as const;
    });
    return Object.fromEntries(values.flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])));
  }

  /** The command line's, or its line's, or the usual one. */
  get precision(): Precision {
    return givenPrecision(this.givenFor("precision")) ?? this.writtenPrecision;
  }

  private givenFor(name: NumberSetting | "precision"): string | undefined {
    const isOwn = this.definition.parameters.some((p) => p.name.text === name);
    return isOwn ? undefined : this.options.overrides.get(name);
  }

  /** `clip value=0.5` */
  private readNamed(head: NumberSetting, line: Expression, f: Frame): void {
    for (const a of line.kind === "flow" ? line.arguments : []) {
      const name = a.kind === "named" ? `${head}.${a.name.text}` : head;
      if (a.kind === "named" && takesNumber(name)) this.readNumber(name, a.value, line, f);
    }
  }

  private readNumber(name: NumberSetting, operand: Expression, line: Expression, f: Frame): void {
    const { readBy } = numberOfSetting(name);
    // `batch` and `epochs` were read before the data was.
    if (readBy === "start") return;
    if (name === "patience") this.criterion(name, line);
    const value = this.program.elaborator.value(operand, f);
    if (readBy === "steps") this.forSteps.set(name, stepNumber(name, value, operand));
    else this.forSession.set(name, { value: fixedNumber(name, value, operand.span), span: line.span });
  }

  private criterion(word: "best" | "patience", line: Expression): void {
    const named = criterionIn(word, line);
    if (named) this.criteria.push(named);
  }

  private goal(head: string, operand: Expression, f: Frame): Goal {
    const value = this.program.elaborator.value(operand, f);
    warnOfSummed(this.program.elaborator, operand, f);
    refuseNamed(value, "loss", operand.span);
    const shown = value.kind === "unknown" ? constant(0) : batchMean(asNode(value, operand.span));
    return { name: head, objective: head === "maximize" ? neg(shown) : shown, shown, span: operand.span };
  }

  /** A figure of the epoch where it is made of means, else the mean of its values. */
  private metric(name: string, e: Expression, f: Frame): void {
    const before = this.metrics.find((m) => m.name === name);
    if (before || isReserved(name)) throw metricTwice(name, e.span, before?.span.start === e.span.start);
    const value = this.program.elaborator.value(e, { ...f, context: { ...f.context, metric: true } });
    refuseNamed(value, "metric", e.span);
    warnOfSummed(this.program.elaborator, e, f);
    const made = value.kind === "unknown" ? constant(0) : asNode(value, e.span);
    const path = `${this.definition.name.text}~${name}${f.context.training ? "" : "~heldout"}`;
    const { means } = f.context;
    const node = inUnits(made, means, targetsIn(this.options.fields, this.prepared));
    const running = overEpoch(node, means, path);
    const figure = running ? ownMean(running.figure) : batchMean(withMeans(node, means));
    this.metrics.push({ name, node: figure, span: e.span });
    if (!running) return;
    this.running.metrics.push(name);
    this.running.states.push(...running.states);
  }

  private step(models: readonly Expression[], body: readonly Statement[], f: Frame): void {
    const names = models.map((m) => trainablePart(this.program, m, f, "'step'").path);
    const outer = { optimizers: this.optimizers, goals: this.goals.splice(0), updates: this.updates };
    this.updates = [];
    this.optimizers = NO_OPTIMIZERS;
    const inner: Frame = {
      ...f,
      scope: new Scope(f.scope),
      context: { ...f.context, stateUpdates: new Map(), memo: new CallMemo() },
    };
    this.statements(body, inner);
    const own = this.optimizers;
    this.optimizers = outer.optimizers;
    const moved = new Map(
      [...inner.context.stateUpdates].filter(([path]) => names.some((n) => path.startsWith(`${n}.`))),
    );
    this.pending.push({
      name: names.length > 0 ? names.join(" and ") : this.definition.name.text,
      goals: this.goals.splice(0),
      models: names,
      optimizers: own,
      states: moved,
      updates: this.updates,
    });
    this.goals.push(...outer.goals);
    this.updates = outer.updates;
  }

  /** All steps, the one that is made of the lines outside any step last. */
  allSteps(): PendingStep[] {
    if (this.goals.length === 0 && this.updates.length === 0) return this.pending;
    const outside: PendingStep = {
      name: this.definition.name.text,
      goals: this.goals,
      models: undefined,
      optimizers: NO_OPTIMIZERS,
      states: this.frame.context.stateUpdates,
      updates: this.updates,
    };
    return [...this.pending, outside];
  }
}

const NO_OPTIMIZERS: Optimizers = { rest: undefined, parts: [] };

const partsOfSchedule = (span: Span): Error =>
  mistake("train/schedule-parts", span, "a schedule is a factor of all learning rates of the training", {
    hint: "give parts their rates by optimizers: `optimizer sgd lr=0.001 for net.trunk` beside `optimizer sgd lr=0.1`",
  });

/** Whether states of cells go on from batch to batch. */
export const carries = (definition: TrainDefinition): boolean =>
  definition.body.some((s) => s.kind === "line" && s.value.kind === "name" && s.value.name === "carry");

/** Steps that were made so far, as a state that every training has. */
export function stepCounter(definition: TrainDefinition): Node {
  const type = { shape: [], dtype: "f32" };
  return make("parameter", [], { name: `${definition.name.text}~t`, type, role: "state", batched: false });
}
