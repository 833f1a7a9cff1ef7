// Comments in text order and an extent of the text come in; those that begin inside it go out.

import type { IToken } from "chevrotain";

export interface Extent {
  readonly from: number;
  readonly to: number;
}
export interface PlacedComment extends Extent {
  readonly comment: string;
}

/** Index of the first of the sorted offsets that is not before `offset`. */
export function firstFrom(offset: number, count: number, offsetAt: (index: number) => number): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (offsetAt(middle) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function commentsIn(extent: Extent, comments: readonly IToken[]): PlacedComment[] {
  const found: PlacedComment[] = [];
  const first = firstFrom(extent.from, comments.length, (i) => comments[i]!.startOffset);
  for (let i = first; i < comments.length && comments[i]!.startOffset < extent.to; i++) {
    const { startOffset, endOffset, image } = comments[i]!;
    found.push({ from: startOffset, to: endOffset! + 1, comment: image.trimEnd() });
  }
  return found;
}
