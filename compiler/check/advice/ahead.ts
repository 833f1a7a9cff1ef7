// Lints of models whose input holds the answer. In: the call of a loss whose target is a sequence of the data, and the applications
// before it. Out: a warning.

import { isNumber } from "../../arithmetic/dim.ts";
import { type Node, operand, reachedFrom, sizeAlong, topological, usersOf } from "../../graph/node.ts";
import type { Application, Applications } from "../frame/application.ts";
import type { Warning } from "../frame/frame.ts";
import { isReached, type Reach, stepReach } from "../frame/stepreach.ts";
import type { Lint } from "./lint.ts";
import { nodeOf } from "./losses.ts";

/** The field of sources that holds, at each step, what follows it. */
const FOLLOWING = "next";
/** The fields that it follows. */
const FOLLOWED: readonly string[] = ["text", "x"];
/** Ops that leave out a part of a field, or move or hide it, before anything is computed of it. */
const HIDING: ReadonlySet<string> = new Set(["slice", "concat", "pad", "select"]);

/** A loss that is small since the answer stands in the input. */
export const seesItsTarget: Lint = (made, before, at) => {
  const found = seesField(made, before, at);
  if (found) return found;
  const seen = seenStep(made, at.applications);
  return seen && warningFor(seen, made.name, at.applications);
};

/** The same of a field as it is, whatever stands on the way. */
const seesField: Lint = ({ arguments: given, name }, _, { applications }) => {
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

// ---------------------------------------------------------------- step by step

interface SeenStep {
  /** How many steps later the target is than the sequence begins. */
  readonly target: number;
  /** The field that is the sequence. */
  readonly field: string;
  /** Parts of it that the answers are made of, by how much later they begin. */
  readonly given: ReadonlySet<number>;
  /** Whether a field of what follows stands beside it. */
  readonly hasNext: boolean;
  /** Whether a step of a value sees the target of that step. */
  readonly sees: (n: Node) => boolean;
  /** The first value that does. */
  readonly by: Node;
  /** Whether that is a part of the answers: they are compared at other steps than they were given for. */
  readonly isOfAnswers: boolean;
}

/** The step of a target that its own answer certainly reads; undefined where it reads none. */
function seenStep({ arguments: given }: Application, applications: Applications): SeenStep | undefined {
  const [y, target] = [nodeOf(given, "y"), nodeOf(given, "label") ?? nodeOf(given, "x")];
  const leaf = target && sequenceIn(target);
  if (!y || !target || !leaf) return undefined;
  const startOf = (n: Node): number | undefined => startBeside(n, leaf);
  const at = onlyStep(stepReach([target], startOf).get(target));
  const reach = at ? stepReach([y], startOf, causalIn(applications)) : new Map();
  const axis = at?.[0] ?? 0;
  if (!at || y.shape[axis] !== target.shape[axis] || !isReached(reach.get(y)?.get(axis), at[1])) return undefined;
  const order = topological([y]);
  const parts = partsIn(order, reach);
  const seen = new Set(parts.map(([, start]) => start));
  const isQuantity = target.dtype === "f32";
  if (isQuantity && !isForetold(target, leaf, at[1], parts)) return undefined;
  const sees = (n: Node): boolean => [...(reach.get(n)?.values() ?? [])].some((s) => isReached(s, at[1]));
  const by = order.find((n) => sees(n) && !n.inputs.some((i) => sees(i))) ?? y;
  const field = String(leaf.attributes.name);
  const hasNext = field === FOLLOWING || order.some((n) => reach.has(n) && n.attributes.name === FOLLOWING);
  const isOfAnswers = by.op === "slice" && partOf(y).includes(by) && !parts.some(([n]) => n === by);
  return { target: at[1], field, given: seen, hasNext, sees, by, isOfAnswers };
}

/** Results of attention that is `causal`, with the values that it reads. */
function causalIn(applications: Applications): ReadonlyMap<Node, Node> {
  return new Map(
    applications.calls().flatMap(({ arguments: given, input, output }) => {
      const causal = given.get("causal");
      const isCausal = causal?.kind === "boolean" && causal.value;
      return isCausal && input && output.kind === "tensor" ? [[output.node, input] as const] : [];
    }),
  );
}

const isField = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "field";

/** The one field that a target is made of and nothing else: a sequence of classes, or of rows of numbers. */
function sequenceIn(target: Node): Node | undefined {
  const leaves = topological([target]).filter((n) => n.op === "parameter");
  const [leaf, ...others] = leaves.filter((n) => n.shape.length > 0);
  const isOne = leaf && others.length === 0 && leaves.every(isField);
  return isOne && (leaf.dtype === "f32" || leaf.shape.length === 1) ? leaf : undefined;
}

/** How many steps later a field begins than the sequence: `next` is one step ahead of the text that it follows. */
function startBeside(n: Node, leaf: Node): number | undefined {
  if (!isField(n) || n.dtype !== leaf.dtype || n.shape.length !== leaf.shape.length) return undefined;
  const [name, own] = [String(n.attributes.name), String(leaf.attributes.name)];
  const isPair = n.shape.every((d, i) => d === leaf.shape[i]) || n.dtype === "f32";
  if (name === own) return own === FOLLOWING ? 1 : 0;
  if (!isPair || n.shape[0] !== leaf.shape[0]) return undefined;
  if (name === FOLLOWING && FOLLOWED.includes(own)) return 1;
  return own === FOLLOWING && FOLLOWED.includes(name) ? 0 : undefined;
}

/** The axis and the distance of a value whose steps are one of the sequence each. */
function onlyStep(reach: Reach | undefined): readonly [axis: number, distance: number] | undefined {
  const [one, ...others] = reach ?? [];
  const [stretch, ...more] = one?.[1] ?? [];
  if (!one || !stretch || others.length > 0 || more.length > 0 || stretch[0] !== stretch[1]) return undefined;
  return [one[0], stretch[0]];
}

/** A value and what it is a part of, the nearest first. */
function partOf(value: Node): readonly Node[] {
  const found = [value];
  for (let at = value; PARTING.has(at.op); found.push(at)) at = operand(at);
  return found;
}

type Part = readonly [node: Node, start: number];

/** Ops that take a part of a sequence or give it another form, without anything computed of it. */
const PARTING: ReadonlySet<string> = new Set(["slice", "reshape", "cast", "ragged", "masked", "anchor", "stop"]);

/** Parts of the sequence, as they are handed to something that computes. */
function partsIn(order: readonly Node[], reach: ReadonlyMap<Node, Reach>): readonly Part[] {
  const parts = new Set<Node>();
  for (const n of order) if (reach.has(n) && (isField(n) || (PARTING.has(n.op) && parts.has(operand(n))))) parts.add(n);
  const users = usersOf(order);
  return [...parts].flatMap((n) => {
    const at = onlyStep(reach.get(n));
    const isHandedOn = (users.get(n) ?? []).some((u) => !parts.has(u));
    return at && isHandedOn ? [[n, at[1]] as const] : [];
  });
}

/** Whether quantities are foretold, rather than given back as an autoencoder does: what is given and the target lie apart. */
function isForetold(target: Node, leaf: Node, at: number, parts: readonly Part[]): boolean {
  const [whole, left] = [leaf.shape[0], target.shape[0]];
  if (parts.some(([, start]) => start === at) || whole === undefined || !isNumber(whole) || !isNumber(left ?? whole))
    return false;
  const own = leaf.attributes.name === FOLLOWING ? 1 : 0;
  const isLater = at > own ? left === whole - (at - own) : own === 1;
  const isEarlier = parts.every(([n, start]) => start > at && isNumber(n.shape[0] ?? 0));
  return isLater || isEarlier;
}

/** The warning for a step that is seen. */
function warningFor(seen: SeenStep, name: string, applications: Applications): Warning {
  const { target, field, given, by, isOfAnswers, hasNext } = seen;
  const code = "train/sees-target";
  const hint = hasNext
    ? `give the model the field that \`${FOLLOWING}\` goes on from, such as \`text\` or \`x\`, and compare its answers with \`${FOLLOWING}\``
    : `give the model all steps but the last, \`${field}[0:-1]\`, and compare its answers with \`${field}[1:]\``;
  if (given.has(target) || isOfAnswers)
    return {
      code,
      message: `\`${name}\` compares each answer with a step of '${field}' that the model is given for it: it has only to copy`,
      hint: isOfAnswers ? `compare all answers but the last, \`y[0:-1]\`, with \`${field}[1:]\`` : hint,
    };
  if ([...given].every((start) => start > target))
    return {
      code,
      message: `the model is given a later part of '${field}' than it is to foretell: at each step it has been given the answer before`,
      hint,
    };
  const found = layerThatSees(seen, applications);
  return {
    code,
    message: `${found ? `\`${found.name}\`` : "a line"} lets each step see later ones, and what follows in '${field}' is to be foretold: the answer is in the input`,
    hint:
      (found && hintFor(found)) ??
      "let no step read later ones; attention takes a mask, `softmax(s, where=index(s, -1) <= index(s, -2))`",
    ...(found ? { related: [{ span: found.span, text: `'${found.name}' here` }] } : {}),
    ...(!found && by.span ? { related: [{ span: by.span, text: "here" }] } : {}),
  };
}

/** The layer of the library that makes of steps which have not seen the target some that have. */
function layerThatSees({ sees, by }: SeenStep, applications: Applications): Application | undefined {
  return applications.calls().find(({ input, output }) => {
    const made = output.kind === "tensor" && sees(output.node) ? output.node : undefined;
    return made && !(input && sees(input)) && topological([made]).includes(by);
  });
}
