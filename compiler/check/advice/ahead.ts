// Lints of models whose input holds the answer. In: the call of a loss whose target is a sequence of the data, and the applications
// before it. Out: a warning.

import { isNumber } from "../../arithmetic/dim.ts";
import { type Node, reachedFrom, sizeAlong, topological } from "../../graph/node.ts";
import type { Application } from "../frame/application.ts";
import type { Warning } from "../frame/frame.ts";
import type { Lint } from "./lint.ts";
import { nodeOf } from "./losses.ts";

/** The field of sources that holds, at each step, what follows it. */
const FOLLOWING = "next";
/** Ops that leave out a part of a field, or move or hide it, before anything is computed of it. */
const HIDING: ReadonlySet<string> = new Set(["slice", "concat", "pad", "select"]);

/** A loss that is small since the answer stands in the input. */
export const seesItsTarget: Lint = ({ arguments: given, name }, _, { applications }) => {
  const [y, target] = [nodeOf(given, "y"), nodeOf(given, "label") ?? nodeOf(given, "x")];
  if (!y || !target || target.op !== "parameter" || target.attributes.role !== "field") return undefined;
  const field = String(target.attributes.name);
  const isNext = field === FOLLOWING;
  if ((isNext || target.dtype === "i32") && isGiven(target, y))
    return {
      code: "train/sees-target",
      message: `\`${name}\` compares the answer at each step with '${field}', and the model is given '${field}' at that step`,
      hint: isNext
        ? "give the model the field before it, such as `text` or `x`: `next` is what follows at each of its steps"
        : "what follows at each step is the field `next` of `text` and of other sources; to learn by filling in, hide a part of the input",
    };
  const made = isNext ? new Set(topological([y])) : undefined;
  const found = made && applications.calls().find((call) => isIn(call, made) && hintFor(call) !== undefined);
  if (!found) return isNext ? seesBySum(y, target) : undefined;
  const ahead = causalOf(found);
  return {
    code: "train/sees-target",
    message: `\`${ahead.name}\` lets each step see later ones, and '${field}' is what follows at each step: the answer is in the input`,
    hint: hintFor(found) ?? "",
    related: [{ span: ahead.span, text: `'${ahead.name}' here` }],
  };
};

/** The ops by which a mean, a largest one and their like go over a whole sequence. */
const OVER_STEPS: ReadonlySet<string> = new Set(["sum", "reduce_max"]);

/** A sum over all steps, such as that of a mean, that comes back to each of them: a normalisation of one's own that forgot `over=depth`. */
function seesBySum(y: Node, target: Node): Warning | undefined {
  const steps = sizeAlong(target, 0);
  // Figures of the whole batch, as batch normalisation takes them, say little of one sequence.
  const made = reachedFrom([y], (n) => (n.op === "over_batch" ? [] : n.inputs));
  const isOfSteps = (n: Node): boolean =>
    n.op === "parameter" && n.attributes.role === "field" && n.shape[0] === steps && n.shape.length > 0;
  const found = [...made].find((n) => {
    const [x] = n.inputs;
    if (!OVER_STEPS.has(n.op) || x?.shape.length !== 2 || x.shape[0] !== steps) return false;
    return (n.attributes.axes as readonly number[]).includes(-2) && topological([x]).some(isOfSteps);
  });
  if (!found) return undefined;
  const isOfAll = found.shape.length === 0;
  return {
    code: "train/sees-target",
    message: `a line takes the ${found.op === "sum" ? "sum or mean" : "largest"} over all steps, later ones too, and '${FOLLOWING}' is what follows at each step: the answer is in the input`,
    hint: isOfAll
      ? "without `over` it goes over steps and depth: for each step alone write `over=depth, keep=true`"
      : "let no step read what goes over all of them; `over=depth` goes over the numbers of one",
    ...(found.span ? { related: [{ span: found.span, text: "here" }] } : {}),
  };
}

const isIn = ({ output }: Application, made: ReadonlySet<Node>): boolean =>
  output.kind === "tensor" && made.has(output.node);

/** The outermost call around one of attention that may be `causal`: the layer that a program wrote, be it its own. */
function causalOf(call: Application): Application {
  if (!call.arguments.has("causal")) return call;
  let [outermost, at] = [call, call.parent];
  for (; at; at = at.parent) if (at.arguments.has("causal")) outermost = at;
  return outermost;
}

/** Whether a sequence reaches an answer step by step, past no vector that holds all of it. */
function isGiven(target: Node, y: Node): boolean {
  const steps = target.shape[0];
  if (steps === undefined) return false;
  const hasSteps = (n: Node): boolean =>
    n === target || n.op === "scan" || (n.shape.length > 1 && n.shape.at(-2) === steps);
  const onWay = reachedFrom([y], (n) => n.inputs.filter(hasSteps));
  // A cell that takes classes themselves may keep each for its next step, as a decoder does in training.
  const isKept = ({ op }: Node): boolean => op === "scan" && target.dtype === "i32";
  return [...onWay].some((n) => n.inputs.includes(target) && !HIDING.has(n.op) && !isKept(n));
}

/** The hint for a layer by which a step sees later ones; undefined for one by which none does. */
function hintFor({ name, arguments: given, input }: Application): string | undefined {
  const isCausal = ((value) => value?.kind === "boolean" && value.value)(given.get("causal"));
  if (name === "attention" || name === "attend")
    return isCausal ? undefined : `write \`causal\` behind its other arguments`;
  if (name === "bidirectional") return "leave out `bidirectional { }` around its layers: they then read forwards alone";
  const size = given.get("size");
  if (name !== "conv" || isCausal || input?.shape.length !== 2) return undefined;
  const points = size?.kind === "number" && isNumber(size.value) ? size.value : 1;
  return points > 1 ? "write `causal` in the place of its padding: it then sees no later step" : undefined;
}
