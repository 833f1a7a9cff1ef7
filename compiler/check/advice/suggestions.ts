// Suggests what to write where shapes do not fit: a padding with which they would, what goes around a body, the heads that divide. In: a
// mistake, the values that do not fit, and the body in which it came up. Out: what to say in place of the general words.

import type { Diagnostic } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber, showDim, showShape } from "../../arithmetic/dim.ts";
import { zip } from "../../arithmetic/lists.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import { describeAxis, type ShapeDifference } from "../../graph/shapemistake.ts";
import { type Application, outputNode } from "../frame/application.ts";
import type { Context, Frame } from "../frame/frame.ts";
import { definitionHasRole, type Role } from "../frame/roles.ts";
import { growthFor, paddingFor, transposedFor } from "../sizes/windows.ts";
import type { Value } from "../values/values.ts";
import { optionEdit } from "./edits.ts";
import { groupsDoNotDivide, isFiltersFirst } from "./groups.ts";
import { originsOf } from "./provenance.ts";

type Told = Partial<Diagnostic>;
/** Text of a place in the program; empty where it is not at hand. */
export type TextOf = (span: Diagnostic["span"] & object) => string;
interface At {
  readonly operands: readonly Node[];
  /** The difference between their shapes. */
  readonly difference: ShapeDifference | undefined;
  readonly frame: Frame;
  readonly textOf: TextOf;
}

/** The mistake as it is best told at this place. */
export function addRemedy(d: Diagnostic, at: At): Diagnostic {
  const library = d.span?.file.startsWith("stdlib/");
  const { definition } = at.frame;
  const [, , remedy] =
    REMEDIES.find(([role, code]) => code === d.code && definition && definitionHasRole(definition, role)) ?? [];
  const own = remedy?.(d, at);
  const cell = library && d.code === "shapes/state-changes" ? stepOfPicture(d, at) : undefined;
  const shape = d.code === "shapes/reshape-count" ? reshapedTo(d, at) : undefined;
  return { ...d, ...(MISFITS.has(d.code) ? suggestPadding(at) : undefined), ...shape, ...cell, ...own };
}

/** The shape that would fit, written where the other one stands, in the form that that one has. */
function reshapedTo({ span: whole }: Diagnostic, { difference, textOf }: At): Told | undefined {
  if (difference?.kind !== "reshape" || !difference.fits || !difference.to.every(isNumber) || !whole) return undefined;
  const text = textOf(whole);
  for (const between of [", ", "x"]) {
    const [wrong, fits] = [difference.to.join(between), difference.fits.join(between)];
    const at = text.lastIndexOf(wrong);
    if (at < 0) continue;
    const start = whole.start + at;
    const span = { ...whole, start, end: start + wrong.length };
    return { fix: { title: `write \`${fits}\``, edits: [{ span, text: fits }] } };
  }
  return undefined;
}

/** By a role of the definition in whose body the mistake came up, and its code. */
const REMEDIES: readonly (readonly [Role, string, (d: Diagnostic, at: At) => Told | undefined])[] = [
  ["residual", "shapes/mismatch", aroundBody],
  ["heads", "shapes/bad-size", headsDivide],
  ["groups", "shapes/does-not-divide", groupsDivide],
  ["filters", "shapes/window-larger-than-input", filtersAlone],
];

const MISFITS: ReadonlySet<string> = new Set(["shapes/mismatch", "shapes/concat"]);

/** The padding of a window on the way to one value with which it would be as large as another. */
function suggestPadding({ operands, frame, textOf }: At): Told | undefined {
  for (const x of operands)
    for (const y of operands) {
      const axis = firstDifference(x, y);
      if (x === y || axis === undefined || axis === -1) continue;
      const wanted = sizeAlong(y, axis);
      const found = windowBehind(x, axis, frame.context);
      const growing = windowsBehind(x, axis, frame.context).filter((w) => w.window.transposed);
      const whole =
        growing.length > 1
          ? growthFor(
              growing.map((w) => w.window),
              wanted,
            )
          : undefined;
      if (whole) return { hint: whole };
      const wider = found ? transposedFor(found.window, wanted) : [];
      if (found && wider.length > 0) return { hint: `at \`${textOf(found.span) || found.name}\` ${wider.join(", ")}` };
      const padding = found && paddingFor(found.window, wanted);
      if (!found || padding === undefined || padding <= found.window.padding) continue;
      const text = textOf(found.span);
      const layer = text === "" || text.includes("(") ? found.name : text;
      return {
        hint: `\`p${padding}\` at \`${layer}\` keeps ${showDim(wanted)}: (${sum(found.window, padding)}`,
        ...fixOf(found, text, padding),
      };
    }
  return undefined;
}

function sum({ input, size, dilation, stride }: Window, padding: number): string {
  const reach = dilation * (size - 1) + 1;
  const places = ((input as number) - reach + 2 * padding) / stride + 1;
  return `${showDim(input)} - ${reach} + 2*${padding})/${stride} + 1 = ${Number(places.toFixed(2))}`;
}

type Window = Application["windows"][number];

interface Found {
  readonly span: Application["span"];
  readonly name: string;
  readonly window: Window;
}

/** The layers on the way to a value whose windows made this axis what it is, the last first. */
function windowsBehind(x: Node, axis: number, context: Context): readonly Found[] {
  const found: Found[] = [];
  let size = x.shape.at(axis);
  for (const origin of originsOf(x, context)) {
    if (outputNode(origin)?.shape.at(axis) !== size) break;
    // Windows act on the axes just before depth.
    const window = origin.windows.at(axis + 1 || origin.windows.length);
    if (!window || !isNumber(window.input)) continue;
    found.push({ span: origin.span, name: origin.name, window });
    size = window.input;
  }
  return found;
}

const windowBehind = (x: Node, axis: number, context: Context): Found | undefined => windowsBehind(x, axis, context)[0];

/** Written behind a layer that is a line of words, or in place of the padding it has. */
function fixOf({ span }: { readonly span: Application["span"] }, layer: string, padding: number): Told {
  const edit = optionEdit(layer, `p${padding}`);
  if (!edit) return {};
  const [from, to, text] = edit;
  const at = { file: span.file, start: span.start + from, end: span.start + to };
  return { fix: { title: `write \`p${padding}\``, edits: [{ span: at, text }] } };
}

/** The axis, from the end, at which two values of as many axes differ. */
function firstDifference(x: Node, y: Node): number | undefined {
  if (x.shape.length !== y.shape.length) return undefined;
  const at = x.shape.findIndex((d, i) => d !== y.shape[i]);
  return at < 0 ? undefined : at - x.shape.length;
}

/** `residual { ... }`: what goes around the body is brought to what comes out of it. */
function aroundBody(_: Diagnostic, at: At): Told | undefined {
  const [body, skip] = at.operands;
  if (!body || !skip || at.difference?.kind !== "broadcast") return undefined;
  const message = `the body of \`residual\` gives ${showShape(body.shape)}, and what goes around it is ${showShape(skip.shape)}: ${describeAxis(at.difference)}`;
  const bodyFits = suggestPadding({ ...at, operands: [body, skip] });
  if (bodyFits) return { message, ...bodyFits };
  const stride = strideBetween(skip.shape, body.shape);
  if (stride === undefined || body.shape.length < 2) return { message };
  const window = body.shape.length > 2 ? "1x1" : "1";
  const option = stride > 1 ? ` s${stride}` : "";
  return {
    message,
    hint: `bring what goes around to ${showShape(body.shape)}: \`residual(skip={ conv ${window} ${showDim(sizeAlong(body, -1))}${option} nobias; batchnorm }) { ... }\``,
  };
}

/** The stride that makes the axes before depth of one shape those of another. */
function strideBetween(from: readonly Dim[], to: readonly Dim[]): number | undefined {
  if (from.length !== to.length) return undefined;
  const [pair, ...others] = zip(from.slice(0, -1), to.slice(0, -1));
  if (!pair || [pair, ...others].every(([d, wanted]) => d === wanted)) return 1;
  const [d, wanted] = pair;
  const stride = isNumber(d) && isNumber(wanted) ? Math.ceil(d / wanted) : 0;
  const fits = ([d, wanted]: readonly [Dim, Dim]): boolean =>
    d === wanted || (isNumber(d) && Math.ceil(d / stride) === wanted);
  return stride >= 1 && [pair, ...others].every(fits) ? stride : undefined;
}

/** Attention cuts the depth into its heads. */
function headsDivide(_: Diagnostic, { frame: { scope } }: At): Told | undefined {
  const [x, n] = [scope.get("x"), scope.get("n")];
  const [depth, heads] = [x?.kind === "tensor" ? x.node.shape.at(-1) : undefined, numberOf(n)];
  if (depth === undefined || !isNumber(depth) || heads === undefined) return undefined;
  const possible = Array.from({ length: Math.min(depth, 2 * heads, 4096) }, (_, i) => i + 1).filter(
    (h) => depth % h === 0,
  );
  const near = possible.toSorted((a, b) => Math.abs(a - heads) - Math.abs(b - heads)).slice(0, 2);
  const rest = depth % heads;
  const deeper = `${rest === depth ? "" : `${depth - rest} or `}${depth - rest + heads}`;
  return {
    message: `${heads} heads share a depth that ${heads} divides, and the depth here is ${depth}`,
    hint: `${near.join(" or ")} heads divide ${depth}; ${heads} heads divide a depth of ${deeper}`,
  };
}

/** `conv 64` and `conv 64 3` on a smaller picture: the first number was meant for the filters. */
function filtersAlone(_: Diagnostic, { frame: { scope, it } }: At): Told | undefined {
  const [n, filters] = [numberOf(scope.get("size")), scope.get("filters")];
  if (n === undefined || it?.kind !== "tensor") return undefined;
  const [side, axes] = [numberOf(filters), it.node.shape.length - 1];
  if (side !== undefined && isFiltersFirst(n, side)) {
    const window = new Array(axes).fill(side).join("x");
    return { hint: `the window comes first: for ${n} filters of ${window} points write \`conv ${window} ${n}\`` };
  }
  if (filters?.kind !== "none") return undefined;
  const window = new Array(axes).fill(3).join("x");
  return { hint: `a number alone is the size of the window: for ${n} filters write \`conv ${window} ${n}\`` };
}

/** A convolution whose weights are made for the channels of one group. */
function groupsDivide(_: Diagnostic, { frame: { scope, it, given } }: At): Told | undefined {
  const [groups, n] = [numberOf(scope.get("groups")), scope.get("n")];
  const depth = it?.kind === "tensor" ? it.node.shape.at(-1) : undefined;
  const filters = n?.kind === "number" ? n.value : undefined;
  if (groups === undefined || depth === undefined || filters === undefined) return undefined;
  const span = given?.get("groups");
  return { ...groupsDoNotDivide(depth, filters, groups), ...(span ? { span } : {}) };
}

const numberOf = (v: Value | undefined): number | undefined =>
  v?.kind === "number" && isNumber(v.value) ? v.value : undefined;

/** A cell of the library takes a row of numbers at every step, and a picture has more. */
function stepOfPicture(_: Diagnostic, { frame }: At): Told | undefined {
  const { it, instance } = frame;
  if (it?.kind !== "tensor" || it.node.shape.length < 2) return undefined;
  const numbers = it.node.shape.reduce<number | undefined>((n, d) => (n && isNumber(d) ? n * d : undefined), 1);
  return {
    message: `\`${instance.kind}\` takes a row of numbers at every step, and each step of its input is ${showShape(it.node.shape)}`,
    hint: `a sequence is [time, depth]: bring the input to [time, ${numbers ?? "depth"}] first, with \`reshape\``,
  };
}
