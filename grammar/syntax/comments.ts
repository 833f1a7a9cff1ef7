// Finds the comments of a part of the text, by binary search.

import type { IToken } from "chevrotain";
import { endOf } from "./token.ts";

export interface Extent {
  readonly from: number;
  readonly to: number;
}
export interface PlacedComment extends Extent {
  readonly comment: string;
}

/** Index of the first item that does not begin before `offset`; the items are sorted. */
export function lowerBound<Item>(offset: number, items: readonly Item[], offsetOf: (item: Item) => number): number {
  let low = 0;
  let high = items.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsetOf(items[middle] as Item) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Comments that begin inside the extent, in text order. */
export function findComments(extent: Extent, comments: readonly IToken[]): PlacedComment[] {
  const found: PlacedComment[] = [];
  for (let i = lowerBound(extent.from, comments, (c) => c.startOffset); i < comments.length; i++) {
    const comment = comments[i];
    if (comment === undefined || comment.startOffset >= extent.to) break;
    found.push({ from: comment.startOffset, to: endOf(comment), comment: comment.image.trimEnd() });
  }
  return found;
}
