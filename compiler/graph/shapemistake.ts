// Shapes that an op cannot take. In: what differs, as data. Out: an error that carries it, with its one rendering as text. The
// checker makes a diagnostic of the data, at the line that asked; nothing reads the text back.

import type { Dim } from "../arithmetic/dim.ts";
import { showDim, showShape } from "../arithmetic/dim.ts";

type Shape = readonly Dim[];

/** One axis, counted from the end, that is longer in one value than in the other. */
export interface AxisDifference {
  readonly kind: "broadcast";
  readonly op: string;
  readonly shapes: readonly Shape[];
  readonly axis: number;
  readonly left: Dim;
  readonly right: Dim;
}

/** Another number of elements; `fits` is a shape like `to` that has as many as `from`. */
export interface CountDifference {
  readonly kind: "reshape";
  readonly from: Shape;
  readonly to: Shape;
  readonly fits?: Shape;
}

export type ShapeDifference =
  | AxisDifference
  | CountDifference
  | { readonly kind: "repeat"; readonly from: Shape; readonly to: Shape }
  | { readonly kind: "no-axis"; readonly op: string; readonly shape: Shape; readonly axis: number }
  | { readonly kind: "few-axes"; readonly op: string; readonly shape: Shape; readonly needed: number }
  | { readonly kind: "rank"; readonly shape: Shape; readonly needed: number }
  | { readonly kind: "slice"; readonly start: Dim; readonly end: Dim; readonly extent: Dim }
  | { readonly kind: "join"; readonly shapes: readonly Shape[] }
  | { readonly kind: "product"; readonly left: Shape; readonly right: Shape }
  | { readonly kind: "table"; readonly shape: Shape; readonly numbers: number }
  | { readonly kind: "real-index"; readonly shape: Shape }
  | { readonly kind: "scalar-index" };

export class ShapeMistake extends Error {
  readonly difference: ShapeDifference;
  constructor(difference: ShapeDifference) {
    super(describeDifference(difference));
    this.difference = difference;
  }
}

const listed = (shapes: readonly Shape[]): string => shapes.map(showShape).join(" and ");

/** `the last axis is 3 in one and 4 in the other` */
export const describeAxis = ({ axis, left, right }: AxisDifference): string =>
  `${axisInWords(axis)} is ${showDim(left)} in one and ${showDim(right)} in the other`;

function axisInWords(axis: number): string {
  const words = ["the last axis", "the axis before the last", "the third axis from the end"];
  return words[-1 - axis] ?? `axis ${axis}`;
}

function describeDifference(d: ShapeDifference): string {
  switch (d.kind) {
    case "broadcast":
      return `${d.op}: ${listed(d.shapes)} do not fit: ${describeAxis(d)}`;
    case "reshape":
      return `reshape: ${showShape(d.from)} has not as many elements as ${showShape(d.to)}`;
    case "repeat":
      return `broadcast: ${showShape(d.from)} does not repeat to ${showShape(d.to)}`;
    case "no-axis":
      return `${d.op}: ${showShape(d.shape)} has no axis ${d.axis}`;
    case "few-axes":
      return `${d.op}: ${showShape(d.shape)} has fewer than ${d.needed} axes`;
    case "rank":
      return `contract: ${showShape(d.shape)} has not the ${d.needed} axes that the product needs`;
    case "slice":
      return `slice: places ${showDim(d.start)} to ${showDim(d.end)} are not within an axis of ${showDim(d.extent)}`;
    case "join":
      return d.shapes.length === 0
        ? "concat: nothing to join"
        : `concat: ${listed(d.shapes)} differ beside the joined axis`;
    case "product":
      return `the inner sizes differ: ${showShape(d.left)} and ${showShape(d.right)} do not multiply`;
    case "table":
      return `${d.numbers} numbers do not fill ${showShape(d.shape)}`;
    case "real-index":
      return `a table is indexed by classes, and ${showShape(d.shape)} holds real numbers`;
    case "scalar-index":
      return "a single number cannot be indexed";
  }
}
