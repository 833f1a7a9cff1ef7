// The record that defines an op. Passes and targets read the record's class and rules and never an op's name.

import type { Index } from "../arithmetic/affine.ts";
import type { Dim } from "../arithmetic/dim.ts";
import { onlyOf } from "../arithmetic/lists.ts";
import type { ScalarName } from "../arithmetic/scalar.ts";
import type { Value } from "../loops/nest.ts";
import type { AffineAttribute, Attributes, Node, TensorType } from "./node.ts";
import type { Tensor } from "./tensor.ts";

/** One coordinate of an operand as an affine function of named axes, divided exactly by `div` (no term where it does not divide). */
export type Affine = AffineAttribute;

/** Where a view's element comes from: per input coordinate an expression over output coordinates `o0, o1, ...`. */
export type ViewIndex =
  | { readonly kind: "affine"; readonly index: readonly Affine[]; readonly fill: number | undefined }
  /** Same elements in row-major order. */
  | { readonly kind: "reshape" }
  /** Several inputs side by side along `axis` (from the end). */
  | { readonly kind: "concat"; readonly axis: number }
  /** First input's leading coordinate is the second input's value. */
  | { readonly kind: "gather" };

export type Lowering<N extends Node = Node> =
  | { readonly class: "leaf" }
  | { readonly class: "map"; readonly scalar: ScalarName }
  /** A value that is a function of position alone. */
  | { readonly class: "generate"; readonly value: (node: N, at: readonly Index[]) => Value }
  | { readonly class: "view"; readonly index: (node: N) => ViewIndex }
  | {
      readonly class: "reduce";
      readonly combine: "sum" | "max" | "argmax";
      /** Reduced axes of the input, from the end; or an index function for adjoints of windows. */
      readonly over: (node: N) => ReduceSpace;
    }
  | { readonly class: "contract"; readonly space: (node: N) => ContractSpace }
  | { readonly class: "scan" }
  | { readonly class: "pick" }
  /** The same value; a barrier to gradients where the op has none, with `once` to first derivatives only. */
  | { readonly class: "same"; readonly once?: true }
  /** Gone before lowering: replaced by a pass. */
  | { readonly class: "abstract" };

export interface ReduceSpace {
  readonly axes: readonly (readonly [name: string, extent: Dim])[];
  readonly out: readonly string[];
  readonly index: readonly Affine[];
}

export interface ContractSpace {
  readonly axes: readonly (readonly [name: string, extent: Dim])[];
  readonly out: readonly string[];
  readonly a: readonly Affine[];
  readonly b: readonly Affine[];
}

export interface Example<A extends Attributes = Attributes> {
  /** Shapes of the inputs, values drawn from the range (default -1 to 1). */
  readonly inputs: readonly (readonly number[])[];
  readonly attributes?: A;
  readonly range?: readonly [number, number];
  readonly integers?: readonly number[];
  /** Present when the type rule must refuse it: part of the message. */
  readonly fails?: string;
}

/** The fate of an operand's axis of which each example has its own number of real places. */
export type Fate =
  /** Place by place it is an axis of the value, with this length; past the operand's end the op reads `fill`, if it is given. */
  | { readonly kind: "carried"; readonly axis: number; readonly length: Node; readonly fill?: number }
  /** The op goes along it, and reads `fill` past the end. */
  | { readonly kind: "masked"; readonly fill: number }
  /** Nothing past the end is read. */
  | { readonly kind: "dropped" }
  /** The value would hold places past the end that nobody could tell from others. */
  | { readonly kind: "refused"; readonly why: "reshaped" | "moved" | "gathered" };

/** So many values of one type, as a tuple where the number is known. */
export type Operands<T, N extends number> = number extends N
  ? readonly T[]
  : N extends 0
    ? readonly []
    : N extends 1
      ? readonly [T]
      : N extends 2
        ? readonly [T, T]
        : readonly [T, T, T];

export type NoAttributes = Record<never, never>;

/** A node of an op whose attributes and number of inputs are known. */
export interface NodeOf<A extends Attributes, N extends number> extends Node {
  readonly attributes: A;
  readonly inputs: Operands<Node, N>;
}

/** An op's rules. `A` are the attributes of its nodes, `N` how many inputs they have (`number`: any). */
export interface OpRules<A extends Attributes, N extends number> {
  readonly name: string;
  /** One line for docs/ops.md. */
  readonly doc: string;
  readonly type: (inputs: Operands<Node, N>, attributes: A) => TensorType;
  /**
   * Cotangents of the inputs, given the node and the cotangent of its value. `alive` is a condition outside of which this is 0
   * and so must be the inputs', whatever the slope.
   */
  readonly gradient: ((node: NodeOf<A, N>, g: Node, alive?: Node) => readonly (Node | undefined)[]) | "none";
  /** For each input the condition under which the value is made of it, where it is not always. */
  readonly chooses?: (node: NodeOf<A, N>) => readonly (Node | undefined)[];
  /** Whether the inputs' cotangents are the value's or nothing: there is no slope that could be infinite. */
  readonly passes?: boolean;
  /** Whether the value or the slope may be infinite or NaN for finite inputs. */
  readonly singular?: (node: NodeOf<A, N>) => boolean;
  readonly lowering: Lowering<NodeOf<A, N>>;
  /** The value in f64. */
  readonly reference?: (inputs: Operands<Tensor, N>, node: NodeOf<A, N>, type: ConcreteType) => Tensor;
  readonly simplify?: (node: NodeOf<A, N>) => Node | undefined;
  /** The fate of a length of one operand's axis, where the lowering does not say it. */
  readonly fate?: (node: NodeOf<A, N>, operand: number, axis: number, length: Node) => Fate;
  /** Of an elementwise op that is not finite, or not smooth, everywhere: operands at which it is, for places that nothing is to read. */
  readonly calm?: readonly (number | undefined)[];
  /** The length that the op itself gives an axis of its value (from the start). */
  readonly gives?: (node: NodeOf<A, N>) => readonly [axis: number, length: Node];
  /** The same value in ops that lower to kernels; the pass `lengths` puts it in place. */
  readonly plain?: (inputs: Operands<Node, N>, attributes: A) => Node;
  /** How the op acts under one more leading axis; the default keeps the attributes (axes count from the end). */
  readonly lift?: (node: NodeOf<A, N>, inputs: Operands<Lifted, N>, extent: Dim, level: number) => Node;
  readonly examples: readonly Example<A>[];
}

/** An op as passes and targets see it: its rules, whatever its attributes and inputs. */
export type Op = OpRules<Attributes, number>;

/** An op from its rules. `make` gives nodes of it only the inputs and attributes that its `type` takes. */
export const defineOp = <A extends Attributes, N extends number>(rules: OpRules<A, N>): Op => rules as unknown as Op;

export interface ConcreteType {
  readonly shape: readonly number[];
  readonly resolve: (dim: Dim) => number;
}

export interface Lifted {
  readonly node: Node;
  readonly lifted: boolean;
}

/** Sequences of different length in an op that cannot tell their ends. The checker turns it into a diagnostic. */
export class LengthMistake extends Error {
  readonly code: "lengths/differ" | "lengths/reshaped" | "lengths/moved" | "lengths/gathered";
  readonly hint: string;
  constructor(code: LengthMistake["code"], message: string, hint: string) {
    super(message);
    this.code = code;
    this.hint = hint;
  }
}

export const axis = (name: string): Affine => ({ terms: [[name, 1]], offset: 0, div: 1 });

/** The axis that an index is, where it is one as it stands. */
export function plainAxis({ terms, offset, div }: Affine): string | undefined {
  const [name, factor] = onlyOf(terms) ?? [];
  return factor === 1 && offset === 0 && div === 1 ? name : undefined;
}

export function affine(terms: readonly (readonly [string, number])[], offset = 0, div = 1): Affine {
  // -0 would make two of equal nodes.
  return { terms: terms.filter(([, c]) => c !== 0), offset: offset + 0, div };
}
