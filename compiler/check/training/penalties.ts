// Penalties of weights that hold no weight back: without a square or an absolute value, with the square around the sum, or with a minus
// before it. In: the losses of a step and the parameters that it trains. Out: a warning at the loss.

import { product } from "../../arithmetic/dim.ts";
import { type Node, operand, topological, usersOf } from "../../graph/node.ts";
import type { Warning } from "../frame/frame.ts";
import type { Program } from "../program/program.ts";
import { signsOf } from "./lines/signs.ts";
import type { Moving } from "./lines/types.ts";

export function warnOfPenalties(program: Program, moving: readonly Moving[]): void {
  // A rule that moves weights, too, may hold them, as one that lets none fall below 0.
  const held = new Set(moving.flatMap(([{ updates }]) => updates.map(({ target }) => target.path)));
  for (const [{ goals }, trained] of moving) {
    const own = new Map(trained.flatMap(({ node, path }) => (held.has(path) ? [] : [[node, path] as const])));
    const objectives = goals.slice(0, MOST);
    const order = topological(objectives.map(({ objective }) => objective));
    const weights = weightsIn(order, own);
    if (weights.size === 0) continue;
    const parities = paritiesOf(order, weights);
    for (const { objective, span } of objectives) {
      const slip = slipIn(objective, parities, weights);
      if (!slip) continue;
      program.elaborator.warn(slip, span);
      break;
    }
  }
}

const MOST = 16;
const WEIGHING: ReadonlySet<string> = new Set(["contract", "gather"]);
const MOVING: ReadonlySet<string> = new Set(["reshape", "transpose", "slice", "cast", "broadcast", "anchor"]);

/** Trained parameters that a layer weighs its input with, by their paths. */
function weightsIn(order: readonly Node[], own: ReadonlyMap<Node, string>): ReadonlyMap<Node, string> {
  const users = usersOf(order);
  const given = new Set<Node>();
  for (const n of order) if (isGiven(n) || n.inputs.some((i) => given.has(i))) given.add(n);
  const isWeight = (n: Node): boolean =>
    (users.get(n) ?? []).some(
      (u) => (WEIGHING.has(u.op) && given.has(u)) || u.op === "scan" || (MOVING.has(u.op) && isWeight(u)),
    );
  return new Map([...own].filter(([n]) => isWeight(n)));
}

const isGiven = ({ op, attributes }: Node): boolean =>
  op === "random" || (op === "parameter" && attributes.role === "field");

/** `even`: the same of weights and of their negatives; `odd`: the negative of it. */
type Parity = "even" | "odd";
type Parities = ReadonlyMap<Node, Parity>;

function slipIn(objective: Node, parities: Parities, weights: ReadonlyMap<Node, string>): Warning | undefined {
  const signs = signsOf(objective);
  const pathIn = (n: Node): string => [...weights].find(([w]) => topological([n]).includes(w))?.[1] ?? "a layer";
  for (const [n, sign] of signs) {
    const parity = parities.get(n);
    if (parity === undefined) continue;
    const path = pathIn(n);
    if (parity === "odd")
      return {
        code: "train/wrong-direction",
        message: `this pushes the weights '${path}' one way, without end: the further they go, the smaller is the loss`,
        hint: `a penalty takes the square of each weight, \`sum(${path}^2)\`, or its absolute value, \`sum(abs(${path}))\`; \`l2(${path.split(".", 1).join()})\` is that of all squares`,
      };
    if (sign === -1 && isOfOne(n, weights))
      return {
        code: "train/wrong-direction",
        message: `this makes the weights '${path}' larger, without end: a penalty of them is added to the loss`,
        hint: "write a plus before it in a `loss` or `minimize`, and a minus in a `maximize`",
      };
    if (sign === 1 && isSquareOfSum(n, weights))
      return {
        code: "train/cancelling",
        message: `this squares the sum of the weights '${path}', in which those above and below 0 cancel: it holds none of them back`,
        hint: `square each weight before the sum: \`sum(${path}^2)\``,
      };
  }
  return undefined;
}

/** Ops of which the sign of the result is that of the one value. */
const LINEAR: ReadonlySet<string> = new Set(["sum", "neg", "over_batch", "concat", "add", "sub", ...MOVING]);

/** Parities of values that are made of weights and numbers alone. */
function paritiesOf(order: readonly Node[], weights: ReadonlyMap<Node, string>): Parities {
  const found = new Map<Node, Parity>();
  const isNumber = ({ op }: Node): boolean => op === "constant" || op === "extent";
  const factors = ({ inputs }: Node): readonly (Parity | undefined)[] =>
    inputs.map((i) => (isNumber(i) ? "even" : found.get(i)));
  for (const n of order) {
    const parity = weights.has(n) ? "odd" : parityOf(n, factors(n));
    if (parity) found.set(n, parity);
  }
  return found;
}

function parityOf({ op, inputs }: Node, parts: readonly (Parity | undefined)[]): Parity | undefined {
  const [a, b] = parts;
  if (
    a === undefined ||
    parts.includes(undefined) ||
    inputs.every(({ op: of }) => of === "constant" || of === "extent")
  )
    return undefined;
  if (LINEAR.has(op)) return parts.every((p) => p === a) ? a : undefined;
  if (op === "abs") return "even";
  if (op === "pow") return powerOf(inputs[1], a);
  if (op === "mul" || op === "div") return a === b ? "even" : "odd";
  return undefined;
}

/** Of powers that are whole numbers alone. */
function powerOf(power: Node | undefined, of: Parity): Parity | undefined {
  const to = power?.op === "constant" ? Number(power.attributes.value) : Number.NaN;
  return Number.isInteger(to) ? (to % 2 === 0 ? "even" : of) : undefined;
}

/** The square or the absolute value of one weight. */
function isOfOne({ op, inputs: [a, b] }: Node, weights: ReadonlyMap<Node, string>): boolean {
  if (!a || !(op === "abs" || (op === "mul" && a === b))) return false;
  let x = a;
  while (MOVING.has(x.op)) x = operand(x);
  return weights.has(x);
}

/** The square of what all numbers of a matrix add up to. */
function isSquareOfSum({ op, inputs: [a, b] }: Node, weights: ReadonlyMap<Node, string>): boolean {
  if (op !== "mul" || !a || a !== b || product(a.shape) !== 1) return false;
  let x = a;
  while (MOVING.has(x.op) || (x.op === "mul" && operand(x, 1).op === "constant") || x.op === "sum" || x.op === "div")
    x = operand(x);
  return weights.has(x) && x.shape.length > 1;
}
