// A model that another is to imitate, and that gives way to it: both move, and meet at what neither was taught. In: the losses of a
// training and what it trains. Out: a warning at the loss.

import type { TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { namesOne } from "../../../grammar/syntax/queries.ts";
import { type Node, topological } from "../../graph/node.ts";
import { withSlope } from "../advice/flatloss.ts";
import type { Program } from "../program/program.ts";
import type { Learned } from "../values/instance.ts";
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

/** The summands of a loss, without the numbers that scale them. */
function termsOf(node: Node): readonly Node[] {
  const { op, inputs } = node;
  const [a, b] = inputs;
  if (a && LINEAR.has(op)) return termsOf(a);
  if (!a || !b) return [node];
  if (op === "add" || op === "sub") return [...termsOf(a), ...termsOf(b)];
  if ((op === "mul" || op === "div") && (b.op === "constant" || b.op === "extent")) return termsOf(a);
  return op === "mul" && a.op === "constant" ? termsOf(b) : [node];
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
  // Views of one batch are told apart by their places in it.
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
