// The syntax tree of a `.dnn` file: what the text says, nothing about what it means. Every node has its span.

import type { Span } from "./span.ts";

export interface Name {
  readonly text: string;
  readonly span: Span;
}

// ---------------------------------------------------------------- expressions

export type BinaryOperator = "+" | "-" | "*" | "/" | "@" | "^" | "==" | "!=" | "<" | "<=" | ">" | ">=" | "and" | "or";

interface Node<K extends string> {
  readonly kind: K;
  readonly span: Span;
}

export interface NumberLiteral extends Node<"number"> {
  readonly value: number;
}
/** `3x3` */
export interface SizeLiteral extends Node<"size"> {
  readonly values: readonly number[];
}
export interface StringLiteral extends Node<"string"> {
  readonly value: string;
}
export interface BooleanLiteral extends Node<"boolean"> {
  readonly value: boolean;
}
export interface NoneLiteral extends Node<"none"> {}
export interface ItExpression extends Node<"it"> {}
/** A name; also the keyword `param` where it is read inside an optimizer. */
export interface NameExpression extends Node<"name"> {
  readonly name: string;
}
export interface ListExpression extends Node<"list"> {
  readonly items: readonly Expression[];
}
/** `from..to`, `to` not included. */
export interface RangeExpression extends Node<"range"> {
  readonly from: Expression;
  readonly to: Expression;
}
export interface UnaryExpression extends Node<"unary"> {
  readonly operator: "-" | "not";
  readonly operand: Expression;
}
export interface BinaryExpression extends Node<"binary"> {
  readonly operator: BinaryOperator;
  readonly left: Expression;
  readonly right: Expression;
}
/** `if c then a else b` */
export interface IfExpression extends Node<"if"> {
  readonly condition: Expression;
  readonly then: Expression;
  readonly else: Expression;
}
export type Argument =
  | { readonly kind: "positional"; readonly value: Expression; readonly span: Span }
  | { readonly kind: "named"; readonly name: Name; readonly value: Expression; readonly span: Span }
  /** `s2`, `p1`, `d2`, `g32`: stride, padding, dilation, groups. */
  | { readonly kind: "option"; readonly letter: "s" | "p" | "d" | "g"; readonly value: number; readonly span: Span };

/** `f(a, b=c)`: parentheses that touch the callee. */
export interface CallExpression extends Node<"call"> {
  readonly callee: Expression;
  readonly arguments: readonly Argument[];
}
/** `head arg arg {block}`: juxtaposition. A head alone is that head's expression, not a flow. */
export interface FlowExpression extends Node<"flow"> {
  readonly head: Expression;
  readonly arguments: readonly Argument[];
  readonly block?: BlockExpression;
}
export type IndexItem =
  | { readonly kind: "at"; readonly value: Expression; readonly span: Span }
  /** `from:to`, either may be missing. */
  | { readonly kind: "slice"; readonly from?: Expression; readonly to?: Expression; readonly span: Span };
export interface IndexExpression extends Node<"index"> {
  readonly target: Expression;
  readonly items: readonly IndexItem[];
}
export interface FieldExpression extends Node<"field"> {
  readonly target: Expression;
  readonly name: Name;
}
/** `{ ... }` as a value. */
export interface BlockExpression extends Node<"block"> {
  readonly body: readonly Statement[];
}
/** Text the parser could not read; a diagnostic exists for it. */
export interface BadExpression extends Node<"bad"> {}

export type Expression =
  | NumberLiteral
  | SizeLiteral
  | StringLiteral
  | BooleanLiteral
  | NoneLiteral
  | ItExpression
  | NameExpression
  | ListExpression
  | RangeExpression
  | UnaryExpression
  | BinaryExpression
  | IfExpression
  | CallExpression
  | FlowExpression
  | IndexExpression
  | FieldExpression
  | BlockExpression
  | BadExpression;

/** `[T, 28] of V`, `class 10` (which is `[] of 10`): sizes without the batch, depth last. */
export interface TypeExpression extends Node<"type"> {
  readonly dims: readonly Expression[];
  readonly classes?: Expression;
}

// ---------------------------------------------------------------- statements

/** A line: a layer that is applied to `it`, or a value that replaces it; `-> a, b` labels the result. */
export interface LineStatement extends Node<"line"> {
  readonly value: Expression;
  readonly labels: readonly Name[];
}
/** `a = e`, `a, b = e` */
export interface AssignStatement extends Node<"assign"> {
  readonly targets: readonly [Name, ...Name[]];
  readonly value: Expression;
}
export interface DeclaredName extends Node<"declared"> {
  readonly name: Name;
  readonly type?: TypeExpression;
  readonly start?: Expression;
}
/** `param w: [d, n] = he, b: [n] = 0` */
export interface ParamStatement extends Node<"param"> {
  readonly fixed: boolean;
  readonly entries: readonly DeclaredName[];
}
/** `state h: [n], c: [n]` */
export interface StateStatement extends Node<"state"> {
  readonly entries: readonly DeclaredName[];
}
/** `fixed dense 500` */
export interface FixedStatement extends Node<"fixed"> {
  readonly line: LineStatement;
}
export interface IfStatement extends Node<"if-statement"> {
  readonly condition: Expression;
  readonly then: readonly Statement[];
  readonly else?: readonly Statement[];
}
export interface ForStatement extends Node<"for"> {
  readonly name: Name;
  readonly over: Expression;
  readonly body: readonly Statement[];
}
export interface RepeatStatement extends Node<"repeat"> {
  readonly count: Expression;
  readonly body: readonly Statement[];
}
export interface BranchStatement extends Node<"branch"> {
  readonly body: readonly Statement[];
}
/** `step D, G { ... }` inside a train */
export interface StepStatement extends Node<"step"> {
  readonly models: readonly Expression[];
  readonly body: readonly Statement[];
}
/** `update map.w += e`, and inside an optimizer `param -= e` (then `update` is false). */
export interface UpdateStatement extends Node<"update"> {
  readonly update: boolean;
  readonly target: Expression;
  readonly operator: "=" | "+=" | "-=";
  readonly value: Expression;
}
/** `optimizer sgd lr=0.1`, with the parts it is for, and `schedule a() * b()` as lines inside train or step. */
export interface SettingStatement extends Node<"setting"> {
  readonly head: "optimizer" | "schedule";
  readonly value: Expression;
  /** `for net.trunk, net.head`: none means all that no other line is for. */
  readonly parts: readonly Expression[];
}
export interface BadStatement extends Node<"bad-statement"> {}

export type Statement =
  | LineStatement
  | AssignStatement
  | ParamStatement
  | StateStatement
  | FixedStatement
  | IfStatement
  | ForStatement
  | RepeatStatement
  | BranchStatement
  | StepStatement
  | UpdateStatement
  | SettingStatement
  | BadStatement;

// ---------------------------------------------------------------- definitions

/** `whole from 1 per axis`, `number from 0 below 1`: which numbers a parameter takes. */
export interface DomainExpression extends Node<"domain"> {
  readonly whole: boolean;
  readonly bounds: readonly { readonly word: "from" | "above" | "to" | "below"; readonly value: number }[];
  /** A list has one for each axis, or for each axis also a pair: one before it and one behind. */
  readonly per?: "axis" | "side";
}
export interface Parameter extends Node<"parameter"> {
  readonly name: Name;
  readonly type?: TypeExpression;
  readonly domain?: DomainExpression;
  readonly default?: Expression;
}

export interface Tag {
  readonly text: string;
  /** The words of the text, between spaces and commas. */
  readonly words: readonly string[];
  readonly span: Span;
}
interface Definition<K extends string> extends Node<K> {
  readonly name: Name;
  /** The comment lines directly above, without `#` and without tags. */
  readonly documentation: string;
  /** Comment lines for the checker such as `# @role linear`, by their words. */
  readonly tags?: Readonly<Record<string, Tag>>;
  /** The header could not be read: parameters and more are missing, and a diagnostic exists. */
  readonly broken?: boolean;
}
export interface BlockDefinition extends Definition<"block-definition"> {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}
export interface CellDefinition extends Definition<"cell"> {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}
export interface ModelDefinition extends Definition<"model"> {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}
/** `fn f(x) = e` is a body of one line. */
export interface FnDefinition extends Definition<"fn"> {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  /** Written with `=`. */
  readonly short: boolean;
}
export interface OptimizerDefinition extends Definition<"optimizer"> {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
}
export interface ScheduleDefinition extends Definition<"schedule"> {
  readonly parameters: readonly Parameter[];
  readonly body: readonly Statement[];
  readonly short: boolean;
}
/** `data digits = digits() { image = normalize(image) }` */
export interface DataDefinition extends Definition<"data"> {
  readonly source: Expression;
  readonly body: readonly Statement[];
}
/** `train NAME(settings) on DATA { ... }` */
export interface TrainDefinition extends Definition<"train"> {
  readonly parameters: readonly Parameter[];
  readonly data?: Name;
  readonly body: readonly Statement[];
}
/** `import "file.dnn"` or `import a, b from "file.dnn"` */
export interface ImportDefinition extends Node<"import"> {
  readonly path: StringLiteral;
  readonly names: readonly Name[];
}
/** `low = rbm 256` at the top level. */
export interface BindingDefinition extends Node<"binding"> {
  readonly statement: AssignStatement;
}

export type TopLevel =
  | BlockDefinition
  | CellDefinition
  | ModelDefinition
  | FnDefinition
  | OptimizerDefinition
  | ScheduleDefinition
  | DataDefinition
  | TrainDefinition
  | ImportDefinition
  | BindingDefinition;

export interface SourceFile extends Node<"file"> {
  readonly definitions: readonly TopLevel[];
  readonly text: string;
}
