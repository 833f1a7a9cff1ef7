// Window arithmetic: how many places a window has along an axis, by (W - F' + 2P)/S + 1 with F' = d(F - 1) + 1.

import type { Diagnostic, Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { addDims, divDims, isNumber, mulDims, showDim, subDims } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import { misfit, mistake } from "../values/mistakes.ts";
import type { ArgumentPlace } from "./domains.ts";
import { turnBack, turnedPictureBelow } from "./pictures.ts";

export interface WindowRequest {
  readonly input: Dim;
  readonly size: number;
  readonly stride: number;
  /** Before the input, and behind it unless `after` says another. */
  readonly padding: number;
  readonly after?: number;
  readonly dilation: number;
  readonly rounding: "exact" | "floor" | "ceil";
  /** Of a transposed convolution, whose windows are written and not read: places added at the end. */
  readonly transposed?: { readonly added: number };
}

/** `an 8x8 input`, `a 28x28 input`: the article goes by the sound of the number. */
export const withArticle = (words: string): string =>
  `${/^(8|11(?!\d)|18(?!\d)|11\d{3}(?!\d)|18\d{3}(?!\d))/.test(words) ? "an" : "a"} ${words}`;

/** Context of a window, for error messages. */
export interface WindowPlace {
  readonly x: Node;
  readonly span: Span;
  /** `3x3` */
  readonly window: string;
  /** The unit of its axis: rows, columns. */
  readonly axis: string;
}

/** Places that padding adds on both sides. */
const padded = ({ padding, after }: Pick<WindowRequest, "padding" | "after">): number => padding + (after ?? padding);

/** As it stands in a formula: `2*1`, or `0 + 1` where the sides differ. */
const showPadded = ({ padding, after }: Pick<WindowRequest, "padding" | "after">): string =>
  after === undefined ? `2*${padding}` : `${padding} + ${after}`;

export function places(w: WindowRequest, at: WindowPlace): Dim {
  const reach = w.dilation * (w.size - 1) + 1;
  if (!isNumber(w.input)) {
    const total = subDims(addDims(w.input, padded(w)), reach);
    return addDims(divDims(total, w.stride), 1);
  }
  const total = w.input - reach + padded(w);
  if (total < 0) throw tooLarge(w, at, reach);
  const rest = total % w.stride;
  const down = Math.floor(total / w.stride) + 1;
  if (rest === 0 || w.rounding === "floor") return down;
  if (w.rounding === "ceil") return ceilPlaces(w, total);
  // The places that fall off are padding, or the stride's own gap.
  if (rest - (w.after ?? w.padding) <= Math.max(0, w.stride - reach)) return down;
  throw doesNotFit(w, at, reach, total);
}

function tooLarge(w: WindowRequest, { x, span, window, axis }: WindowPlace, reach: number): Error {
  const { input } = w;
  const needed = Math.ceil((reach - (input as number)) / 2);
  const turned = depthFirst(x);
  return misfit(
    "shapes/window-larger-than-input",
    span,
    [x],
    `${withArticle(`${window} window`)} is larger than its input: ${input} ${input === 1 ? axis.replace(/s$/, "") : axis}`,
    {
      detail: `${input} + ${showPadded(w)} < ${reach}`,
      hint:
        turned ??
        `\`p${needed}\` fits, or a window of at most ${(input as number) + padded(w)}; or leave out a pool or a stride before it`,
      ...(turned ? {} : optionOf(span, `p${needed}`)),
    },
  );
}

/** Says how to write a picture that is declared as other frameworks have it. */
function depthFirst(x: Node): string | undefined {
  const picture = x.shape.length === 3 ? turnedPictureBelow(x) : undefined;
  return picture && turnBack(picture);
}

/** Refuses windows that would cover padding only: what is taken of them would be taken of nothing. */
export function refuseEmptyWindows(w: WindowRequest, count: Dim, size: readonly number[], at: ArgumentPlace): void {
  const reach = w.dilation * (w.size - 1) + 1;
  const most = Math.floor(reach / 2);
  const window = `${withArticle(`${showWindow(size)} window`)}${w.dilation > 1 ? ` with dilation ${w.dilation}` : ""}`;
  if (w.after === undefined && w.padding > most)
    throw mistake(
      "shapes/padding-only",
      at.span,
      `a padding of ${w.padding} is more than half of ${window}: windows at the rim would cover padding only`,
      { hint: most > 0 ? `at most \`p${most}\` fits` : "leave the padding out" },
    );
  if (isNumber(w.input) && isNumber(count) && !coversInput(w, w.input, count))
    throw mistake("shapes/padding-only", at.span, `${window} ${emptyWhere(w, w.input)}`, {
      hint: "a smaller dilation or padding lets each window cover something of the input",
    });
}

function emptyWhere({ padding, after }: WindowRequest, input: number): string {
  if (after !== undefined)
    return `with a padding of ${padding} before and ${after} behind would cover padding only, at the rim of the ${input} places there are`;
  return `with a padding of ${padding} would cover padding only, where its taps fall on both sides of ${input === 1 ? "the one place" : `the ${input} places`} there are`;
}

/** Whether each window that begins or ends in the padding has a tap inside the input; dilated taps may leap over a small one. */
function coversInput({ stride, padding, dilation, size }: WindowRequest, input: number, count: number): boolean {
  const covers = (i: number): boolean => {
    const start = i * stride - padding;
    const taps = Math.max(0, Math.ceil(-start / dilation));
    return taps < size && start + taps * dilation < input;
  };
  for (let i = 0; i < count && i * stride < padding; i++) if (!covers(i)) return false;
  return count === 0 || covers(count - 1);
}

/** The last window must begin inside the input or its left padding. */
function ceilPlaces(w: WindowRequest, total: number): number {
  const up = Math.ceil(total / w.stride) + 1;
  return (up - 1) * w.stride >= (w.input as number) + w.padding ? up - 1 : up;
}

function doesNotFit(w: WindowRequest, at: WindowPlace, reach: number, total: number): Error {
  const { x, span, window } = at;
  const padding = smallestPadding(w, reach);
  const turned = depthFirst(x);
  const lower = Array.from({ length: Math.min(w.stride - 1, 64) }, (_, i) => w.stride - 1 - i).filter(
    (s) => total % s === 0,
  );
  const options = [
    ...(padding === undefined ? [] : [`p${padding} gives ${withPadding(w, reach, padding)}`]),
    ...lower.slice(0, padding === undefined ? 2 : 1).map((s) => `s${s} gives ${total / s + 1}`),
    `\`floor\` accepts the loss and gives ${Math.floor(total / w.stride) + 1}`,
  ];
  const sizes = x.shape.slice(-1 - window.split("x").length, -1);
  return misfit(
    "shapes/window-does-not-fit",
    span,
    [x],
    `${withArticle(`${window} window`)} with stride ${w.stride} does not fit ${sizes.length > 1 ? `${withArticle(`${sizes.map(showDim).join("x")} input`)}` : `${w.input} ${at.axis}`}`,
    {
      detail: `(${w.input as number} - ${reach} + ${showPadded(w)})/${w.stride} + 1 = ${(total / w.stride + 1).toFixed(2)}`,
      notes: [`${lostPart((total % w.stride) - (w.after ?? w.padding), sizes, at.axis)} of the input would be dropped`],
      hint: turned ?? options.join(", "),
      ...(padding === undefined || turned ? {} : optionOf(span, `p${padding}`)),
    },
  );
}

/** The next padding with which nothing is lost. */
function smallestPadding(w: WindowRequest, reach: number): number | undefined {
  for (let p = w.padding + 1; p <= w.padding + reach; p++) {
    const rest = ((w.input as number) - reach + 2 * p) % w.stride;
    if (rest - p <= Math.max(0, w.stride - reach)) return p;
  }
  return undefined;
}

function withPadding({ input, stride }: WindowRequest, reach: number, padding: number): string {
  const exact = ((input as number) - reach + 2 * padding) / stride + 1;
  const gives = Number.isInteger(exact) ? `${exact}` : `${Number(exact.toFixed(2))}, so ${Math.floor(exact)}`;
  return `(${input as number} - ${reach} + ${2 * padding})/${stride} + 1 = ${gives}`;
}

function lostPart(lost: number, sizes: readonly Dim[], axis: string): string {
  const square = sizes.length === 2 && sizes[0] === sizes[1];
  if (lost === 1) return square ? "the last row and column" : `the last ${axis.replace(/s$/, "")}`;
  return square ? `the last ${lost} rows and columns` : `the last ${lost} ${axis}`;
}

/** An option that the library's definition was to be given; the reporter moves it to the call. */
const optionOf = (span: Span, text: string): Pick<Diagnostic, "fix"> =>
  span.file.startsWith("stdlib/") ? { fix: { title: `write \`${text}\``, edits: [{ span, text }] } } : {};

/** A rule that finds the padding from the input: TensorFlow's `same`, with ceil(W/S) places, or none of what comes later. */
export type PaddingRule = "same" | "causal";

/** The padding of a rule on one axis; undefined where `same` needs a size that is not known. */
export function ruledPadding(
  rule: PaddingRule,
  { input, size, stride, dilation }: Pick<WindowRequest, "input" | "size" | "stride" | "dilation">,
): { readonly padding: number; readonly after: number } | undefined {
  const reach = dilation * (size - 1) + 1;
  if (rule === "causal") return { padding: reach - 1, after: 0 };
  if (stride > 1 && !isNumber(input)) return undefined;
  const total = isNumber(input) ? Math.max(0, (Math.ceil(input / stride) - 1) * stride + reach - input) : reach - 1;
  return { padding: Math.floor(total / 2), after: Math.ceil(total / 2) };
}

/** The padding with which a window would have so many places; undefined where none gives it. */
export function paddingFor(w: WindowRequest, wanted: Dim): number | undefined {
  const { input, size, stride, dilation } = w;
  if (w.transposed || w.after !== undefined) return undefined;
  if (!isNumber(input) || !isNumber(wanted)) return undefined;
  const reach = dilation * (size - 1) + 1;
  const padding = Math.ceil(((wanted - 1) * stride + reach - input) / 2);
  const given = Math.floor((input - reach + 2 * padding) / stride) + 1;
  return padding >= 0 && padding < reach && given === wanted ? padding : undefined;
}

export const showWindow = (size: readonly number[]): string => size.join("x");

/** How many places a transposed convolution writes: (W - 1)S + D(F - 1) + 1 - 2P, and those that are added. */
export function transposedPlaces({ input, size, stride, padding, dilation }: WindowRequest, added: number): Dim {
  const reach = dilation * (size - 1) + 1;
  return addDims(mulDims(subDims(input, 1), stride), reach - 2 * padding + added);
}

/** The arithmetic of one axis of a transposed convolution: `(7 - 1)*2 + 3 - 2*1 + 1 = 14`. */
function showTransposed(w: WindowRequest, added: number): string {
  const reach = w.dilation * (w.size - 1) + 1;
  const sum = `(${showDim(w.input)} - 1)*${w.stride} + ${reach} - 2*${w.padding}${added > 0 ? ` + ${added}` : ""}`;
  const count = transposedPlaces(w, added);
  return isNumber(count) ? `${sum} = ${count}` : sum;
}

/** Suggests how a transposed convolution reaches so many places: places added at its end, another window, or another padding. */
export function transposedFor(w: WindowRequest, wanted: Dim): readonly string[] {
  if (!w.transposed || !isNumber(w.input) || !isNumber(wanted)) return [];
  const missing = wanted - (transposedPlaces(w, 0) as number);
  const added = missing > 0 && missing < Math.max(w.stride, w.dilation) ? [`output_padding=${missing}`] : [];
  const size = w.size + missing;
  const window = w.dilation === 1 && size >= 1 && size !== w.size ? [`a window of ${size}`] : [];
  const padding =
    missing < 0 && missing % 2 === 0 && w.padding - missing / 2 < w.size ? [`p${w.padding - missing / 2}`] : [];
  return [...added, ...padding, ...window].map((option) => {
    const other =
      option[0] === "o"
        ? showTransposed(w, missing)
        : option[0] === "p"
          ? showTransposed({ ...w, padding: w.padding - missing / 2 }, 0)
          : showTransposed({ ...w, size }, 0);
    return `${option} gives ${other}`;
  });
}

/** Transposed convolutions one behind the other, the last first, that each multiply by their stride where that is wanted. */
export function growthFor(windows: readonly WindowRequest[], wanted: Dim): string | undefined {
  const [last, first] = [windows[0], windows.at(-1)];
  if (!last || !first || !isNumber(first.input) || windows.some((w) => w.dilation > 1)) return undefined;
  if (windows.reduce<number>((n, w) => n * w.stride, first.input) !== wanted) return undefined;
  const exact = { ...first, size: first.stride + 2 * first.padding };
  const missing = first.stride - first.size + 2 * first.padding;
  const other = missing > 0 && missing < first.stride ? `, and so does \`output_padding=${missing}\`` : "";
  return `each \`upconv\` multiplies by its stride with a window of S + 2P: ${exact.size} gives ${showTransposed(exact, 0)}${other}`;
}

/** The arithmetic of one axis, as the course writes it: `(28 - 5 + 2*2)/1 + 1 = 28`. */
export function showPlaces(w: WindowRequest): string {
  if (w.transposed) return showTransposed(w, w.transposed.added);
  const { input, size, stride, dilation, rounding } = w;
  const reach = dilation * (size - 1) + 1;
  const sum = `(${showDim(input)} - ${reach} + ${showPadded(w)})/${stride} + 1`;
  if (!isNumber(input)) return sum;
  const value = (input - reach + padded(w)) / stride + 1;
  if (Number.isInteger(value)) return `${sum} = ${value}`;
  const shown = `${sum} = ${Number(value.toFixed(2))}`;
  if (rounding === "ceil") return `${shown}, rounded up`;
  if (rounding === "floor") return `${shown}, so ${Math.floor(value)}: the rest of the input is dropped`;
  return `${shown}, so ${Math.floor(value)}: only padding is lost`;
}
