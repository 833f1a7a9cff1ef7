// Losses whose minimum is not the goal: a loss without a lower bound, differences that cancel, a teacher that is trained together with
// its student. In: the losses of a training and the parameters that it trains. Out: warnings at the losses.

import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { namesOne } from "../../../grammar/syntax/queries.ts";
import { type Node, topological } from "../../graph/node.ts";
import { withSlope } from "../advice/flatloss.ts";
import type { Applications } from "../frame/application.ts";
import type { Warning } from "../frame/frame.ts";
import { hasRole } from "../frame/roles.ts";
import type { Program } from "../program/program.ts";
import type { Learned } from "../values/instance.ts";
import { signsOf } from "./lines/signs.ts";
import type { PendingStep } from "./lines/types.ts";

/** Warns of a model of an earlier training that a loss compares with another one and trains with it. */
export function warnOfMovingTeacher(
  program: Program,
  definition: TrainDefinition,
  { models, goals }: PendingStep,
  trained: readonly Learned[],
): void {
  // A step says by name whom it trains.
  if (models !== undefined || goals.length > MOST) return;
  const { definitions } = program.file;
  const earlier = definitions.slice(0, definitions.indexOf(definition)).filter((d) => d.kind === "train");
  const roots = [...new Set(trained.map(({ path }) => rootOf(path)))];
  const known = roots.filter((root) => earlier.some(({ body }) => namesOne(body, root)));
  const fresh = roots.filter((root) => !known.includes(root));
  for (const { objective, span } of goals)
    for (const term of termsOf(objective)) {
      const pair = comparedIn(term, trained, known, fresh);
      if (!pair) continue;
      const [teacher, pupil] = pair;
      program.elaborator.warn(
        {
          code: "train/moving-teacher",
          message: `this loss compares '${pupil}' with '${teacher}' and trains both: '${teacher}' forgets what it learned before, to be easy to imitate`,
          hint: `write \`freeze ${teacher}\` in this training, or put \`stop(...)\` around what \`${teacher}\` gives`,
        },
        span,
      );
      return;
    }
}

const MOST = 16;

const rootOf = (path: string): string => path.split(".", 1).join();

/** Ops behind which each summand stands by itself. */
const LINEAR: ReadonlySet<string> = new Set(["neg", "sum", "mean", "over_batch", "reshape", "anchor"]);

/** The summands of a loss, without the numbers that scale them; what `isWhole` says is not taken apart. */
function termsOf(node: Node, isWhole: (n: Node) => boolean = () => false): readonly Node[] {
  const { op, inputs } = node;
  const [a, b] = inputs;
  const within = (n: Node): readonly Node[] => termsOf(n, isWhole);
  if (isWhole(node) || !a) return [node];
  if (LINEAR.has(op)) return within(a);
  if (!b) return [node];
  if (op === "add" || op === "sub") return [...within(a), ...within(b)];
  if ((op === "mul" || op === "div") && (b.op === "constant" || b.op === "extent")) return within(a);
  return op === "mul" && a.op === "constant" ? within(b) : [node];
}

/** A model that is known and one that is new, both trained by what compares their answers with each other and with nothing of the data. */
function comparedIn(
  term: Node,
  trained: readonly Learned[],
  known: readonly string[],
  fresh: readonly string[],
): readonly [teacher: string, pupil: string] | undefined {
  if (known.length === 0 || fresh.length === 0) return undefined;
  const sloped = withSlope(term);
  const moves = (root: string): boolean => trained.some(({ path, node }) => rootOf(path) === root && sloped.has(node));
  const [teacher, pupil] = [known.find(moves), fresh.find(moves)];
  if (teacher === undefined || pupil === undefined) return undefined;
  const order = topological([term]);
  // Contrastive losses use the position in the batch as the label.
  if (order.some(({ op }) => op === "all_examples" || op === "gradient")) return undefined;
  const ofRoot = (root: string): readonly Node[] => order.filter((n) => isLearned(n) && rootOf(nameOf(n)) === root);
  const [own, its] = [ofRoot(teacher), ofRoot(pupil)];
  // One that works on what the other gives is a part of it, as the head of a trunk that was trained before.
  if (feeds(own, its, order) || feeds(its, own, order)) return undefined;
  const learned = order.filter(isLearned);
  const hasTarget = order.filter(isField).some((field) => !feeds([field], learned, order));
  return hasTarget ? undefined : [teacher, pupil];
}

const nameOf = ({ attributes }: Node): string => String(attributes.name);
const isLearned = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "parameter";
const isField = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "field";

/** Whether a layer with these weights takes something that is made of the sources. */
function feeds(sources: readonly Node[], weights: readonly Node[], order: readonly Node[]): boolean {
  const made = new Set(sources);
  for (const n of order) if (n.inputs.some((i) => made.has(i))) made.add(n);
  return order.some(
    ({ inputs }) => inputs.some((i) => weights.includes(i)) && inputs.some((i) => made.has(i) && !weights.includes(i)),
  );
}

// ---------------------------------------------------------------- losses without a least

type Fall = "likelihood" | "difference" | "cancelling";

export const FALLS: Readonly<Record<Exclude<Fall, "likelihood">, Warning>> = {
  difference: {
    code: "train/wrong-direction",
    message:
      "this pushes the answer itself one way, without end: differences above and below the target cancel, and the best is far from it",
    hint: "write `mse(y, target)`, or `mean(abs(y - target))`",
  },
  cancelling: {
    code: "train/cancelling",
    message:
      "this squares a sum or mean of differences, in which those above and below 0 cancel: it is 0 for wrong answers, too",
    hint: "square each difference before: `mean((y - target)^2)`, which is `mse(y, target)`",
  },
};

interface Judged {
  /** Whether a value is of nothing but what the step trains. */
  readonly isOwn: (n: Node) => boolean;
  readonly applications: Applications;
  /** Whether the line says `log`. */
  readonly saysLog: boolean;
}

/** Says how an objective is led astray: likelihoods that it makes smaller, or differences that it does not measure. */
export function fallOf(objective: Node, judged: Judged): Fall | undefined {
  const signs = signsOf(objective);
  // A further summand may hold the answer where it belongs.
  const isDifference = (n: Node): boolean => n.op === "sub" && isOffTarget(n, judged);
  const isAlone = termsOf(objective, isDifference).filter((term) => topological([term]).some(isLearned)).length === 1;
  for (const [n, sign] of signs) {
    const [a, b] = n.inputs;
    if (isAlone && isDifference(n)) return "difference";
    if (isAlone && n.op === "mul" && sign === 1 && a && a === b && cancels(a, judged)) return "cancelling";
  }
  return isUnlikely(objective, judged) ? "likelihood" : undefined;
}

/** Whether every likelihood in it is made smaller, whatever it is weighed by. */
function isUnlikely(objective: Node, { isOwn, applications, saysLog }: Judged): boolean {
  const ups = [...signsOf(objective, weightsIn(objective))].flatMap(([n, sign]) => {
    // The logarithm of a sigmoid is less a softplus.
    if (n.op === "softplus") return saysLog && isOwn(n) ? [-sign] : [];
    const call = applications.callOf(n);
    return (hasRole(call, "log_softmax") || isLogOfShare(n, applications)) && isOwn(n) ? [sign] : [];
  });
  return ups.length > 0 && ups.every((sign) => sign === 1);
}

function isLogOfShare({ op, inputs }: Node, applications: Applications): boolean {
  let [x] = op === "log" ? inputs : [];
  while (
    x &&
    (x.op === "gather" || x.op === "slice" || x.op === "reshape" || (x.op === "add" && x.inputs[1]?.op === "constant"))
  )
    [x] = x.inputs;
  return x !== undefined && hasRole(applications.callOf(x), "softmax");
}

const NEVER_BELOW_ZERO: ReadonlySet<string> = new Set(["eq", "lt", "le", "ne", "index"]);
const KEEPING: ReadonlySet<string> = new Set(["cast", "reshape", "broadcast", "slice", "add", "mul"]);

/** Finds factors that are a class, a target from 0 to 1 or the rest to 1, or a choice, and nothing that is learned. */
function weightsIn(objective: Node): (n: Node) => boolean {
  const isRest = ({ op, inputs: [one] }: Node): boolean =>
    op === "sub" && one?.op === "constant" && one.attributes.value === 1;
  // Of other quantities, such as a cost, a likelihood may be made smaller.
  const shares = new Set(
    topological(
      topological([objective])
        .filter(isRest)
        .flatMap((n) => n.inputs),
    ).filter(isField),
  );
  const isWeight = (n: Node): boolean => {
    if (isField(n)) return n.dtype === "i32" || shares.has(n);
    if (n.op === "constant") return Number(n.attributes.value) >= 0;
    if (isRest(n)) return n.inputs.every(isWeight);
    return NEVER_BELOW_ZERO.has(n.op) || (KEEPING.has(n.op) && n.inputs.every(isWeight));
  };
  return isWeight;
}

/** An answer as a layer gives it, less a target. */
function isOffTarget({ inputs }: Node, { isOwn, applications }: Judged): boolean {
  const [answer, target] = inputs.some((n) => isOwn(n)) && inputs[0] && isOwn(inputs[0]) ? inputs : inputs.toReversed();
  if (!answer || !target || !isOwn(answer)) return false;
  const made = topological([target]);
  if (!made.some(isField) || made.some(isLearned)) return false;
  let x: Node | undefined = answer;
  while (x && (x.op === "reshape" || x.op === "slice")) [x] = x.inputs;
  return x !== undefined && hasRole(applications.callOf(x), "linear");
}

/** Whether a value adds up differences of an answer and its target, several in an example. */
const cancels = (value: Node, judged: Judged): boolean =>
  [...signsOf(value).keys()].some(
    (n) =>
      n.op === "sub" && n.shape.length > value.shape.length && n.shape.some((d) => d !== 1) && isOffTarget(n, judged),
  );
