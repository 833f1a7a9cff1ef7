// A label that a model is given beside what it is to be told from: it is right at once, and useless without it. A table gives each of
// its columns under several names, so the label may come by another. In: the losses of a training and the fields of its data. Out: a
// warning at the loss.

import { type Node, topological } from "../../../graph/node.ts";
import { nodeOf } from "../../advice/losses.ts";
import type { Application } from "../../frame/application.ts";
import type { Program } from "../../program/program.ts";
import type { Field } from "./types.ts";

export function warnOfGivenLabel(program: Program, call: Application, fields: readonly Field[]): void {
  const y = nodeOf(call.arguments, "y");
  const target = nodeOf(call.arguments, "label") ?? nodeOf(call.arguments, "x");
  const leaf = target && labelIn(target, fields);
  if (!y || !leaf) return;
  const order = topological([y]);
  const given = order.find((n) => isField(n) && holdsLabel(n, leaf, fields) && isGivenBy(n, y, order));
  if (!given) return;
  const [label, field] = [nameOf(leaf), nameOf(given)];
  const column = columnsOf(leaf, fields).find((c) => columnsOf(given, fields).includes(c));
  const isPart = given !== leaf && given.shape.length > 0;
  program.elaborator.warn(
    {
      code: "train/sees-target",
      message: `\`${call.name}\` compares the answer with '${label}', and the model is given ${
        field === label
          ? `'${label}'`
          : isPart
            ? `'${field}', which holds the same column ${JSON.stringify(column)},`
            : `'${field}', the same column under another name,`
      } to answer it`,
      hint: isPart
        ? `declare the data with label=${JSON.stringify(column)}: '${field}' then holds all columns but that one`
        : `leave '${field}' out of what the model is given: where it is used, nobody knows it yet`,
    },
    call.span,
  );
}

const nameOf = ({ attributes }: Node): string => String(attributes.name);
const rootOf = (path: string): string => path.split(".", 1).join();
const isLearned = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "parameter";
const isField = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "field";

/** The field of one number or class, or of the several labels of a table, that a target is, also where figures of the data scale it. */
function labelIn(target: Node, fields: readonly Field[]): Node | undefined {
  const made = topological([target]);
  const [leaf, ...others] = made.filter(isField);
  if (!leaf || others.length > 0 || leaf.shape.length !== target.shape.length) return undefined;
  const isLabel = leaf.shape.length === 0 || (nameOf(leaf) === "y" && columnsOf(leaf, fields).length > 1);
  return isLabel && !made.some((n) => isLearned(n) || n.op === "random" || n.op === "scan") ? leaf : undefined;
}

const columnsOf = (n: Node, fields: readonly Field[]): readonly string[] =>
  fields.find(({ name }) => name === nameOf(n))?.readFrom ?? [];

/** Whether a field is the label, or has its column of the table among its own. Quantities that are no labels are given back by design. */
function holdsLabel(n: Node, label: Node, fields: readonly Field[]): boolean {
  const columns = columnsOf(label, fields);
  const isFrom = (f: readonly string[] | undefined): boolean => f?.some((column) => columns.includes(column)) ?? false;
  if (n !== label) return isFrom(columnsOf(n, fields)) && n.shape.length < 2;
  const isNamed = ["y", "label"].some(
    (name) => name === nameOf(n) || fields.some((f) => f.name === name && isFrom(f.readFrom)),
  );
  return n.dtype === "i32" || isNamed;
}

/** Whether the layers of one model take a field, as it is or in a form in which it can be read off. */
function isGivenBy(field: Node, y: Node, order: readonly Node[]): boolean {
  const written = new Set<Node>([field]);
  const fixed = fixedIn(order);
  for (const n of order) if (n.inputs.some((i) => written.has(i)) && leavesReadable(n, written, fixed)) written.add(n);
  const made = new Set<Node>();
  for (const n of order)
    if (isGivenTo(n, written) || (n.op !== "gradient" && n.inputs.some((i) => made.has(i)))) made.add(n);
  if (!made.has(y)) return false;
  // An answer that another model gives of what the first made of the label is judged by it, as in conditional generators.
  const roots = new Set([...made].flatMap(({ inputs }) => inputs.filter(isLearned).map((n) => rootOf(nameOf(n)))));
  return roots.size === 1;
}

/** Values that are the same for all examples and that no step learns, as means of the data are. */
function fixedIn(order: readonly Node[]): ReadonlySet<Node> {
  const found = new Set<Node>();
  for (const n of order)
    if (!isField(n) && !isLearned(n) && n.op !== "random" && n.op !== "scan" && n.inputs.every((i) => found.has(i)))
      found.add(n);
  return found;
}

/** Ops by which a class can still be read off: its row of 0 and 1, beside other numbers, in another form. */
const READABLE: ReadonlySet<string> = new Set(["eq", "cast", "reshape", "broadcast", "transpose", "concat", "pad"]);
const SCALING: ReadonlySet<string> = new Set(["add", "sub", "mul", "div"]);

const leavesReadable = ({ op, inputs }: Node, written: ReadonlySet<Node>, fixed: ReadonlySet<Node>): boolean =>
  READABLE.has(op) || (SCALING.has(op) && inputs.every((n) => fixed.has(n) || written.has(n)));

/** Whether a layer takes it: a product with weights, or a row of them for a class. */
const isGivenTo = ({ inputs }: Node, written: ReadonlySet<Node>): boolean =>
  inputs.some((n) => written.has(n)) && inputs.some(isLearned);
