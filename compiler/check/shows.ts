// What `show` lines ask for: pictures, a text that a model writes on, its likeliest next characters, activations along a
// text, or how values are spread. In: a call on the line. Out: nodes of one example with what they are drawn as.

import type { Expression } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/span.ts";
import { showShape } from "../graph/dim.ts";
import type { Node } from "../graph/node.ts";
import type { Evaluator, Frame } from "./frame.ts";
import { asName } from "./mentions.ts";
import { didYouMean } from "./names.ts";
import type { Value } from "./values.ts";
import { asNode, asSize, describe, mistake, numberValue } from "./values.ts";

/** Pictures: one example's node, its shape as a picture, and how many of them. */
export interface ShowImages {
  readonly kind: "images";
  readonly node: Node;
  readonly shape: readonly [height: number, width: number, channels: 1 | 3];
  readonly rows: number;
  readonly columns: number;
}

/** A text that a model goes on with. */
export interface ShowText {
  readonly kind: "generate";
  readonly model: string;
  readonly prompt: string;
  readonly length: number;
  readonly temperature: number;
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
}

/** How the values of several nodes are spread, under their names. */
export interface ShowHistogram {
  readonly kind: "histogram";
  readonly values: readonly { readonly name: string; readonly node: Node }[];
}

export type Show = ShowImages | ShowText | ShowTop | ShowHeat | ShowHistogram;

interface Asked {
  readonly span: Span;
  readonly positional: readonly { readonly value: Value; readonly span: Span; readonly text: string }[];
  readonly named: ReadonlyMap<string, Value>;
}

const KINDS: Readonly<Record<string, (asked: Asked) => Show>> = {
  images: shownImages,
  generate: shownText,
  top: shownTop,
  heat: shownHeat,
  histogram: shownHistogram,
};

export function shown(e: Evaluator, operand: Expression, f: Frame): Show {
  const name = operand.kind === "call" && operand.callee.kind === "name" ? operand.callee.name : undefined;
  const kind = name === undefined ? undefined : KINDS[name];
  if (operand.kind !== "call" || !kind) {
    const close = name === undefined ? undefined : didYouMean(name, Object.keys(KINDS));
    throw mistake("train/cannot-show", operand.span, `\`show\` takes ${Object.keys(KINDS).join("(...), ")}(...)`, {
      hint: close ? `did you mean \`${close}(...)\`?` : "pictures are `show images(e, 8x8)`",
    });
  }
  const named = new Map<string, Value>();
  const positional: Asked["positional"][number][] = [];
  for (const a of operand.arguments) {
    const written = a.kind === "option" ? asName(a) : a.value;
    const value = e.value(written, f);
    if (a.kind === "named") named.set(a.name.text, value);
    else positional.push({ value, span: a.span, text: textOf(written) });
  }
  return kind({ span: operand.span, positional, named });
}

/** How a value is called in what is drawn of it. */
function textOf(e: Expression): string {
  if (e.kind === "name") return e.name;
  if (e.kind === "field") return e.name.text;
  return e.kind === "call" ? textOf(e.callee) : e.kind;
}

const at = (asked: Asked, i: number, name: string): Value | undefined =>
  asked.named.get(name) ?? asked.positional[i]?.value;

function number(asked: Asked, i: number, name: string, fallback: number): number {
  const value = at(asked, i, name);
  if (value === undefined) return fallback;
  if (value.kind === "number" && typeof value.value === "number") return value.value;
  throw mistake("train/cannot-show", asked.span, `'${name}' is a number, and this is ${describe(value)}`);
}

function shownImages(asked: Asked): ShowImages {
  const picture = at(asked, 0, "picture");
  if (!picture) throw mistake("calls/missing-argument", asked.span, "`images` needs a picture");
  const node = asNode(picture, asked.span);
  const shape = pictureShape(node.shape.map((d) => asSize(numberValue(d), asked.span, "a picture's size")));
  if (!shape)
    throw mistake(
      "shapes/not-a-picture",
      asked.span,
      `a picture is [height, width], [height, width, 1 or 3] or the numbers of a square, and this is ${showShape(node.shape)}`,
      { hint: "`reshape(x, [24, 32])` makes one of 768 numbers" },
    );
  const grid = at(asked, 1, "grid");
  const [rows = 8, columns = rows] = (grid?.kind === "list" ? grid.items : grid ? [grid] : []).map((g) =>
    asSize(g, asked.span, "the grid"),
  );
  return { kind: "images", node, shape, rows, columns };
}

/** A vector is a square grey picture, as what flattened pictures were made into. */
function pictureShape(shape: readonly number[]): ShowImages["shape"] | undefined {
  const [height = 0, width, channels = 1] = shape;
  const side = Math.sqrt(height);
  if (shape.length === 1 && Number.isInteger(side)) return [side, side, 1];
  if (shape.length > 3 || width === undefined || (channels !== 1 && channels !== 3)) return undefined;
  return [height, width, channels];
}

function shownText(asked: Asked): ShowText {
  const model = at(asked, 0, "model");
  if (model?.kind !== "definition" || model.definition.kind !== "model")
    throw mistake(
      "train/cannot-show",
      asked.span,
      "`generate` takes a model, then a prompt, a length and a temperature",
    );
  const prompt = at(asked, 1, "prompt");
  if (prompt !== undefined && prompt.kind !== "string")
    throw mistake("train/cannot-show", asked.span, `a prompt is a text, and this is ${describe(prompt)}`, {
      hint: 'write it in quotes: `generate(charlm, "The ", 200)`',
    });
  return {
    kind: "generate",
    model: model.definition.name.text,
    prompt: prompt?.value ?? "",
    length: number(asked, 2, "length", 200),
    temperature: number(asked, 3, "temperature", 1),
  };
}

/** A value with a row for each step. */
function steps(asked: Asked, what: string): Node {
  const value = at(asked, 0, "value");
  if (!value) throw mistake("calls/missing-argument", asked.span, `\`${what}\` needs a value for each step of a text`);
  const node = asNode(value, asked.span);
  if (node.shape.length === 2) return node;
  throw mistake(
    "train/cannot-show",
    asked.span,
    `\`${what}\` takes a row for each step, [T, n], and this is ${showShape(node.shape)}`,
  );
}

function shownTop(asked: Asked): ShowTop {
  return { kind: "top", node: steps(asked, "top"), count: number(asked, 1, "count", 5) };
}

function shownHeat(asked: Asked): ShowHeat {
  const node = steps(asked, "heat");
  const text = at(asked, 1, "text");
  if (text === undefined) return { kind: "heat", node };
  if (text.kind === "tensor" && text.classes !== undefined && text.node.shape.length === 1)
    return { kind: "heat", node, along: text.node };
  throw mistake(
    "train/cannot-show",
    asked.span,
    `\`heat\` is drawn along a text, [T] of V, and this is ${describe(text)}`,
  );
}

function shownHistogram(asked: Asked): ShowHistogram {
  const named = [...asked.named].map(([text, value]) => ({ text, value, span: asked.span }));
  const all = [...asked.positional, ...named];
  if (all.length === 0)
    throw mistake(
      "calls/missing-argument",
      asked.span,
      "`histogram` needs values, such as `histogram(y.first, y.second)`",
    );
  return {
    kind: "histogram",
    values: all.map(({ value, span, text }) => ({ name: text, node: asNode(value, span) })),
  };
}
