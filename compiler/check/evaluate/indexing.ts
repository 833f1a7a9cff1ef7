// `x[...]`: parts of tensors and items of lists, by places and ranges that are known or computed.

import type { IndexItem } from "../../../grammar/syntax/ast.ts";
import type { Span } from "../../../grammar/syntax/span.ts";
import type { Dim } from "../../arithmetic/dim.ts";
import { isNumber } from "../../arithmetic/dim.ts";
import { add, constant, indexAlong, make, reshape, select, slice, sum } from "../../graph/build.ts";
import { masked } from "../../graph/lengths.ts";
import type { Node } from "../../graph/node.ts";
import { sizeAlong } from "../../graph/node.ts";
import type { Frame } from "../frame/frame.ts";
import { hasRole } from "../frame/roles.ts";
import { halfRead, unitForStep } from "../frame/sequences.ts";
import { knownNumber } from "../sizes/domains.ts";
import { lengthOf, raggedPart } from "../sizes/lengths.ts";
import { itemsWithin, partWithin, placeWithin, refuseClassBeyond, wholePlace } from "../sizes/places.ts";
import { mistake } from "../values/mistakes.ts";
import { sameClasses } from "../values/sameclasses.ts";
import type { Value } from "../values/values.ts";
import { asNode, asSize, describe, numberValue, unknown } from "../values/values.ts";
import { spanIn } from "./arguments.ts";
import type { Evaluation } from "./evaluation.ts";

export function indexInto(
  evaluation: Evaluation,
  target: Value,
  items: readonly IndexItem[],
  span: Span,
  f: Frame,
): Value {
  if (target.kind === "unknown") return unknown;
  if (target.kind === "list" && !isRunning(evaluation, items, f))
    return itemOfList(evaluation, target.items, items, span, f);
  let node = asNode(target, span);
  if (items.length > node.shape.length)
    throw mistake(
      "shapes/too-few-axes",
      span,
      `${items.length === 1 ? "1 index is" : `${items.length} indices are`} given for ${describe(target)}`,
      {
        hint:
          items[0]?.kind === "slice" && !items[0].from && !items[0].to
            ? "axes are counted without the batch: leave out the first `:`"
            : "give one index for each axis, or for the first ones; the batch is none",
      },
    );
  warnOfUnit(evaluation, node, items, span, f);
  let axis = 0;
  for (const item of items) {
    const from = axis - node.shape.length;
    if (item.kind === "slice") {
      node = slicePart(evaluation, node, axis, item, f);
      axis++;
      continue;
    }
    const place = evaluation.value(item.value, f);
    if (place.kind === "tensor" && place.node.dtype === "i32") {
      if (axis !== 0)
        throw mistake("shapes/index-axis", item.span, "class indices choose along the first axis only", {
          hint: "`transpose` brings the axis to the front, as in `transpose(w, [1, 0])[x]`",
        });
      refuseClassBeyond(place, sizeAlong(node, 0), spanIn(f, item.value));
      node = make("gather", [node, place.node]);
      axis += place.node.shape.length;
      continue;
    }
    if (place.kind === "tensor" && place.node.shape.length === 0 && knownNumber(place) === undefined) {
      node = chosen(node, from, place.node);
      continue;
    }
    if (axis === 0) warnOfHalf(evaluation, node, place, spanIn(f, item.value));
    const own = ownPlace(node, axis, place);
    if (own) {
      node = chosen(node, from, own);
      continue;
    }
    const at = spanIn(f, item.value);
    const start = placeWithin(wholePlace(place, at), sizeAlong(node, axis), at);
    const cut = slice(masked(node, axis, 0), from, start, 1);
    node = reshape(
      cut,
      cut.shape.filter((_, i) => i !== axis),
    );
  }
  return sameClasses(node, target);
}

/** `it[:, -1]`, where the batch would come first. */
function warnOfUnit(evaluation: Evaluation, node: Node, items: readonly IndexItem[], span: Span, f: Frame): void {
  const [all, item, more] = items;
  if (all?.kind !== "slice" || all.from || all.to || !item || item.kind === "slice" || more) return;
  const place = evaluation.value(item.value, f);
  const isOfLayer = hasRole(f.context.applications.callOf(node), "scores", "residual", "dropping");
  if (place.kind === "number" && isNumber(place.value))
    evaluation.warn(unitForStep(node, place.value, isOfLayer), span);
}

/** Whether a place is known only when the program runs, so that a list has to be a tensor. */
function isRunning(evaluation: Evaluation, items: readonly IndexItem[], f: Frame): boolean {
  return items.some((item) => {
    if (item.kind === "slice") return false;
    const place = evaluation.value(item.value, f);
    return place.kind === "tensor" && place.node.op !== "constant";
  });
}

/** Of the first and the last step, what some recurrences have not read yet. */
function warnOfHalf(evaluation: Evaluation, node: Node, place: Value, span: Span): void {
  const position = place.kind === "number" ? place.value : undefined;
  const size = sizeAlong(node, 0);
  if (position === -1 || position === 0 || (isNumber(size) && position === size - 1))
    evaluation.warn(halfRead(node, position === 0 && size !== 1 ? "first" : "last"), span);
}

/** `x[2:-1]` along one axis. */
function slicePart(
  evaluation: Evaluation,
  node: Node,
  axis: number,
  item: IndexItem & { kind: "slice" },
  f: Frame,
): Node {
  const [from, to] = [item.from, item.to].map((e) => {
    if (!e) return undefined;
    const value = evaluation.value(e, f);
    const place = wholePlace(value, spanIn(f, e));
    return { place, own: value.kind === "number" ? value.length : undefined };
  });
  const size = sizeAlong(node, axis);
  const { start, count } = partWithin(from?.place, to?.place, size, item.span);
  if (!lengthOf(node, axis) && !from?.own && !to?.own) return slice(node, axis - node.shape.length, start, count);
  return raggedPart(node, axis, { start, count }, from, to);
}

function itemOfList(
  evaluation: Evaluation,
  list: readonly Value[],
  items: readonly IndexItem[],
  span: Span,
  f: Frame,
): Value {
  const [item] = items;
  if (items.length !== 1 || !item)
    throw mistake("types/list-index", span, "a list takes one index", {
      hint: "write `list[0]` for one of its items, `list[0:2]` for several",
    });
  if (item.kind === "slice") {
    const [from, to] = [item.from, item.to].map((e) => e && wholePlace(evaluation.value(e, f), spanIn(f, e)));
    return { kind: "list", items: itemsWithin(list, from, to, item.span) };
  }
  const i = asSize(evaluation.value(item.value, f), item.span, "a place");
  const found = list.at(Number(wholePlace(numberValue(i), item.span)));
  if (!found)
    throw mistake("shapes/index-range", item.span, `index ${i} is outside a list of ${list.length}`, {
      hint: `indices go from 0 to ${list.length - 1}, or from the end, -1 to -${list.length}`,
    });
  return found;
}

/** A place that is another in each example: counted from the end of sequences that differ in length, or a length itself. */
function ownPlace(node: Node, axis: number, place: Value): Node | undefined {
  if (place.kind !== "number") return undefined;
  const length = lengthOf(node, axis);
  if (isNumber(place.value) && place.value < 0 && length) return add(length, place.length ?? constant(place.value));
  return place.length;
}

/** Reads at a place that only the running program knows: the sum of all places, each times whether it is the one. */
function chosen(x: Node, axis: number, place: Node): Node {
  const hit = make("eq", [indexAlong(keptAxes(x.shape, axis), axis), place]);
  return sum(select(hit, x, constant(0)), [axis]);
}

/** A shape with ones in place of all axes but one. */
const keptAxes = (shape: readonly Dim[], axis: number): Dim[] =>
  shape.map((d, i) => (i - shape.length === axis ? d : 1));
