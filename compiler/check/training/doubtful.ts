// Warnings of a training as a whole: losses that are made worse, models that no step trains, a label that the model is given. In: the
// goals of its steps as graphs, and what each step trains. Out: warnings at the lines.

import type { ModelDefinition, TrainDefinition } from "../../../grammar/syntax/ast.ts";
import { namesOne } from "../../../grammar/syntax/queries.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import { isNumber, showShape } from "../../arithmetic/dim.ts";
import { type Node, topological } from "../../graph/node.ts";
import { nodeOf } from "../advice/losses.ts";
import type { Application, Applications } from "../frame/application.ts";
import { hasRole } from "../frame/roles.ts";
import type { Program } from "../program/program.ts";
import { warnOfAlike } from "./alike.ts";
import type { TrainBody } from "./body.ts";
import { FALLS, fallOf, warnOfMovingTeacher } from "./goals.ts";
import { warnOfAlteredLabels } from "./lines/alteredlabel.ts";
import { warnOfDrawnCode, warnOfTurnedDivergence } from "./lines/drawncode.ts";
import { warnOfEpochLoop } from "./lines/epochloop.ts";
import { warnOfGivenLabel } from "./lines/givenlabel.ts";
import { signsOf } from "./lines/signs.ts";
import type { Moving, PendingStep } from "./lines/types.ts";
import { warnOfPenalties } from "./penalties.ts";

export function warnOfDoubtful(
  program: Program,
  definition: TrainDefinition,
  body: TrainBody,
  moving: readonly Moving[],
): void {
  const { applications } = body.frame.context;
  const calls = applications
    .calls()
    .filter((call) => hasRole(call, "class_loss", "comparison"))
    .slice(0, MOST);
  for (const [step, trained] of moving) {
    const own = new Set(trained.map(({ path }) => rootOf(path)));
    for (const { name, objective, span } of step.goals.slice(0, MOST))
      warnOfDirection(program, calls, { written: name, objective, span, own, applications });
    warnOfOpposites(program, calls, step);
    warnOfOneAnswer(program, calls, step, own);
    warnOfMovingTeacher(program, definition, step, trained);
    warnOfLogarithms(program, body, step);
  }
  warnOfUntrained(program, definition, body, moving);
  warnOfPenalties(program, moving);
  const objectives = moving.flatMap(([{ goals }]) => goals.map(({ objective }) => objective));
  warnOfAlike(
    program,
    objectives,
    moving.flatMap(([, trained]) => trained),
  );
  warnOfOther(program, definition, moving);
  warnOfEpochLoop(program, definition);
  warnOfAlteredLabels(program, calls);
  warnOfDrawnCode(program, calls, objectives);
  warnOfTurnedDivergence(program, objectives, definition.span);
  for (const call of calls) {
    warnOfGivenLabel(program, call, body.options.fields);
    warnOfSameAnswer(program, call);
  }
}

/** Losses that are looked at; a loop may make very many, each like the others. */
const MOST = 16;

/** The model or bound layer that a parameter is of. */
const rootOf = (path: string): string => path.split(".", 1).join();

/** The roots of everything learned that a value is made of. */
const rootsIn = (...values: readonly Node[]): ReadonlySet<string> =>
  new Set(
    topological(values)
      .filter(isLearned)
      .map((n) => rootOf(String(n.attributes.name))),
  );

const isLearned = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "parameter";
const isField = ({ op, attributes }: Node): boolean => op === "parameter" && attributes.role === "field";

const isWithin = (some: ReadonlySet<string>, all: ReadonlySet<string>): boolean =>
  some.size > 0 && [...some].every((root) => all.has(root));

/** The target of a comparison, or the label of scores; a number that is written there is none. */
const targetOf = ({ arguments: given }: Application): Node | undefined => nodeOf(given, "label") ?? nodeOf(given, "x");

/** The number of a target that is the same for all examples. */
function fixedTarget({ arguments: given }: Application): number | undefined {
  const target = given.get("x");
  const node = target?.kind === "tensor" ? target.node : undefined;
  if (target?.kind === "number" && isNumber(target.value)) return target.value;
  return node?.op === "constant" ? Number(node.attributes.value) : undefined;
}

// ---------------------------------------------------------------- directions

interface Aimed {
  /** The word of its line. */
  readonly written: string;
  readonly objective: Node;
  readonly span: Span;
  /** Models that its step trains. */
  readonly own: ReadonlySet<string>;
  readonly applications: Applications;
}

/** Warns of a loss that the very models it judges are to make larger, and of a likelihood that they are to make smaller. */
function warnOfDirection(program: Program, calls: readonly Application[], aimed: Aimed): void {
  const { written, objective, span, own, applications } = aimed;
  const signs = signsOf(objective);
  const worse = calls.find((call) => {
    const [y, target] = [nodeOf(call.arguments, "y"), targetOf(call)];
    const sign = call.output.kind === "tensor" ? signOf(call.output.node, signs) : undefined;
    return sign === -1 && y && isWithin(rootsIn(y), own) && (!target || rootsIn(target).size === 0);
  });
  if (worse) {
    const sign = written === "maximize" ? "write `minimize` in place of `maximize`" : "leave out the minus";
    program.elaborator.warn(
      {
        code: "train/wrong-direction",
        message: `this makes \`${worse.name}\` larger: it falls with better answers, so the model learns to be wrong`,
        hint: sign,
      },
      span,
    );
    return;
  }
  const isOwn = (n: Node): boolean => isWithin(rootsIn(n), own);
  const fall = fallOf(objective, { isOwn, applications, saysLog: /\blog\b/.test(textAt(program, span)) });
  if (fall === undefined) return;
  if (fall !== "likelihood") {
    program.elaborator.warn(FALLS[fall], span);
    return;
  }
  program.elaborator.warn(
    {
      code: "train/wrong-direction",
      message: "this makes the logarithm of a probability smaller, without end: the model learns to call it impossible",
      hint:
        written === "maximize"
          ? "leave out the minus: a likelihood is maximised"
          : "a likelihood is maximised: write `maximize` in place of `minimize` or `loss`, or a minus before it",
    },
    span,
  );
}

/** Warns of a logarithm or a root of what a layer gives as it is, of any sign: below 0 it is no number, and the training ends. */
function warnOfLogarithms(program: Program, { frame }: TrainBody, { goals }: PendingStep): void {
  for (const { objective, span } of goals.slice(0, MOST))
    for (const n of topological([objective])) {
      const x = n.op === "log" || n.op === "sqrt" ? withoutMargin(n.inputs[0]) : undefined;
      const made = x && frame.context.applications.callOf(x);
      if (!made || !hasRole(made, "linear", "scores")) continue;
      const isOfScores = n.op === "log" && (n.shape.at(-1) ?? 1) !== 1;
      program.elaborator.warn(
        {
          code: "train/below-zero",
          message: `this takes the ${n.op === "log" ? "logarithm" : "root"} of what \`${made.name}\` gives, which may be below 0, where there is none`,
          hint: isOfScores
            ? "scores become logarithms of probabilities by `log_softmax(y)`, and `cross_entropy(y, label)` is the whole loss"
            : n.op === "log"
              ? "a probability is made by `sigmoid(y)`, and `bce(y, target)` is the whole loss; for a quantity take `softplus(y)`"
              : "keep it above 0, as `softplus(y)` does",
          related: [{ span: made.span, text: `'${made.name}' here` }],
        },
        n.span && n.span.file === program.file.span.file ? n.span : span,
      );
      return;
    }
}

/** The value to which a small number is added, as in `log(y + 1e-8)`. */
function withoutMargin(x: Node | undefined): Node | undefined {
  const [a, b] = x?.op === "add" ? x.inputs : [];
  return b?.op === "constant" ? a : a?.op === "constant" ? b : x;
}

/** Two minus signs in a row are none, and then what is between them is no part of the objective. */
function signOf(node: Node, signs: ReadonlyMap<Node, 1 | -1>): 1 | -1 | undefined {
  const [turned] = node.op === "neg" ? node.inputs : [];
  const inner = turned && signs.get(turned);
  return signs.get(node) ?? (inner && (-inner as 1 | -1));
}

const textAt = ({ file }: Program, { file: path, start, end }: Span): string =>
  path === file.span.file ? file.text.slice(start, end) : "";

/** Warns of one answer that is to be yes and no in the same step: both pull at the same weights, and 1/2 is the best. */
function warnOfOpposites(program: Program, calls: readonly Application[], { goals }: PendingStep): void {
  const asked = new Map<string, readonly [target: number, span: Span]>();
  const shorter = new Map<string, string>();
  const signs = goals.map(({ objective }) => signsOf(objective));
  for (const call of calls) {
    const [y, wanted] = [nodeOf(call.arguments, "y"), fixedTarget(call)];
    if (!y || wanted === undefined || !hasRole(call, "yes_or_no") || call.output.kind !== "tensor") continue;
    const { node } = call.output;
    if (!signs.some((s) => s.get(node) === 1)) continue;
    const answer = upToDraws(y, shorter);
    const before = asked.get(answer);
    if (before && before[0] !== wanted) {
      program.elaborator.warn(
        {
          code: "train/opposite-targets",
          message: `the same answer is to be ${before[0]} and ${wanted} in one step, for all models at once: the best of both is a half`,
          hint: "models that work against each other are trained in steps, each with its own loss: `step D { ... }` and `step G { ... }`",
          related: [{ span: before[1], text: `${before[0]} here` }],
        },
        call.span,
      );
      return;
    }
    asked.set(answer, [wanted, call.span]);
  }
}

/** Names a value alike where only its draws differ: a generator that is called twice makes pictures of one kind. */
function upToDraws(y: Node, shorter: Map<string, string>): string {
  const names = new Map<Node, string>();
  for (const n of topological([y])) {
    const inputs = n.inputs.map((i) => names.get(i) ?? String(i.id));
    const isOwn = n.inputs.every((input, i) => inputs[i] === String(input.id));
    // A loop over time has a graph of its own among its attributes.
    names.set(
      n,
      n.op === "random"
        ? `draw[${showShape(n.shape)}]`
        : isOwn || n.op === "scan"
          ? String(n.id)
          : `${n.op}(${inputs.map((i) => shortened(i, shorter)).join()};${JSON.stringify(n.attributes, nodesById)})`,
    );
  }
  return names.get(y) ?? "";
}

/** Nodes among attributes, such as those of a derivative, are named and not written out. */
const nodesById = (_: string, value: unknown): unknown =>
  typeof value === "object" && value !== null && "inputs" in value && "id" in value ? value.id : value;

/** A long name by its number: names within names would grow with every layer. */
function shortened(name: string, shorter: Map<string, string>): string {
  if (name.length < 40) return name;
  const known = shorter.get(name) ?? `#${shorter.size}`;
  shorter.set(name, known);
  return known;
}

/** Warns of a model that a step trains to give one answer alone, whatever it is given. */
function warnOfOneAnswer(
  program: Program,
  calls: readonly Application[],
  { goals, models }: PendingStep,
  own: ReadonlySet<string>,
): void {
  const signs = goals.map(({ objective }) => signsOf(objective));
  const asked = calls.flatMap((call) => {
    const [y, wanted] = [nodeOf(call.arguments, "y"), fixedTarget(call)];
    if (!y || wanted === undefined || !hasRole(call, "yes_or_no") || call.output.kind !== "tensor") return [];
    const { node } = call.output;
    const isOwn = [...rootsIn(y)].some((root) => own.has(root));
    return isOwn && signs.some((s) => s.get(node) === 1) ? [{ y, wanted, span: call.span }] : [];
  });
  const [first, ...others] = asked;
  // A generator is asked for one answer of the model that judges it, which its own step does not train.
  const judges = new Set(asked.map(({ y }) => [...rootsIn(y)].filter((root) => own.has(root)).join()));
  const last = others.at(-1);
  if (models === undefined || !first || !last || judges.size > 1 || others.some((o) => o.wanted !== first.wanted))
    return;
  if (new Set(asked.map(({ y }) => y)).size < 2 || !asked.some(({ y }) => isWithin(rootsIn(y), own))) return;
  program.elaborator.warn(
    {
      code: "train/opposite-targets",
      message: `every answer of this step is to be ${first.wanted}, so its model learns to say that of anything`,
      hint: `generated and real examples need different targets: one of them ${1 - first.wanted}`,
      related: [{ span: first.span, text: `${first.wanted} here, too` }],
    },
    last.span,
  );
}

/** Warns of a model that is given something and answers the same to all of it. */
function warnOfSameAnswer(program: Program, call: Application): void {
  const y = nodeOf(call.arguments, "y");
  if (!y) return;
  const made = topological([y]);
  const roots = [...rootsIn(y)];
  const isVaried = made.some((n) => isField(n) || n.op === "random" || n.op === "scan" || n.op === "gradient");
  const model = program.file.definitions.find(
    (d): d is ModelDefinition => d.kind === "model" && d.name.text === roots[0],
  );
  if (isVaried || roots.length !== 1 || !model || model.parameters.length === 0) return;
  program.elaborator.warn(
    {
      code: "train/same-answer",
      message: `'${model.name.text}' gives the same answer to all examples: nothing of what it is given comes to its last line`,
      hint: `let its lines read what it is given: \`it\`, or \`${model.parameters[0]?.name.text}\``,
    },
    call.span,
  );
}

// ---------------------------------------------------------------- models

/** Warns of a model that the losses of steps are computed with and that no step of any training moves. */
function warnOfUntrained(
  program: Program,
  definition: TrainDefinition,
  body: TrainBody,
  moving: readonly Moving[],
): void {
  if (!moving.every(([{ models }]) => models !== undefined)) return;
  const moved = new Set(moving.flatMap(([, trained]) => trained.map(({ path }) => rootOf(path))));
  const updated = moving.flatMap(([{ updates }]) => updates.map(({ target }) => rootOf(target.path)));
  for (const root of [...updated, ...body.frozen.map(rootOf)]) moved.add(root);
  const goals = moving.flatMap(([{ goals: own }]) => own);
  for (const { objective, span } of goals)
    for (const root of rootsIn(objective)) {
      if (moved.has(root) || !isModel(program, root) || isNamedElsewhere(program, definition, root)) continue;
      if (program.everything().every((l) => rootOf(l.path) !== root || l.fixed)) continue;
      moved.add(root);
      program.elaborator.warn(
        {
          code: "train/untrained-model",
          message: `no step trains '${root}': its weights stay as they begin`,
          hint: `write a step for it, \`step ${root} { ... }\`; if it is to stay as it is, write \`freeze ${root}\``,
        },
        span,
      );
    }
}

const isModel = ({ file }: Program, name: string): boolean =>
  file.definitions.some((d) => d.kind === "model" && d.name.text === name);

const isNamedElsewhere = ({ file }: Program, own: TrainDefinition, name: string): boolean =>
  file.definitions.some((d) => d.kind === "train" && d.name.text !== own.name.text && namesOne(d.body, name));

/** Warns of a training that is called like a model and has nothing to do with it. */
function warnOfOther(program: Program, { name, body }: TrainDefinition, moving: readonly Moving[]): void {
  const trained = new Set(moving.flatMap(([, own]) => own.map(({ path }) => rootOf(path))));
  const model = program.file.definitions.find(
    (d): d is ModelDefinition => d.kind === "model" && d.name.text === name.text,
  );
  if (!model || trained.has(name.text) || trained.size === 0 || namesOne(body, name.text)) return;
  const others = [...trained].filter((root) => isModel(program, root));
  if (others.length === 0 || others.some((other) => namesOne(model.body, other))) return;
  program.elaborator.warn(
    {
      code: "train/other-model",
      message: `this training is called like the model '${name.text}', which it never calls: it trains '${others.join("' and '")}'`,
      hint: `let its loss call \`${name.text}(...)\`, or give the training another name`,
    },
    name.span,
  );
}
