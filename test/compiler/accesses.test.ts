// Proves that places of a buffer count as apart only where they are: against all pairs of places of small accesses.

import { expect, test } from "vitest";
import type { Index } from "../../compiler/arithmetic/affine.ts";
import type { Access } from "../../compiler/loops/accesses.ts";
import { areApart, countTouched } from "../../compiler/loops/accesses.ts";
import { Random } from "../../runtime/data/random.ts";

const access = (address: Index, extents: readonly (readonly [string, number])[]): Access => ({
  buffer: "b",
  address,
  extents: new Map(extents),
  anywhere: false,
});

function placesOf({ address, extents }: Access): Set<number> {
  let places = [address.offset];
  for (const [axis, c] of address.terms) {
    const steps = Array.from({ length: extents.get(axis as string)! }, (_, i) => i * c);
    places = places.flatMap((p) => steps.map((s) => p + s));
  }
  return new Set(places);
}

test("columns of a joined tensor are apart, and so are its rows; overlapping ones are not", () => {
  const columns = (offset: number, width: number): Access =>
    access(
      {
        terms: [
          ["row", 48],
          ["column", 1],
        ],
        offset,
      },
      [
        ["row", 9],
        ["column", width],
      ],
    );
  expect(areApart(columns(0, 32), columns(32, 16))).toBe(true);
  expect(areApart(columns(0, 33), columns(32, 16))).toBe(false);
  expect(areApart(columns(0, 32), { ...columns(32, 16), anywhere: true })).toBe(false);
});

test("of 3000 pairs of accesses none is said to be apart that has a place in common, and many are", () => {
  const random = new Random(3);
  const any = (): Access => {
    const terms = ["i", "j", "k"].slice(0, 1 + random.integer(3)).map((n) => [n, 1 + random.integer(12)] as const);
    const extents = terms.map(([n]) => [n, 1 + random.integer(4)] as const);
    return access({ terms, offset: random.integer(30) }, extents);
  };
  let apart = 0;
  for (let i = 0; i < 3000; i++) {
    const [a, b] = [any(), any()];
    expect(countTouched(a, 1000)).toBeGreaterThanOrEqual(placesOf(a).size);
    if (!areApart(a, b)) continue;
    apart++;
    expect(placesOf(a).isDisjointFrom(placesOf(b)), JSON.stringify([a.address, b.address])).toBe(true);
  }
  expect(apart).toBeGreaterThan(300);
});
