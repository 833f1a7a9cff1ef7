// Weights that all start equal and stay equal: a hidden layer of equal units is a layer of one. In: the losses of the steps and the
// parameters that they train. Out: a warning at the line of the weights.

import { isNumber } from "../../arithmetic/dim.ts";
import { type Node, topological, usersOf } from "../../graph/node.ts";
import type { Program } from "../program/program.ts";
import type { Learned } from "../values/instance.ts";

const PRODUCT = "contract";

export function warnOfAlike(program: Program, objectives: readonly Node[], trained: readonly Learned[]): void {
  const candidates = trained.filter(isAlikeMatrix);
  if (candidates.length === 0) return;
  const order = topological(objectives);
  const users = usersOf(order);
  const alike = new Set(
    program
      .everything()
      .filter(beginsAlike)
      .map((l) => l.node),
  );
  const warned = new Set<number>();
  for (const { path, node, span } of candidates) {
    if (warned.has(span.start) || !reachesWeights(node, { order, users, alike })) continue;
    warned.add(span.start);
    program.elaborator.warn(
      {
        code: "train/alike-weights",
        message: `all numbers of '${path}' begin alike, so its units get the same gradient and stay the same: a layer of one unit`,
        hint: "let them begin differently: `= he` before `relu`, `= xavier` before `tanh`, or leave the start out",
      },
      span,
    );
  }
}

/** Ops of a start that is one number everywhere. */
const EVEN: ReadonlySet<string> = new Set(["constant", "broadcast", "reshape"]);

const beginsAlike = ({ start }: Learned): boolean => topological([start]).every(({ op }) => EVEN.has(op));

function isAlikeMatrix(l: Learned): boolean {
  const [outputs, inputs] = [l.node.shape.at(-1), l.node.shape.at(-2)];
  return (
    inputs !== undefined && outputs !== undefined && isNumber(outputs) && outputs > 1 && !l.fixed && beginsAlike(l)
  );
}

interface Surroundings {
  readonly order: readonly Node[];
  readonly users: ReadonlyMap<Node, readonly Node[]>;
  /** Parameters that begin alike. */
  readonly alike: ReadonlySet<Node>;
}

/** Whether the product with these weights comes to another product with weights through nothing that tells its units apart. */
function reachesWeights(weights: Node, { order, users, alike }: Surroundings): boolean {
  const products = (users.get(weights) ?? []).filter(({ op }) => op === PRODUCT);
  const equal = new Set<Node>(products);
  const isEven = (n: Node): boolean => equal.has(n) || alike.has(n) || n.op === "constant" || n.op === "extent";
  for (const n of order) {
    if (equal.has(n) || !n.inputs.some((i) => equal.has(i))) continue;
    if (n.op === PRODUCT) {
      if (n.inputs.some(({ op, attributes }) => op === "parameter" && attributes.role === "parameter")) return true;
      continue;
    }
    if (n.inputs.every(isEven)) equal.add(n);
  }
  return false;
}
