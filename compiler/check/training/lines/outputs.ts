// Elaborates `show` lines: pictures, a text that a model writes on, its likeliest next characters, activations along a
// text, or how values are spread. In: a call on the line. Out: nodes of one example with what they are drawn as.

import type { Expression } from "../../../../grammar/syntax/ast.ts";
import { asName } from "../../../../grammar/syntax/queries.ts";
import type { Span } from "../../../../grammar/syntax/span.ts";
import { showDim, showShape } from "../../../arithmetic/dim.ts";
import { zip } from "../../../arithmetic/lists.ts";
import { ownValue } from "../../../arithmetic/lookup.ts";
import type { Node } from "../../../graph/node.ts";
import { readArguments } from "../../builtins/call.ts";
import { argumentsInCall } from "../../evaluate/arguments.ts";
import type { Evaluator, Frame } from "../../frame/frame.ts";
import { didYouMean } from "../../names/didyoumean.ts";
import { type Domain, fixedNumber, optional, perAxis, refuse, sameOnAll, tensor, whole } from "../../sizes/domains.ts";
import { mistake } from "../../values/mistakes.ts";
import { asNode, asSize, describe, numberValue, type Resolved, type Value } from "../../values/values.ts";

/** Pictures: one example's node, its shape as a picture, and how many of them. */
export interface ShowImages {
  readonly kind: "images";
  readonly node: Node;
  readonly shape: readonly [height: number, width: number, channels: 1 | 3];
  readonly rows: number;
  readonly columns: number;
  readonly span: Span;
}

/** So many points a picture has at most, as one that is read. */
const MOST_POINTS = 2 ** 26;

/** A text that a model goes on with. */
export interface ShowText {
  readonly kind: "generate";
  readonly model: string;
  readonly prompt: string;
  readonly length: number;
  readonly temperature: number;
  readonly places: { readonly model: Span; readonly prompt: Span };
}

/** At each step of a text, the `count` likeliest classes of [T, V]. */
export interface ShowTop {
  readonly kind: "top";
  readonly node: Node;
  readonly count: number;
}

/** At each step of a text, the activations [T, n]. */
export interface ShowHeat {
  readonly kind: "heat";
  readonly node: Node;
  /** The text [T] of V along which they are drawn, where it is said. */
  readonly along?: Node;
  /** Numbers [T] along the text, by name: for each of them the cell that follows it best is looked for. */
  readonly followed: readonly Named[];
}

interface Named {
  readonly name: string;
  readonly node: Node;
}

/** How the values of several nodes are spread, under their names. */
export interface ShowHistogram {
  readonly kind: "histogram";
  readonly values: readonly Named[];
}

export type Show = ShowImages | ShowText | ShowTop | ShowHeat | ShowHistogram;

interface Asked {
  readonly span: Span;
  readonly given: Resolved;
  /** How the values are called in what is drawn of them, the positional ones first. */
  readonly texts: readonly string[];
}

const KINDS: Readonly<Record<string, (asked: Asked) => Show>> = {
  images: shownImages,
  generate: shownText,
  top: shownTop,
  heat: shownHeat,
  histogram: shownHistogram,
};

export function resolveShow(e: Evaluator, operand: Expression, f: Frame): Show {
  const name = operand.kind === "call" && operand.callee.kind === "name" ? operand.callee.name : undefined;
  const kind = name === undefined ? undefined : ownValue(KINDS, name);
  if (operand.kind !== "call" || name === undefined || !kind) {
    const close = name === undefined ? undefined : didYouMean(name, Object.keys(KINDS));
    throw mistake("train/cannot-show", operand.span, `\`show\` takes ${Object.keys(KINDS).join("(...), ")}(...)`, {
      hint: close ? `did you mean \`${close}(...)\`?` : "pictures are `show images(e, 8x8)`",
    });
  }
  const parameters = name === "generate" ? TEXT : {};
  const given = argumentsInCall(e, { kind: "builtin", name }, operand.arguments, f, parameters);
  const texts = operand.arguments.flatMap((a) =>
    a.kind === "named" ? [] : textOf(a.kind === "option" ? asName(a) : a.value),
  );
  return kind({ span: operand.span, given, texts: [...texts, ...given.named.keys()] });
}

/** How a value is called in what is drawn of it. */
function textOf(e: Expression): string {
  if (e.kind === "name") return e.name;
  if (e.kind === "field") return e.name.text;
  return e.kind === "call" ? textOf(e.callee) : e.kind;
}

const GRID = optional(perAxis(whole({ from: 1, to: 1000 })), sameOnAll(8), "8x8");

function shownImages({ span, given }: Asked): ShowImages {
  const { values, places } = readArguments("images", { picture: tensor, grid: GRID }, given, span);
  const { picture: node, grid } = values;
  const at = places("picture").span;
  const shape = pictureShape(node.shape.map((d) => asSize(numberValue(d), at, "a picture's size")));
  if (!shape)
    throw mistake(
      "shapes/not-a-picture",
      at,
      `a picture is [height, width], [height, width, 1 or 3] or the numbers of a square, and this is ${showShape(node.shape)}`,
      { hint: hintOnPicture(node.shape.map(showDim)) },
    );
  const [rows, columns] = grid.for(2) as [number, number];
  const [tall, wide] = [rows * shape[0], columns * shape[1]];
  if (tall * wide > MOST_POINTS)
    throw mistake(
      "train/cannot-show",
      span,
      `${rows}x${columns} pictures of ${shape[0]}x${shape[1]} points are ${wide} points wide and ${tall} high, more than the ${MOST_POINTS} that one picture may have`,
      { hint: "fewer of them are `images(e, 8x8)`" },
    );
  return { kind: "images", node, shape, rows, columns, span };
}

function hintOnPicture([height = "H", width = "W", depth, ...more]: readonly string[]): string {
  const [count] = more;
  // So many channels are no filters: something was joined that is no picture.
  if (Number(depth) > 256)
    return "pictures side by side are joined along their width, `concat(a, b, over=1)`, and a row of numbers becomes one by `reshape(x, [28, 28, 1])` first";
  if (more.length === 1 && (depth === "1" || depth === "3"))
    return `the filters of a layer, one below the other, are \`reshape(transpose(x, [3, 0, 1, 2]), [${count} * ${height}, ${width}, ${depth}])\``;
  if (depth === undefined || more.length > 0) return "`reshape(x, [24, 32])` makes one of 768 numbers";
  return `each channel is a picture of its own: \`x[:, :, 0]\` is the first, and \`reshape(transpose(x, [2, 0, 1]), [${depth} * ${height}, ${width}])\` has all, one below the other`;
}

/** A vector is a square grey picture, as what flattened pictures were made into. */
export function pictureShape(shape: readonly number[]): ShowImages["shape"] | undefined {
  const [height = 0, width, channels = 1] = shape;
  const side = Math.sqrt(height);
  if (shape.length === 1 && Number.isInteger(side)) return [side, side, 1];
  if (shape.length > 3 || width === undefined || (channels !== 1 && channels !== 3)) return undefined;
  return [height, width, channels];
}

const MODEL: Domain<string> = {
  says: "a model of characters",
  read: (value, at) => {
    if (value.kind === "definition" && value.definition.kind === "model") return value.definition.name.text;
    throw refuse(at, MODEL.says, `this is ${describe(value)}`, {
      code: "train/cannot-show",
      hint: "`generate` takes a model, then a prompt, a length and a temperature",
    });
  },
};

const PROMPT: Domain<string> = {
  says: "a text",
  noun: "a prompt",
  read: (value, at) => {
    if (value.kind === "string") return value.value;
    throw refuse(at, PROMPT.says, `this is ${describe(value)}`, {
      code: "train/cannot-show",
      hint: 'write it in quotes: `generate(charlm, "The ", 200)`',
    });
  },
};

const TEXT = {
  model: MODEL,
  prompt: optional(PROMPT, "", '""'),
  length: optional(whole({ from: 1, to: 1e6 }), 200, "200"),
  temperature: optional(fixedNumber({ from: 0 }), 1, "1"),
};

function shownText({ span, given }: Asked): ShowText {
  const { values, places } = readArguments("generate", TEXT, given, span);
  return { kind: "generate", ...values, places: { model: places("model").span, prompt: places("prompt").span } };
}

/** A value with a row for each step. */
const STEPS: Domain<Node> = {
  says: "a row for each step of a text, [T, n]",
  read: (value, at) => {
    const node = asNode(value, at.span);
    if (node.shape.length === 2) return node;
    throw refuse(at, STEPS.says, `this is ${describe(value)}`, {
      code: "train/cannot-show",
      hint: "give the value of a whole sequence, such as `net(text)`",
    });
  },
};

/** The text along which activations are drawn. */
const ALONG: Domain<Node> = {
  says: "a text, [T] of V",
  read: (value, at) => {
    if (value.kind === "tensor" && value.classes !== undefined && value.node.shape.length === 1) return value.node;
    throw refuse(at, ALONG.says, `this is ${describe(value)}`, {
      code: "train/cannot-show",
      hint: "activations are drawn along a text of the data: `heat(net(text).high, text)`",
    });
  },
};

function shownTop({ span, given }: Asked): ShowTop {
  const parameters = { value: STEPS, count: optional(whole({ from: 1, to: 1000 }), 5, "5") };
  const { value: node, count } = readArguments("top", parameters, given, span).values;
  return { kind: "top", node, count };
}

/** A number at each step of what is drawn. */
const followedAlong = (steps: Node): Domain<Node> => ({
  says: `a number for each step, [${showDim(steps.shape[0] ?? 1)}]`,
  read: (value, at) => {
    const node = asNode(value, at.span);
    if (showShape(node.shape) === showShape(steps.shape.slice(0, 1))) return node;
    throw refuse(at, followedAlong(steps).says, `this is ${describe(value)}`, {
      code: "train/cannot-show",
      hint: "a cell is looked for that follows a number along the text, such as `heat(net(text).high, text, quoted)`",
    });
  },
});

const HEAT = { value: STEPS, text: optional(ALONG, undefined, "...") };

function shownHeat({ span, given, texts }: Asked): ShowHeat {
  const isOwn = (name: string): boolean => name in HEAT;
  const own = {
    ...given,
    positional: given.positional.slice(0, 2),
    named: new Map([...given.named].filter(([name]) => isOwn(name))),
  };
  const { value: node, text } = readArguments("heat", HEAT, own, span).values;
  const followed = namedValues(given, texts, span)
    .filter(({ name, index }) => index >= 2 && !(given.named.has(name) && isOwn(name)))
    .map(({ name, value, at }) => {
      const place = { span: at, callee: "heat", name, before: {} };
      return { name, node: followedAlong(node).read(value, place) };
    });
  return { kind: "heat", node, ...(text ? { along: text } : {}), followed };
}

/** The arguments with the names that they are drawn by; those that have one of their own stand after all places. */
function namedValues(
  { positional, named, spans }: Resolved,
  texts: readonly string[],
  span: Span,
): readonly { readonly name: string; readonly value: Value; readonly at: Span; readonly index: number }[] {
  const places = [...(spans?.positional ?? []), ...[...(spans?.named.values() ?? [])].map((s) => s.value)];
  return zip([...positional, ...named.values()], texts).map(([value, name], i) => ({
    name,
    value,
    at: places[i] ?? span,
    index: i < positional.length ? i : Number.POSITIVE_INFINITY,
  }));
}

function shownHistogram({ span, given, texts }: Asked): ShowHistogram {
  const values = namedValues(given, texts, span);
  if (values.length === 0)
    throw mistake("calls/missing-argument", span, "`histogram` needs values, such as `histogram(y.first, y.second)`");
  return { kind: "histogram", values: values.map(({ name, value, at }) => ({ name, node: asNode(value, at) })) };
}
