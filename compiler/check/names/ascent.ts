// Finds optimizers of a program's own that climb: their updates go with the gradient. In: its syntax. Out: a warning for each.

import type { Expression, OptimizerDefinition, SourceFile, Statement } from "../../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../../grammar/syntax/span.ts";

/** With the gradient, against it, or a size without a direction; undefined for what is none of these for sure. */
type Direction = 1 | -1 | 0 | undefined;

type Known = Map<string, Direction>;

export const climbingOptimizers = ({ definitions }: SourceFile): readonly Diagnostic[] =>
  definitions.flatMap((d) => (d.kind === "optimizer" ? climbsIn(d) : []));

function climbsIn({ body, parameters }: OptimizerDefinition): readonly Diagnostic[] {
  const sizes = ["param", "t", ...parameters.map((p) => p.name.text)];
  const known: Known = new Map(sizes.map((name) => [name, 0]));
  known.set("grad", 1);
  return body.flatMap((s) => climbAt(s, known));
}

function climbAt(s: Statement, known: Known): readonly Diagnostic[] {
  switch (s.kind) {
    case "state":
      // It begins at 0, where it turns nothing.
      for (const { name, start } of s.entries) known.set(name.text, start ? directionOf(start, known) : 0);
      return [];
    case "assign":
      for (const { text } of s.targets) known.set(text, s.targets.length > 1 ? undefined : directionOf(s.value, known));
      return [];
    case "if-statement":
      return [s.then, s.else ?? []].flatMap((branch) => {
        const inner: Known = new Map(known);
        const found = branch.flatMap((line) => climbAt(line, inner));
        for (const [name, direction] of inner) if (known.get(name) !== direction) known.set(name, undefined);
        return found;
      });
    case "update":
      return climbs(s, known) ? [upwards(s)] : [];
    default:
      return [];
  }
}

type Update = Extract<Statement, { kind: "update" }>;

function climbs({ update, operator, value }: Update, known: Known): boolean {
  if (update) return false;
  if (operator === "=") return directionFrom(value, known) === 1;
  return directionOf(value, known) === (operator === "+=" ? 1 : -1);
}

const upwards = ({ operator, span }: Update): Diagnostic => ({
  code: "train/upwards",
  severity: "warning",
  message: "this moves parameters along their gradient, which is the way up: the loss grows",
  span,
  hint: `write \`${operator === "=" ? "param = param - ..." : "param -= ..."}\`, against the gradient; a training that is to go up says \`maximize\``,
});

/** The direction of what a new value, `param + lr * grad`, adds to the old one. */
function directionFrom(e: Expression, known: Known): Direction {
  if (e.kind !== "binary" || e.left.kind !== "name" || e.left.name !== "param") return undefined;
  const by = directionOf(e.right, known);
  return e.operator === "+" ? by : e.operator === "-" && by !== undefined ? negated(by) : undefined;
}

const negated = (d: 1 | -1 | 0): Direction => (d === 0 ? 0 : d === 1 ? -1 : 1);

/** Functions that keep the sign of their argument. */
const KEEPING: ReadonlySet<string> = new Set(["sign", "tanh", "erf"]);
/** Functions that are never below 0, whatever they are given. */
const SIZES: ReadonlySet<string> = new Set(["abs", "sqrt", "exp", "norm", "warmed"]);

function directionOf(e: Expression, known: Known): Direction {
  switch (e.kind) {
    case "number":
      return e.value >= 0 ? 0 : undefined;
    case "name":
      return known.get(e.name);
    case "unary": {
      const inner = e.operator === "-" ? directionOf(e.operand, known) : undefined;
      // A negative factor reverses the direction of the other one.
      return inner === undefined || inner === 0 ? undefined : negated(inner);
    }
    case "binary":
      return ofBinary(e, known);
    case "if": {
      const [a, b] = [directionOf(e.then, known), directionOf(e.else, known)];
      return a === b ? a : undefined;
    }
    case "call":
      return ofCall(e, known);
    default:
      return undefined;
  }
}

function ofBinary({ operator, left, right }: Extract<Expression, { kind: "binary" }>, known: Known): Direction {
  const [a, b] = [directionOf(left, known), directionOf(right, known)];
  if (operator === "^") return right.kind === "number" && right.value % 2 === 0 ? 0 : a === 0 ? 0 : undefined;
  if (a === undefined || b === undefined) return undefined;
  switch (operator) {
    case "*":
      return a === 0 ? b : b === 0 ? a : a === b ? 0 : undefined;
    case "/":
      return b === 0 ? a : undefined;
    case "+":
      return a === b || b === 0 ? a : a === 0 ? b : undefined;
    case "-":
      // 1 - rho is a share, and so above 0.
      if (b === 0) return a === 0 ? (left.kind === "number" ? 0 : undefined) : undefined;
      return a === 0 || a === -b ? negated(b) : undefined;
    default:
      return undefined;
  }
}

function ofCall({ callee, arguments: given }: Extract<Expression, { kind: "call" }>, known: Known): Direction {
  const name = callee.kind === "name" ? callee.name : "";
  // A gradient somewhere else.
  if (name === "grad") return 1;
  const [first] = given;
  if (name === "max" || name === "min")
    return given.every((a) => a.kind === "positional" && directionOf(a.value, known) === 0) ? 0 : undefined;
  if (KEEPING.has(name) && first?.kind === "positional") return directionOf(first.value, known);
  return SIZES.has(name) ? 0 : undefined;
}
