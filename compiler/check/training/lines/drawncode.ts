// Codes that are drawn around what a model learns, with nothing in the loss that keeps their deviation, or what drives it away. In: the losses
// of a training as graphs. Out: warnings at the comparison, where it is all that is learned from, and at a divergence of the wrong sign.

import type { Span } from "../../../../grammar/syntax/span.ts";
import { isNumber } from "../../../arithmetic/dim.ts";
import { type Node, operand, topological } from "../../../graph/node.ts";
import { nodeOf } from "../../advice/losses.ts";
import type { Application } from "../../frame/application.ts";
import { hasRole } from "../../frame/roles.ts";
import type { Program } from "../../program/program.ts";
import { signsOf } from "./signs.ts";

/** Warns of an autoencoder whose code is drawn, and whose only loss is that of its reconstruction. */
export function warnOfDrawnCode(program: Program, calls: readonly Application[], objectives: readonly Node[]): void {
  const [objective, more] = objectives;
  if (!objective || more) return;
  const call = calls.find(
    (c) => hasRole(c, "comparison") && c.output.kind === "tensor" && isOnly(objective, c.output.node),
  );
  const [y, x] = call ? [nodeOf(call.arguments, "y"), nodeOf(call.arguments, "x")] : [];
  if (!call || !y || !x || !fieldsIn(x).some((field) => fieldsIn(y).includes(field))) return;
  const made = topological([y]);
  const drawn = made.find((n) => isDrawn(n));
  const isDecoded = drawn && made.some((n) => n !== drawn && hasWeights(n) && topological([n]).includes(drawn));
  if (!isDecoded) return;
  program.elaborator.warn(
    {
      code: "train/no-divergence",
      message: `the code is drawn with a deviation that the model learns, and \`${call.name}\` alone makes it 0: this becomes a plain autoencoder, whose decoder knows no other codes`,
      hint: "add the divergence from a normal distribution to the loss: `+ 0.5 * sum(exp(s) + m^2 - 1 - s)` with the mean m and the logarithm s of the variance, for which `y = net(x)` gives `y.m` and `y.s`",
    },
    call.span,
  );
}

/** Warns of a divergence with its signs turned: the code is to be as far from a normal distribution as it can. */
export function warnOfTurnedDivergence(program: Program, objectives: readonly Node[], span: Span): void {
  for (const objective of objectives) {
    const signs = signsOf(objective);
    const turned = [...signs].find(([n, sign]) => n.op === "exp" && sign === -1 && signs.get(exponent(n)) === 1);
    if (!turned || fieldsIn(turned[0]).length === 0) continue;
    program.elaborator.warn(
      {
        code: "train/wrong-direction",
        message:
          "this makes the divergence of the code from a normal distribution larger, without end: its signs are turned",
        hint: "the loss of it is `0.5 * sum(exp(s) + m^2 - 1 - s)`; `1 + s - m^2 - exp(s)` stands behind a minus",
      },
      turned[0].span ?? span,
    );
    return;
  }
}

/** Finds the exponent, without a factor. */
function exponent(exp: Node): Node {
  const at = operand(exp);
  const [inner, more] = at.op === "mul" || at.op === "div" ? at.inputs.filter((n) => n.op !== "constant") : [];
  return inner && !more ? inner : at;
}

/** Ops that scale a loss or take its mean. */
const SCALING: ReadonlySet<string> = new Set(["mul", "div", "sum", "over_batch", "reshape", "anchor"]);

/** Whether an objective is this loss and nothing else, times a number. */
function isOnly(objective: Node, loss: Node): boolean {
  for (let at: Node | undefined = objective; at; ) {
    if (at === loss) return true;
    const others: readonly Node[] = at.inputs.filter((n) => n.op !== "constant" && n.op !== "extent");
    at = SCALING.has(at.op) && others.length === 1 ? others[0] : undefined;
  }
  return false;
}

const fieldsIn = (node: Node): readonly string[] =>
  topological([node]).flatMap(({ op, attributes }) =>
    op === "parameter" && attributes.role === "field" ? [String(attributes.name)] : [],
  );

const isLearned = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "parameter";
const hasWeights = ({ inputs }: Node): boolean => inputs.some(isLearned);

/** A draw from a normal distribution times what the model makes of a field. */
function isDrawn(n: Node): boolean {
  if (n.op !== "mul" || n.shape.length === 0 || !n.shape.every(isNumber)) return false;
  const draw = n.inputs.findIndex(({ op }) => op === "random");
  if (draw < 0) return false;
  const made = topological([operand(n, 1 - draw)]);
  return fieldsIn(operand(n, 1 - draw)).length > 0 && made.some(hasWeights);
}
