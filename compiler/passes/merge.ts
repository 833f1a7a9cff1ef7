// merge: contractions that share their left operand become one, with their right operands side by side; what is added to
// each part is then added once. (At packing the parts lie together; parameters keep their names.)
//
//   contract(x, w1) + b1, contract(x, w2) + b2        y = contract(x, concat(w1, w2)) + concat(b1, b2): y[0:n], y[n:]

import type { Dim } from "../arithmetic/dim.ts";
import { addDims, isNumber } from "../arithmetic/dim.ts";
import { zip } from "../arithmetic/lists.ts";
import { lookUp } from "../arithmetic/lookup.ts";
import { add, concat, contract, contractOf, slice } from "../graph/build.ts";
import type { Node } from "../graph/node.ts";
import { operand, sizeAlong, topological, usersOf } from "../graph/node.ts";
import { plainAxis } from "../graph/op.ts";
import { opOf } from "../graph/table.ts";
import { isBatched } from "./batch.ts";
import { inBodies } from "./bodies.ts";
import { remake, rewrite } from "./rewrite.ts";

export function merge(results: readonly Node[]): Node[] {
  const shared = sharedNodes(results);
  const outside = mergeGraph(results, (n) => shared.has(n));
  return inBodies(outside, (body, { parameters }) => {
    const constants = new Set(parameters.filter((p) => !isBatched(p)));
    const fixed = fixedNodes(body, constants);
    return mergeShifts(
      mergeGraph(body, (n) => fixed.has(n)),
      fixed,
    );
  });
}

/** Nodes that no example has a part in: a mean over the batch depends on what examples give, and may on the products themselves. */
function sharedNodes(results: readonly Node[]): ReadonlySet<Node> {
  const shared = new Set<Node>();
  for (const n of topological(results)) if (!isBatched(n) && n.inputs.every((i) => shared.has(i))) shared.add(n);
  return shared;
}

/** Nodes that depend on the constants of a body alone. */
function fixedNodes(results: readonly Node[], constants: ReadonlySet<Node>): ReadonlySet<Node> {
  const fixed = new Set<Node>(constants);
  for (const n of topological(results)) if (n.inputs.length > 0 && n.inputs.every((i) => fixed.has(i))) fixed.add(n);
  return fixed;
}

/** The axis of the last result coordinate, where only the right operand has it, as its last. */
function columnOf(node: Node): string | undefined {
  const { lowering } = opOf(node.op);
  if (lowering.class !== "contract") return undefined;
  const space = lowering.space(node);
  const name = space.out.at(-1);
  const last = space.b.at(-1);
  if (name === undefined || !last || plainAxis(last) !== name) return undefined;
  const used = [...space.a, ...space.b.slice(0, -1)].some((i) => i.terms.some(([n]) => n === name));
  return used ? undefined : name;
}

/** Products of one value that differ in their column alone. */
interface Group {
  readonly column: string;
  readonly nodes: [Node, ...Node[]];
}

function mergeGraph(results: readonly Node[], isFixed: (n: Node) => boolean): Node[] {
  const groups = new Map<string, Group>();
  for (const node of topological(results)) {
    const column = columnOf(node);
    if (column === undefined || !isFixed(operand(node, 1)) || isFixed(operand(node))) continue;
    const space = contractOf(node);
    const rest = { ...space, axes: space.axes.filter(([n]) => n !== column) };
    const key = `${operand(node).id} ${JSON.stringify(rest)}`;
    const group = groups.get(key);
    if (group) group.nodes.push(node);
    else groups.set(key, { column, nodes: [node] });
  }
  const answer = new Map<Node, Node>();
  for (const group of groups.values()) if (group.nodes.length > 1) mergeGroup(group, answer);
  return answer.size === 0 ? [...results] : rewriteAll(results, answer);
}

function mergeGroup({ column, nodes }: Group, answer: Map<Node, Node>): void {
  const [first] = nodes;
  const space = contractOf(first);
  const sizes = nodes.map((n) => sizeAlong(n, -1));
  const total = sizes.reduce<Dim>((a, b) => addDims(a, b), 0);
  const axes = space.axes.map(([n, d]) => [n, n === column ? total : d] as const);
  const joined = contract(
    operand(first),
    concat(
      nodes.map((n) => operand(n, 1)),
      -1,
    ),
    { ...space, axes },
  );
  let start: Dim = 0;
  for (const [n, size] of zip(nodes, sizes)) {
    answer.set(n, slice(joined, -1, start, size));
    start = addDims(start, size);
  }
}

/** Replaces nodes by others that may contain replaced nodes themselves: networks have thousands, each in the next. */
function rewriteAll(results: readonly Node[], answer: ReadonlyMap<Node, Node>): Node[] {
  const done = new Map<Node, Node>();
  const stack = [...results];
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    const stands = answer.get(node) ?? node;
    const missing = done.has(node) ? [] : stands.inputs.filter((i) => !done.has(i));
    if (missing.length > 0) stack.push(...missing);
    else {
      stack.pop();
      if (!done.has(node))
        done.set(
          node,
          remake(
            stands,
            stands.inputs.map((i) => lookUp(done, i)),
          ),
        );
    }
  }
  return results.map((r) => lookUp(done, r));
}

/** Shifts that are added to every slice of one value are added to the value. */
function mergeShifts(results: readonly Node[], fixed: ReadonlySet<Node>): Node[] {
  const order = topological(results);
  const users = usersOf(order);
  const answer = new Map<Node, Node>();
  for (const source of order) {
    const slices = slicesOf(source, users);
    const adds = slices.flatMap((s) => shiftOf(s, users, fixed) ?? []);
    if (adds.length < 2 || adds.length < slices.length) continue;
    const shifts = adds.map((a) => a.shift);
    const whole = add(source, concat(shifts, -1));
    let start: Dim = 0;
    for (const { sum, shift } of adds) {
      const size = sizeAlong(shift, 0);
      answer.set(sum, slice(whole, -1, start, size));
      start = addDims(start, size);
    }
  }
  return answer.size === 0 ? [...results] : rewrite(results, (n) => answer.get(n));
}

/** The slices of the last axis that are a node's only users, in order and without gaps. */
function slicesOf(source: Node, users: ReadonlyMap<Node, Node[]>): Node[] {
  const list = (users.get(source) ?? []).filter((u) => isSlice(u)).sort((a, b) => startOf(a) - startOf(b));
  if (list.length !== (users.get(source) ?? []).length) return [];
  let at = 0;
  for (const s of list) {
    const size = sizeAlong(s, -1);
    if (startOf(s) !== at || !isNumber(size)) return [];
    at += size;
  }
  return at === source.shape.at(-1) ? list : [];
}

function isSlice(node: Node): boolean {
  const { axis, start, size } = node.attributes;
  return opOf(node.op).lowering.class === "view" && axis === -1 && typeof start === "number" && size !== undefined;
}

const startOf = (node: Node): number => node.attributes.start as number;

function shiftOf(
  part: Node,
  users: ReadonlyMap<Node, Node[]>,
  fixed: ReadonlySet<Node>,
): { sum: Node; shift: Node } | undefined {
  const [sum, ...more] = users.get(part) ?? [];
  if (!sum || more.length > 0 || opOf(sum.op).name !== opOf(add(part, part).op).name) return undefined;
  const shift = sum.inputs.find((i) => i !== part);
  if (!shift || !fixed.has(shift) || shift.shape.length !== 1 || shift.shape[0] !== part.shape.at(-1)) return undefined;
  return { sum, shift };
}
