// Preparation of data that does not do what its author means: fields that are prepared and never read, shares that are divided by
// 255 again, sounds taken for another rate. In: a program and one of its declarations of data, as they are written. Out: warnings.

import type { Program } from "../../compiler/check/program/program.ts";
import type {
  Argument,
  BinaryExpression,
  DataDefinition,
  Expression,
  ModelDefinition,
  TrainDefinition,
} from "../../grammar/syntax/ast.ts";
import { namesOne } from "../../grammar/syntax/queries.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import { trainingsOn, unreadArgument } from "./fielduse.ts";

/** Sources whose pictures are from 0 to 1. */
const SHARES: ReadonlySet<string> = new Set([
  "images",
  "segmentation",
  "mnist",
  "cifar10",
  "digits",
  "captions",
  "turned",
]);
/** Numbers that a byte is divided by. */
const BYTES: readonly number[] = [255, 256, 127.5];
/** Samples a second of `wav` and `logmel`, unless they are told otherwise. */
const RATE = 16000;

/** `fields`: the names of the fields that the source gives. */
export function warnOfPreparation(program: Program, name: string, fields: readonly string[]): void {
  const declared = program.data.get(name);
  if (!declared) return;
  warnOfUnread(program, declared, fields);
  warnOfUnreadKnown(program, declared);
  warnOfSharesTwice(program, declared);
  warnOfOtherRate(program, declared);
  warnOfTestShare(program, declared);
}

/** Shares that other tools hold out; less is what few examples are asked for by. */
const [LEAST_TEST, MOST_TEST] = [0.1, 0.4];

/** `split=0.2`, as it is written elsewhere for the part that is held out. */
function warnOfTestShare(program: Program, { source }: DataDefinition): void {
  const given = source.kind === "call" || source.kind === "flow" ? source.arguments : [];
  const share = numberNamed(given, "split");
  const at = given.find((a) => a.kind === "named" && a.name.text === "split");
  if (!at || share === undefined || share < LEAST_TEST || share > MOST_TEST) return;
  const percent = (part: number): string => `${Number((100 * part).toPrecision(6))}%`;
  const parts = Number((1 / share).toPrecision(6));
  const fraction = Number.isInteger(parts) ? `1/${parts}` : `${Number((100 * share).toPrecision(6))}/100`;
  program.elaborator.warn(
    {
      code: "data/small-split",
      message: `\`split\` is the share that trains: only ${percent(share)} of the examples do, and ${percent(1 - share)} are held out`,
      hint: `to hold out ${percent(share)}, write \`split=${Number((1 - share).toPrecision(6))}\`; if so few are to train, a fraction says so: \`split=${fraction}\``,
    },
    at.span,
  );
}

/** A field that is made anew, and then neither the body nor a training reads it. */
function warnOfUnread(program: Program, { name, body }: DataDefinition, fields: readonly string[]): void {
  const trainings = trainingsOn(program, name.text);
  if (trainings.length === 0) return;
  const read = fields.filter((field) => trainings.some((t) => namesOne(t.body, field)));
  for (const [i, s] of body.entries()) {
    const [target] = s.kind === "assign" && s.targets.length === 1 ? s.targets : [];
    const rest = [...body.slice(i + 1), ...trainings];
    if (!target || target.text.startsWith("_") || rest.some((part) => namesOne(part, target.text))) continue;
    const others = read.filter((field) => field !== target.text).map((field) => `\`${field}\``);
    program.elaborator.warn(
      {
        code: "data/unread-preparation",
        message: `'${target.text}' is prepared here, and no training reads it`,
        hint:
          others.length > 0
            ? `what is read is ${others.slice(0, 4).join(", ")}: prepare that, or let the training read \`${target.text}\``
            : `let the training read \`${target.text}\`, or leave the line out`,
      },
      target.span,
    );
  }
}

/** `known="holiday"` of a series whose trainings look at the past alone. */
function warnOfUnreadKnown(program: Program, declared: DataDefinition): void {
  if (headOf(declared.source) !== "series") return;
  const asked = unreadArgument(program, declared, "known", namesKnown);
  if (!asked) return;
  program.elaborator.warn(
    {
      code: "data/unread-preparation",
      message: "these channels are known ahead, and no training reads `known`",
      hint: "give it to the model beside the past, as in `net(past, known)`, or leave the argument out",
    },
    asked.span,
  );
}

const namesKnown = (a: Argument): boolean => a.kind === "named" && a.name.text === "known";

function warnOfSharesTwice(program: Program, { name, source, body }: DataDefinition): void {
  const head = headOf(source);
  if (head === undefined || !SHARES.has(head)) return;
  const trainings = trainingsOn(program, name.text);
  const places = [body, ...trainings];
  const found =
    places.map((tree) => within(tree, isByteShare)).find((at) => at) ??
    (namesOne(body, "image") ? undefined : inModel(program, trainings));
  if (!found) return;
  program.elaborator.warn(
    {
      code: "data/shares-twice",
      message: `the numbers of a picture are from 0 to 1 here, and this takes them to 1/255 of that`,
      hint: `leave the division out: \`${head}\` has made it already`,
    },
    found,
  );
}

/** The first line of a model of pictures alone, `it / 255`, that a training calls. */
function inModel({ file }: Program, trainings: readonly TrainDefinition[]): Span | undefined {
  const models = file.definitions.filter((d): d is ModelDefinition => d.kind === "model" && d.parameters.length === 1);
  const called = models.filter((m) => trainings.some((t) => namesOne(t.body, m.name.text)));
  return called
    .map(({ body: [first], parameters }) => {
      const isInput = (e: Expression): boolean =>
        e.kind === "it" || (e.kind === "name" && e.name === parameters[0]?.name.text);
      return first && within(first, (e) => isQuotient(e) && isInput(e.left));
    })
    .find((at) => at);
}

/** Something that is divided as a byte is. */
const isQuotient = (e: Expression): e is BinaryExpression =>
  e.kind === "binary" && e.operator === "/" && e.right.kind === "number" && BYTES.includes(e.right.value);

/** `image / 255`, also with something around it. */
const isByteShare = (e: Expression): boolean => isQuotient(e) && namesOne(e.left, "image");

function warnOfOtherRate(program: Program, { source }: DataDefinition): void {
  if (headOf(source) !== "wav" || source.kind !== "call") return;
  const rate = numberNamed(source.arguments, "rate") ?? RATE;
  const found = within(program.file.definitions, (e) => {
    if (headOf(e) !== "logmel" || (e.kind !== "call" && e.kind !== "flow" && e.kind !== "name")) return false;
    const given = e.kind === "name" ? [] : e.arguments;
    // A second value by its place, and one that is worked out, are taken to be what they should be.
    const isOpen =
      given.filter((a) => a.kind === "positional").length > 1 || given.some((a) => namesRate(a) && !isNumber(a));
    return !isOpen && (numberNamed(given, "rate") ?? RATE) !== rate;
  });
  if (!found) return;
  program.elaborator.warn(
    {
      code: "data/other-rate",
      message: `the sounds have ${rate} samples a second, and \`logmel\` takes them to have another number: its bands are of other tones`,
      hint: `write \`logmel(sound, rate=${rate})\``,
    },
    found,
  );
}

const namesRate = (a: Argument): boolean => a.kind === "named" && a.name.text === "rate";
const isNumber = (a: Argument): boolean => a.kind === "named" && a.value.kind === "number";

function numberNamed(given: readonly Argument[], name: string): number | undefined {
  const found = given.find((a) => a.kind === "named" && a.name.text === name);
  return found?.kind === "named" && found.value.kind === "number" ? found.value.value : undefined;
}

function headOf(e: Expression): string | undefined {
  const head = e.kind === "call" ? e.callee : e.kind === "flow" ? e.head : e;
  return head.kind === "name" ? head.name : undefined;
}

/** The place of the first expression of a kind in a part of a program. */
function within(tree: unknown, asked: (e: Expression) => boolean): Span | undefined {
  if (typeof tree !== "object" || tree === null) return undefined;
  if ("kind" in tree && "span" in tree && asked(tree as Expression)) return tree.span as Span;
  for (const [key, part] of Object.entries(tree)) {
    const found = key === "span" ? undefined : within(part, asked);
    if (found) return found;
  }
  return undefined;
}
