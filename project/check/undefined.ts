// Logarithms, roots and divisions that the numbers of a field do not allow. In: a program with its loaded data. Out: a warning where
// a declaration, or a training on it, takes one: a single such row makes figures of all examples, or the loss, NaN or infinite.

import type { Program } from "../../compiler/check/program/program.ts";
import type { DataDefinition, Expression, Statement } from "../../grammar/syntax/ast.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { numberAt } from "../../runtime/data/numbers.ts";
import { trainingsOn } from "./fielduse.ts";

export function warnOfUndefined(program: Program, name: string, { train, records }: Dataset): void {
  const declared = program.data.get(name);
  if (!declared || records) return;
  for (const column of train.columns) {
    if (column.classes !== undefined || column.shape.length > 1 || column.scale) continue;
    for (const taken of takenOf(program, declared, column.name)) warnOf(program, column, taken, train.length);
  }
}

type Kind = "logarithm" | "root" | "quotient";

interface Taken {
  readonly kind: Kind;
  readonly span: Span;
}

/** The places at which something is taken of a field as its source gives it. */
function takenOf(program: Program, { name, body }: DataDefinition, field: string): readonly Taken[] {
  const bodies = [body, ...trainingsOn(program, name.text).map((t) => t.body)];
  const found: Taken[] = [];
  for (const statements of bodies) {
    for (const s of statements) {
      collect(s, field, found);
      // From here on the name may stand for something else.
      if (binds(s, field)) break;
    }
    if (statements === body && body.some((s) => binds(s, field))) break;
  }
  return found;
}

const binds = (s: Statement, field: string): boolean =>
  (s.kind === "assign" ? s.targets : s.kind === "line" ? s.labels : []).some(({ text }) => text === field);

function collect(tree: unknown, field: string, into: Taken[]): void {
  if (typeof tree !== "object" || tree === null) return;
  const e = tree as Expression;
  // A choice leaves out the rows that it asks for.
  if (e.kind === "if" || (e.kind === "call" && e.callee.kind === "name" && e.callee.name === "where")) return;
  const kind = kindOf(e, field);
  if (kind) into.push({ kind, span: e.span });
  for (const [key, part] of Object.entries(tree)) if (key !== "span") collect(part, field, into);
}

function kindOf(e: Expression, field: string): Kind | undefined {
  const isField = (part: Expression | undefined): boolean => part?.kind === "name" && part.name === field;
  if (e.kind === "binary") return e.operator === "/" && isField(e.right) ? "quotient" : undefined;
  if (e.kind !== "call" || e.callee.kind !== "name" || e.arguments.length !== 1) return undefined;
  const [given] = e.arguments;
  if (given?.kind !== "positional" || !isField(given.value)) return undefined;
  return e.callee.name === "log" ? "logarithm" : e.callee.name === "sqrt" ? "root" : undefined;
}

const LACKS: Readonly<Record<Kind, (x: number) => boolean>> = {
  logarithm: (x) => x <= 0,
  root: (x) => x < 0,
  quotient: (x) => x === 0,
};

function warnOf(program: Program, column: Column, { kind, span }: Taken, rows: number): void {
  const width = column.shape.reduce((product, size) => product * size, 1);
  let [count, least, at] = [0, Number.POSITIVE_INFINITY, 0];
  for (let row = 0; row < rows; row++) {
    const lacking = Array.from({ length: width }, (_, i) => row * width + i).find((i) =>
      LACKS[kind](numberAt(column, i)),
    );
    if (lacking === undefined) continue;
    count++;
    if (numberAt(column, lacking) < least) [least, at] = [numberAt(column, lacking), lacking % width];
  }
  if (count === 0) return;
  const { name } = column;
  const written = column.columns?.[at]?.written;
  const place = column.shape.length > 0 && written !== undefined ? `column ${JSON.stringify(written)}` : `'${name}'`;
  const share = `${count} of ${rows} training rows`;
  program.elaborator.warn(
    {
      code: "data/no-number",
      message:
        kind === "quotient"
          ? `this divides by ${place}, which is 0 in ${share}`
          : `${place} is ${least === 0 ? "0" : "0 or less"} in ${share}, where there is no ${kind}`,
      notes: [
        "one such row is enough: figures of all examples, such as those of `normalize`, and the loss are then no numbers",
      ],
      hint: hintFor(kind, name, least),
    },
    span,
  );
}

function hintFor(kind: Kind, name: string, least: number): string {
  if (kind === "quotient") return `write \`max(${name}, 1e-6)\` in its place, or leave such rows out of the file`;
  if (kind === "logarithm" && least === 0) return `write \`log(${name} + 1)\`, which is 0 where '${name}' is 0`;
  return `see whether the numbers below 0 are meant, and leave such rows out of the file; \`max(${name}, 0)\` takes them for 0`;
}
