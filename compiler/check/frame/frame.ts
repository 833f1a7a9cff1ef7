// Where an evaluation stands: names in scope, the instance whose parts are made, and what is collected on the way.

import type { Expression, ModelDefinition, Name } from "../../../grammar/syntax/ast.ts";
import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { make } from "../../graph/build.ts";
import type { Node } from "../../graph/node.ts";
import type { Instance } from "../values/instance.ts";
import { newMap, newSet } from "../values/journal.ts";
import type { Callable, LayerValue, Moved, Resolved, Scope, TensorValue, Value } from "../values/values.ts";
import { type Application, Applications } from "./application.ts";
import type { Budget } from "./budget.ts";
import { CallMemo } from "./callmemo.ts";
import type { Measures } from "./statistics.ts";
import type { StepStates } from "./stepstates.ts";

/** State of one elaboration: of a training step, an evaluation, or a check. */
export interface Context {
  readonly training: boolean;
  /** New values of states (running averages), by instance path. */
  readonly stateUpdates: Map<string, Node>;
  /** Inside a cell's body: the states of the step. */
  readonly step: StepStates | undefined;
  /** How many loops over time this stands in: its draws differ from step to step. */
  readonly timed: number;
  /** States of cells go on from batch to batch. */
  readonly carry: boolean;
  /** Paths of what goes on so. */
  readonly carried: Set<string>;
  /** Below a `fixed` line: parameters that are made here are never trained. */
  readonly fixed: boolean;
  /** In a layer or model whose parameters have other values: these. */
  readonly moved: Moved | undefined;
  /** Paths of models and layers that the training leaves as they are. */
  readonly frozen: readonly string[];
  /** Figures of all training examples, in the body of a data declaration. */
  readonly measures: Measures | undefined;
  /** Means that a training's own lines take: a metric takes them over the whole epoch. */
  readonly means: Means;
  /** Whether this is a metric. */
  readonly metric: boolean;
  /** Fields of plain numbers that are taken for classes. */
  readonly labels: LabelUse[];
  /** Fields that answers are compared with as quantities. */
  readonly targets: TargetUse[];
  /** The classes that each value was first compared with as scores. */
  readonly rightOf: Map<Node, TensorValue>;
  readonly applications: Applications;
  readonly memo: CallMemo;
  readonly places: { next: number; readonly known: Map<string, number> };
  readonly depth: { calls: number };
  /** Shared by all that one elaboration does. */
  readonly budget: Budget;
}

export function newContext(training: boolean, places: Context["places"], budget: Budget): Context {
  return {
    training,
    stateUpdates: newMap(),
    step: undefined,
    timed: 0,
    carry: false,
    carried: newSet(),
    fixed: false,
    moved: undefined,
    frozen: [],
    measures: undefined,
    means: { named: newSet(), standIns: newMap() },
    metric: false,
    labels: [],
    targets: [],
    rightOf: newMap(),
    applications: new Applications(),
    memo: new CallMemo(),
    places,
    depth: { calls: 0 },
    budget,
  };
}

export interface Means {
  /** Those of lines that metrics may read by name. */
  readonly named: Set<Node>;
  /** Those of metrics, by what stands for each. */
  readonly standIns: Map<Node, Node>;
}

/** Where a layer or model with moved parameters is applied: its values stand before those of what it stands in. */
export function atMoved(f: Frame, moved: Moved | undefined): Frame {
  if (!moved) return f;
  const outer = f.context.moved;
  return { ...f, context: { ...f.context, moved: outer ? new Map([...outer, ...moved]) : moved } };
}

/** Events of an elaboration for an editor: `context.applications` tells one elaboration from another. */
export interface Observer {
  line?(line: Application, context: Context): void;
  named?(name: Name, value: Value, context: Context): void;
  /** Runs the lines of a model, and gives the call in which they were run. */
  model?(body: ModelBody): ModelBody;
  /** Runs a part of an evaluation and gives the value that the evaluation goes on with. */
  within?(part: Part, run: () => Value): Value;
}

/** A call of a model whose lines are to be run. */
export interface ModelBody {
  readonly definition: ModelDefinition;
  readonly frame: Frame;
  /** The value that its first line takes. */
  readonly input: Value | undefined;
  /** Statements that had a mistake before. */
  readonly failures: number;
}

/** A part of an evaluation: a statement with a value, a loop, one of its turns, or the application of a layer or function. */
export type Part =
  | { readonly kind: "statement"; readonly value: Expression; readonly names: readonly Name[] }
  | { readonly kind: "loop"; readonly span: Span }
  | { readonly kind: "turn"; readonly span: Span; readonly title: string }
  | { readonly kind: "call"; readonly target: Value; readonly given: Resolved; readonly span: Span };

/** Where in the program the evaluation stands. */
/** The time of a training, where a schedule's line is evaluated. */
export interface ScheduleTime {
  /** Steps that were made. */
  readonly steps: Node;
  readonly epochs: number;
  readonly perEpoch: number;
}

export interface Frame {
  readonly scope: Scope;
  readonly instance: Instance;
  readonly context: Context;
  /** Prefix of keys for what is made here: loops add their turn. */
  readonly key: string;
  it: Value | undefined;
  /** The line that gave `it`, as long as nothing has read it. */
  unread?: Span | undefined;
  readonly branches: Value[];
  readonly drawsByExample: boolean;
  /** Names by whose values derivatives are taken in the body of this definition. */
  readonly differentiated?: ReadonlySet<string>;
  /** In the body of a cell: what its states start from, in place of what it declares. */
  readonly starts?: ReadonlyMap<string, Value>;
  /** In the body of an optimizer: the shape of its parameter, which a state has that declares none. */
  readonly stateShape?: readonly Dim[];
  /** In the line of a schedule: the time and the length of the training, in epochs. */
  readonly schedule?: ScheduleTime;
  /** Whose body it is, of a block, cell or function. */
  readonly definition?: Callable;
  /** In the body of a definition: where the program wrote what the parameters were given. */
  readonly given?: ReadonlyMap<string, Span>;
}
/** The elaborator as far as argument binding and cells need it. */
export interface Evaluator {
  value(e: Expression, f: Frame): Value;
  warn(warning: Warning | undefined, span: Span): void;
  /** The program's text in a place. */
  textOf(span: Span): string;
  runBody(layer: LayerValue, input: Value | undefined, f: Frame, scope: Scope, context: Context): Value;
}

/** Whether nothing of a layer moves: neither its parameters nor what it keeps from batch to batch. */
export const isFrozen = ({ fixed, frozen }: Context, path: string): boolean => fixed || isWithin(frozen, path);

/** Whether a path is that of one of these layers or models, or of a part of them. */
export const isWithin = (layers: readonly string[], path: string): boolean =>
  layers.some((layer) => path === layer || path.startsWith(`${layer}.`));

export type Warning = Pick<Diagnostic, "code" | "message"> & Partial<Diagnostic>;

/** A field of the data that a loss takes for quantities to be answered. */
export interface TargetUse {
  readonly field: string;
  readonly span: Span;
  /** The function that gives the answers, and the numbers that it can give. */
  readonly range?: { readonly name: string; readonly least: number; readonly most: number };
}

export interface LabelUse {
  readonly field: string;
  readonly classes: number;
  /** The field times a number and another more, where it is not taken as it is. */
  readonly made?: { readonly scale: number; readonly shift: number };
  /** The function that takes it. */
  readonly callee: string;
  readonly span: Span;
}

/** Prepares a value for its name: where a derivative is taken by the name, an anchor makes it a node of its own, which all uses go through. */
export function nameable(name: string, value: Value, { differentiated }: Pick<Frame, "differentiated">): Value {
  if (value.kind !== "tensor" || !differentiated?.has(name)) return value;
  const { node } = value;
  const stays = node.op === "parameter" || node.op === "anchor" || node.dtype !== "f32";
  return stays ? value : { ...value, node: make("anchor", [node]) };
}

/** Whether a `mean` here is one of a training's own lines or of a function that they call: models have theirs for each example. */
export const inTraining = (f: Frame): boolean => f.instance.path === "" || f.instance.path.startsWith("|");
