// A body of one step becomes a scan: closed over what it reads from outside, with the draws of each step its own.
// In: states with what they become, this step's elements of sequences, and what each step gives. Out: the scan's results.

import type { Dim } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import { make, scan } from "../../graph/build.ts";
import type { Graph, Node } from "../../graph/node.ts";
import { topological } from "../../graph/node.ts";
import { isBatched } from "../../passes/batch.ts";
import { rewrite } from "../../passes/rewrite.ts";
import { local } from "../frame/stepstates.ts";
import { mistake } from "../values/mistakes.ts";

export interface StepBody {
  readonly states: readonly { readonly leaf: Node; readonly start: Node; readonly result: Node }[];
  readonly elements: readonly { readonly leaf: Node; readonly sequence: Node }[];
  /** Values that are stacked over time. */
  readonly outputs: readonly Node[];
  readonly length: Dim;
  /** How many loops over time its draws stand in: those of this depth are its own. */
  readonly depth: number;
}

/** The last values of the states, and the outputs stacked over time. */
export interface Steps {
  readonly ends: readonly Node[];
  readonly stacked: readonly Node[];
}

export function overTime({ states, elements, outputs, length, depth }: StepBody): Steps {
  const results = [...states.map((s) => s.result), ...outputs];
  const drawn = topological(results).filter((n) => n.op === "random" && n.attributes.timed === depth);
  const draws = drawn.map((n) => ({
    leaf: local("draw", n.shape, n.dtype, isBatched(n)),
    sequence: eachStep(n, length, depth),
  }));
  const own = [...states.map((s) => s.leaf), ...elements.map((e) => e.leaf), ...drawn];
  const constants = constantsOf(results, new Set(own));
  const leaves = constants.map((c) => local("outer", c.shape, c.dtype, isBatched(c)));
  const sequences = [...elements, ...draws];
  // A state differs from example to example where anything that moves it does.
  const perExample = [...states.map((s) => s.start), ...sequences.map((s) => s.sequence), ...constants].some(isBatched);
  const stateLeaves = states.map((s) => local("state", s.leaf.shape, s.leaf.dtype, perExample));
  const inner = [...stateLeaves, ...leaves, ...draws.map((d) => d.leaf)];
  const swap = new Map(zip([...states.map((s) => s.leaf), ...constants, ...drawn], inner));
  const body: Graph = {
    kind: "graph",
    parameters: [...stateLeaves, ...sequences.map((s) => s.leaf), ...leaves],
    results: rewrite(results, (n) => swap.get(n)),
  };
  const picks = scan({
    body,
    states: states.map((s) => s.start),
    sequences: sequences.map((s) => s.sequence),
    constants,
    length,
    reverse: false,
    timeAxes: [...sequences, ...outputs].map(() => 0),
  });
  return { ends: picks.slice(0, states.length), stacked: picks.slice(states.length) };
}

/** Within a step, a derivative by what all steps share would leave out what they have of it by way of the states. */
function refuseOuter(node: Node, inside: ReadonlySet<Node>): void {
  const [, x] = node.inputs;
  if (node.op !== "gradient" || !x || inside.has(x)) return;
  if (!node.span) throw new Error("a derivative stands nowhere in a program");
  throw mistake("grad/outside-loop", node.span, "within a step of a loop, a derivative is by a value of that step", {
    hint: "what all steps share also acts through the states: take `grad(y, x)` after the loop, of the sum over its steps",
  });
}

/** The draws of all steps at once. */
function eachStep(draw: Node, length: Dim, depth: number): Node {
  const { leads, shape, timed: _, ...rest } = draw.attributes as { leads: string[]; shape: Dim[]; timed: number };
  const outer = depth > 1 ? { timed: depth - 1 } : {};
  return make("random", [], { ...rest, ...outer, leads: ["time", ...leads], shape: [length, ...shape] });
}

/** The largest values that do not depend on the step. */
function constantsOf(results: readonly Node[], own: ReadonlySet<Node>): Node[] {
  const inside = new Set<Node>();
  for (const n of topological(results)) if (own.has(n) || n.inputs.some((i) => inside.has(i))) inside.add(n);
  for (const n of inside) refuseOuter(n, inside);
  const constants: Node[] = [];
  const note = (n: Node): void => {
    if (!inside.has(n) && n.op !== "constant" && n.op !== "index" && !constants.includes(n)) constants.push(n);
  };
  for (const n of topological(results)) if (inside.has(n)) n.inputs.forEach(note);
  results.forEach(note);
  return constants;
}
