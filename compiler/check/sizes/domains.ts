// Domains of arguments: which values a parameter takes. In: a value, and the argument's place. Out: the value in the form that
// its reader needs, or a mistake at the argument. Both the language's own functions and definitions in a program use them.

import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showFraction } from "../../arithmetic/dim.ts";
import type { NumberRange } from "../../arithmetic/numberrange.ts";
import { isInRange, LARGEST_INDEX, sayRange } from "../../arithmetic/numberrange.ts";
import type { Lengths } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import type { Mistake } from "../values/mistakes.ts";
import { Consequence, describeFault, mistake } from "../values/mistakes.ts";
import { sameClasses } from "../values/sameclasses.ts";
import type { ListValue, TensorValue, Value } from "../values/values.ts";
import { asNode, asSize, describe, hintForNumber, itemsOf, tensorValue } from "../values/values.ts";

/** Where an argument stands, and what was read before it. */
export interface ArgumentPlace {
  readonly span: Span;
  /** The callee: `convolve`. */
  readonly callee: string;
  /** The parameter: `stride`. */
  readonly name: string;
  readonly before: Readonly<Record<string, unknown>>;
}

export interface Domain<T> {
  /** Completes "'stride' of `convolve` is ...". */
  readonly says: string;
  /** Of a text what it is, completing "... is text in quotes". */
  readonly noun?: string;
  readonly read: (value: Value, at: ArgumentPlace) => T;
  /** Of a parameter that may be left out: its value then, and how a signature shows it. */
  readonly absent?: { readonly value: T; readonly shown: string };
}

export function optional<T, A>(domain: Domain<T>, value: A, shown: string): Domain<T | A> {
  return { ...domain, absent: { value, shown } };
}

/** A mistake about one argument, which the diagnostic names as data. */
export function faultOf(code: string, at: ArgumentPlace, text: string, rest: Partial<Diagnostic>): Mistake {
  const argument = { name: at.name, callee: at.callee, text };
  return mistake(code, at.span, describeFault(argument), { argument, ...rest });
}

/** An argument outside of its domain. */
export function refuse(at: ArgumentPlace, says: string, seen: string, rest: Partial<Diagnostic> = {}): Mistake {
  const { code = "calls/out-of-range", ...others } = rest;
  return faultOf(code, at, `is ${says}, and ${seen}`, others);
}

export function refuseKind(at: ArgumentPlace, says: string, value: Value, code = "types/not-a-number"): Mistake {
  return refuse(at, says, `this is ${describe(value)}`, { code, ...hintForNumber(value) });
}

// ---------------------------------------------------------------- numbers

/** The number that a value is before the program runs; undefined where it is none. */
export function knownNumber(value: Value): Dim | undefined {
  if (value.kind === "number") return value.value;
  if (value.kind !== "tensor" || value.node.op !== "constant") return undefined;
  return value.node.attributes.value as number;
}

function hintFor(at: ArgumentPlace, r: NumberRange, x: number): string {
  if (Number.isNaN(x)) return "a quotient 0/0 has no value: look where its parts come from";
  if (r.whole && Math.abs(x) > LARGEST_INDEX) return `the largest that the language counts to is ${LARGEST_INDEX}`;
  const near = [Math.floor(x), Math.ceil(x)].filter((n) => isInRange(r, n));
  if (r.whole && Number.isFinite(x) && !Number.isInteger(x) && near.length > 0)
    return `write ${near.join(" or ")}; for a quotient, choose numbers that divide evenly, or round: \`floor(a / b)\``;
  const most = r.to ?? r.below;
  if (r.from === 0 && most === 1 && x >= 2 && x < 100) return `write \`${at.name}=${x / 100}\` for ${x} percent`;
  if (at.name === "lr" && x < 0) return `an optimizer goes down the loss by itself: write \`lr=${-x}\``;
  return `write ${sayRange(r)}`;
}

/** Refuses a number outside of its range. */
export function checkNumber(at: ArgumentPlace, r: NumberRange, x: number, says = sayRange(r), code?: string): void {
  if (isInRange(r, x)) return;
  const hint = hintFor(at, r, x);
  throw refuse(at, says, `this is ${showFraction(x)}`, { hint, ...(code ? { code } : {}) });
}

/** A whole number that is known before the program runs. */
export const whole = (range: Omit<NumberRange, "whole"> = {}): Domain<number> => fixedNumber({ ...range, whole: true });

/** A number of some range that is known before the program runs. */
export function fixedNumber(r: NumberRange): Domain<number> {
  const says = sayRange(r);
  return {
    says,
    read: (value, at) => {
      const x = knownNumber(value);
      if (x === undefined) throw refuseKind(at, says, value);
      const isFixed = isNumber(x) && !(value.kind === "number" && value.length);
      const fixed = isFixed ? x : asSize(value, at.span, at);
      checkNumber(at, r, fixed, says);
      return fixed;
    },
  };
}

/** A size of a tensor: whole, from 1; a named one may be open. */
export const size: Domain<Dim> = {
  says: "a size, a whole number from 1",
  read: (value, at) => {
    const x = knownNumber(value);
    if (x === undefined) throw refuseKind(at, size.says, value);
    if (isNumber(x)) checkNumber(at, { whole: true, from: 1 }, x, size.says, "shapes/bad-size");
    return x;
  },
};

/** Sizes, and where they are those of axes of steps, how long these are in each example. */
export interface Shape {
  readonly sizes: readonly Dim[];
  readonly lengths: Lengths;
}

export const lengthsIn = (value: Value): Lengths =>
  itemsOf(value).map((v) => (v.kind === "number" ? v.length : undefined));

/** The size of an axis, as a shape of one. */
export const axisSize: Domain<Shape> = {
  says: size.says,
  read: (value, at) => ({ sizes: [size.read(value, at)], lengths: lengthsIn(value) }),
};

/** `reshape(x, [-1, 28])`: the size that other tools would work out, or how a shape without the batch is written. */
function sizeMeant(items: readonly Value[], at: number, x: TensorValue | undefined): string | undefined {
  if (x?.node === undefined) return undefined;
  const rest = items.filter((_, i) => i !== at).map(knownNumber);
  const others = rest.reduce<number | undefined>((n, d) => (n && d && isNumber(d) && d > 0 ? n * d : undefined), 1);
  const count = x.node.shape.reduce<number | undefined>((n, d) => (n && isNumber(d) ? n * d : undefined), 1);
  if (others === undefined || count === undefined || count % others !== 0) return undefined;
  const missing = count / others;
  return missing === 1 && items.length > 1
    ? "a shape is written without the batch: leave out the -1"
    : `write ${missing}: no size is worked out here`;
}

/** A shape: a list of sizes, in which a list stands for its own sizes as in `[shape(x)[0:-1], n]`, or a single one. */
export const shape: Domain<Shape> = {
  says: "a list of sizes, whole numbers from 1",
  read: (value, at) => {
    const items = itemsOf(value);
    const sizes = items.map((item, i) => {
      const x = knownNumber(item);
      if (x === undefined) throw refuseKind(at, shape.says, item);
      if (x === -1) {
        const hint = sizeMeant(items, i, at.before.x as TensorValue | undefined);
        if (hint) throw refuse(at, shape.says, "this is -1", { code: "shapes/bad-size", hint });
      }
      if (isNumber(x)) checkNumber(at, { whole: true, from: 1 }, x, shape.says, "shapes/bad-size");
      return x;
    });
    return { sizes, lengths: lengthsIn(value) };
  },
};

/** A number, or a tensor of numbers that the running program finds. */
export function numeric(r: NumberRange = {}): Domain<Node> {
  const says = sayRange(r);
  return {
    says,
    read: (value, at) => {
      for (const item of value.kind === "list" && !value.isSize ? value.items : [value]) {
        if (item.kind !== "number" && item.kind !== "tensor") throw refuseKind(at, says, item);
        const x = knownNumber(item);
        if (x !== undefined && isNumber(x)) checkNumber(at, r, x, says);
      }
      return asNode(value, at.span);
    },
  };
}

/** A number that is known before the program runs; infinities are among them. */
export const constantNumber: Domain<number> = {
  says: "a number known before the program runs",
  read: (value, at) => {
    const x = knownNumber(value);
    if (x === undefined || !isNumber(x)) throw refuseKind(at, constantNumber.says, value);
    if (Number.isNaN(x)) throw refuse(at, constantNumber.says, `this is ${showFraction(x)}`);
    return x;
  },
};

// ---------------------------------------------------------------- numbers for axes

/** A number for each axis; how many axes there are is known when the other arguments are read. */
export interface PerAxis {
  /** How many were listed; undefined where one stands for all. */
  readonly listed: number | undefined;
  readonly for: (rank: number) => readonly number[];
}

export function perAxis(item: Domain<number>): Domain<PerAxis> {
  const says = `${item.says} per axis`;
  return {
    says,
    read: (value, at) => {
      if (value.kind !== "list") return sameOnAll(item.read(value, at));
      const items = value.items.map((v) => item.read(v, at));
      return { listed: items.length, for: (rank) => exactly(items, rank, at) };
    },
  };
}

export const sameOnAll = (x: number): PerAxis => ({
  listed: undefined,
  for: (rank) => new Array<number>(rank).fill(x),
});

function exactly(items: readonly number[], rank: number, at: ArgumentPlace): readonly number[] {
  if (items.length === rank) return items;
  const [axes, numbers] = [
    rank === 1 ? "one axis" : `${rank} axes`,
    items.length === 1 ? "is one number" : `are ${items.length} numbers`,
  ];
  throw faultOf("shapes/wrong-count", at, `is for ${axes}, and here ${numbers}`, {
    hint: "write one number for all axes, or one for each",
  });
}

const rankOf = (x: Node | TensorValue): number => ("node" in x ? x.node : x).shape.length;

/** An axis of a tensor that was read before; gives its place from the end. */
export function axisOf(other: string): Domain<number> {
  const says = `the number of an axis of '${other}'`;
  return {
    says,
    read: (value, at) => {
      const rank = rankOf(at.before[other] as Node | TensorValue);
      const x = knownNumber(value);
      if (x === undefined || !isNumber(x)) throw refuseKind(at, says, value);
      if (Number.isInteger(x) && x >= -rank && x < rank) return x < 0 ? x : x - rank;
      throw refuse(at, says, `this is ${showFraction(x)}`, { code: "shapes/no-such-axis", hint: axesOfRank(rank) });
    },
  };
}

export const axesOfRank = (rank: number): string =>
  rank === 0
    ? "a single number has no axes"
    : rank === 1
      ? "its one axis is 0, or from the end, -1"
      : `its axes are 0 to ${rank - 1}, or from the end, -1 to -${rank}`;

/** All axes of a tensor in some order; gives their places from the end. */
export function orderOf(other: string): Domain<readonly number[]> {
  const says = `a list that names each axis of '${other}' once`;
  return {
    says,
    read: (value, at) => {
      const rank = (at.before[other] as TensorValue).node.shape.length;
      if (value.kind !== "list") throw refuseKind(at, says, value, "types/not-a-list");
      const axes = value.items.map((v) => axisOf(other).read(v, at));
      const seen = new Set(axes);
      if (axes.length === rank && seen.size === rank) return axes;
      const twice = axes.find((a, i) => axes.indexOf(a) !== i);
      const wrong =
        twice === undefined
          ? `it has ${rank}, and here ${axes.length === 1 ? "is 1" : `are ${axes.length}`}`
          : `axis ${twice + rank} stands twice`;
      throw refuse(at, says, wrong, {
        code: "shapes/no-such-axis",
        hint: `write for example \`[${Array.from({ length: rank }, (_, i) => rank - 1 - i).join(", ")}]\`, which turns them all round`,
      });
    },
  };
}

// ---------------------------------------------------------------- other values

export const anything: Domain<Value> = {
  says: "a value",
  read: (value) => {
    if (value.kind === "unknown") throw new Consequence();
    return value;
  },
};

export const tensor: Domain<Node> = { says: "a tensor or a number", read: (value, at) => asNode(value, at.span) };

/** A number, perhaps one of each example. */
export const scalar: Domain<Node> = {
  says: "one number",
  read: (value, at) => {
    const node = asNode(value, at.span);
    if (node.shape.length === 0) return node;
    throw refuse(at, scalar.says, `this is ${describe(tensorValue(node))}`, {
      code: "types/not-a-number",
      hint: "take one of its numbers, as in `x[0]`, or their sum: `sum(x)`",
    });
  },
};

export const vector: Domain<Node> = {
  says: "a vector",
  read: (value, at) => {
    const node = asNode(value, at.span);
    if (node.shape.length === 1) return node;
    const hint =
      node.shape.length === 0 ? "write `*` to multiply by a number" : "`flat(x)` is a vector of all its numbers";
    throw refuse(at, vector.says, `this is ${describe(tensorValue(node))}`, { code: "shapes/not-a-vector", hint });
  },
};

/** A tensor of which it matters whether it is one of classes. */
export const typed: Domain<TensorValue> = {
  says: tensor.says,
  read: (value, at) => sameClasses(asNode(value, at.span), value),
};

export const flag: Domain<boolean> = {
  says: "true or false",
  read: (value, at) => {
    if (value.kind === "boolean") return value.value;
    const hint = `write \`${at.name}=true\` or \`${at.name}=false\``;
    throw refuse(at, flag.says, `this is ${describe(value)}`, { code: "calls/not-a-flag", hint });
  },
};

export const text: Domain<string> = {
  says: "a text in quotes",
  read: (value, at) => {
    if (value.kind === "string") return value.value;
    throw refuse(at, text.says, `this is ${describe(value)}`, {
      code: "types/not-a-text",
      hint: `write \`${at.name}="..."\`, or the text alone at its place`,
    });
  },
};

export const list: Domain<ListValue> = {
  says: "a list",
  read: (value, at) => {
    if (value.kind === "list") return value;
    const hint = value.kind === "tensor" ? { hint: "`shape(x)[0]` is the size of a tensor's first axis" } : {};
    throw refuse(at, list.says, `this is ${describe(value)}`, { code: "types/not-a-list", ...hint });
  },
};
