// Uses of the fields of data that hide a mistake: numbers scaled by their own row, weights of examples that no
// loss reads. In: a program with its loaded data. Out: warnings at the place.

import type { Program } from "../../compiler/check/program/program.ts";
import type { Argument, DataDefinition, TrainDefinition } from "../../grammar/syntax/ast.ts";
import { namesOne } from "../../grammar/syntax/queries.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";

/** So many columns may be one measurement each at its place, as pixels or a spectrum are: a row has a scale of its own. */
const MOST_COLUMNS = 32;
/** Figures that numbers are scaled by. */
const FIGURES: ReadonlySet<string> = new Set(["max", "min", "mean", "var", "sum"]);

export function warnOfFieldUse(program: Program, name: string, dataset: Dataset): void {
  const declared = program.data.get(name);
  if (!declared) return;
  for (const column of dataset.train.columns) warnOfRowScaling(program, declared, column);
  warnOfUnreadWeights(program, declared);
}

/** Whether a training on this data reads a field; where nothing trains on it, whatever is to come may read it. */
export function isRead(program: Program, { name, body }: DataDefinition, field: string): boolean {
  const trainings = trainingsOn(program, name.text);
  return trainings.length === 0 || namesOne(body, field) || trainings.some((t) => namesOne(t.body, field));
}

export const trainingsOn = ({ file }: Program, data: string): TrainDefinition[] =>
  file.definitions.flatMap((d) => (d.kind === "train" && d.data?.text === data ? [d] : []));

/** Warns of a field of a table that is divided by, or lessened by, a figure of its own row: what differs from row to row is lost. */
function warnOfRowScaling({ elaborator }: Program, { body }: DataDefinition, { name, columns, shape }: Column): void {
  if (!columns || shape.length > 1 || columns.length > MOST_COLUMNS) return;
  const assigned = body.find((s) => s.kind === "assign" && s.targets.some((t) => t.text === name));
  const found = assigned?.kind === "assign" ? figureOf(assigned.value, name) : undefined;
  if (!found) return;
  elaborator.warn(
    {
      code: "data/scaled-by-row",
      message:
        shape.length === 0
          ? `'${name}' is one number in each row, and \`${found.figure}(${name})\` is that number itself`
          : `\`${found.figure}(${name})\` goes over the columns of one row, so each row is scaled by its own numbers`,
      notes: ["the body of a declaration works on one example"],
      hint: `write \`${name} = normalize(${name})\`: it scales ${shape.length === 0 ? "the" : "each"} column by its mean and deviation over all rows`,
    },
    found.span,
  );
}

interface Figure {
  readonly figure: string;
  readonly span: Span;
}

/** The first call in an expression that takes a figure of this field within an example: `max(y)` without `over`. */
function figureOf(tree: unknown, field: string): Figure | undefined {
  if (typeof tree !== "object" || tree === null) return undefined;
  const found = isCall(tree) ? ownFigure(tree, field) : undefined;
  if (found) return found;
  for (const [key, part] of Object.entries(tree)) {
    const within = key === "span" ? undefined : figureOf(part, field);
    if (within) return within;
  }
  return undefined;
}

interface Call {
  readonly callee: { readonly kind: string; readonly name?: string };
  readonly arguments: readonly Argument[];
  readonly span: Span;
}

const isCall = (tree: object): tree is Call => "kind" in tree && tree.kind === "call";

function ownFigure({ callee, arguments: given, span }: Call, field: string): Figure | undefined {
  const [first, ...rest] = given;
  if (callee.kind !== "name" || callee.name === undefined || !FIGURES.has(callee.name) || rest.length > 0)
    return undefined;
  const isOwn = first && "value" in first && typeof first.value === "object" && namesField(first.value, field);
  return isOwn ? { figure: callee.name, span } : undefined;
}

const namesField = (e: { readonly kind: string }, field: string): boolean =>
  e.kind === "name" && "name" in e && e.name === field;

/** The argument of a declaration that asks for a field which neither its body nor any of its trainings reads. */
export function unreadArgument(
  program: Program,
  { name, source, body }: DataDefinition,
  field: string,
  asksForIt: (argument: Argument) => boolean,
): Argument | undefined {
  const trainings = trainingsOn(program, name.text);
  if (source.kind !== "call" || trainings.length === 0) return undefined;
  return [body, trainings].some((part) => namesOne(part, field)) ? undefined : source.arguments.find(asksForIt);
}

/** Warns of weights that the data was asked for and no loss takes. */
function warnOfUnreadWeights(program: Program, declared: DataDefinition): void {
  const asked = unreadArgument(program, declared, "weight", asksForWeights);
  if (!asked) return;
  program.elaborator.warn(
    {
      code: "data/unread-weight",
      message: "this gives each example a `weight`, and no loss reads it: all examples count alike",
      hint: "take it times the loss, as in `loss weight * cross_entropy(net(x), label)`, or leave the argument out",
    },
    asked.span,
  );
}

const asksForWeights = (a: Argument): boolean =>
  a.kind === "named" &&
  a.value.kind === "string" &&
  (a.name.text === "weight" ? a.value.value !== "" : a.name.text === "balance" && a.value.value === "weights");
