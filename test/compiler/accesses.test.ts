// Proves that places of a buffer count as apart only where they are: against all pairs of places of small accesses.

import { expect, test } from "vitest";
import { combine, type Index, usualStep } from "../../compiler/arithmetic/affine.ts";
import type { Access } from "../../compiler/loops/accesses.ts";
import { areApart, countTouched, countTouchedByAll } from "../../compiler/loops/accesses.ts";
import { placeOf } from "../../compiler/loops/reference.ts";
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

function anyAccess(random: Random): Access {
  const terms = ["i", "j", "k"].slice(0, 1 + random.integer(3)).map((n) => [n, 1 + random.integer(12)] as const);
  const extents = terms.map(([n]) => [n, 1 + random.integer(4)] as const);
  return access({ terms, offset: random.integer(30) }, extents);
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
  let apart = 0;
  for (let i = 0; i < 3000; i++) {
    const [a, b] = [anyAccess(random), anyAccess(random)];
    expect(countTouched(a, 1000)).toBeGreaterThanOrEqual(placesOf(a).size);
    if (!areApart(a, b)) continue;
    apart++;
    expect(placesOf(a).isDisjointFrom(placesOf(b)), JSON.stringify([a.address, b.address])).toBe(true);
  }
  expect(apart).toBeGreaterThan(300);
});

test("of 3000 groups of accesses no fewer numbers are counted than they touch, and regions that are one are counted once", () => {
  const random = new Random(4);
  for (let i = 0; i < 3000; i++) {
    const all = Array.from({ length: 1 + random.integer(4) }, () => anyAccess(random));
    const places = new Set(all.flatMap((a) => [...placesOf(a)]));
    const counted = countTouchedByAll(all, 1000);
    expect(counted).toBeGreaterThanOrEqual(places.size);
    expect(countTouchedByAll([...all, ...all], 1000)).toBe(counted);
  }
  // A row of twelve, and three times four of it; the other half of the buffer; all of it.
  const [row, cut] = [access({ terms: [["i", 1]], offset: 0 }, [["i", 12]]), cutRow];
  expect(countTouchedByAll([row, cut], 24)).toBe(12);
  const other = { ...row, address: { ...row.address, offset: 12 } };
  expect(countTouchedByAll([row, cut, other], 24)).toBe(24);
  expect(countTouchedByAll([row, { ...row, anywhere: true }], 24)).toBe(24);
});

const cutRow = access(
  {
    terms: [
      ["j", 4],
      ["k", 1],
    ],
    offset: 0,
  },
  [
    ["j", 3],
    ["k", 4],
  ],
);

test("the usual step of an index is that of most neighbouring points", () => {
  const divided = (of: Index, by: number, kind: "div" | "mod"): Index => ({
    terms: [[{ kind, of, by }, 1]],
    offset: 0,
  });
  const k: Index = { terms: [["k", 1]], offset: 0 };
  const twice: Index = { terms: [["k", 2]], offset: 3 };
  const row = divided(k, 24, "div");
  const indices = [
    twice,
    divided(k, 24, "mod"),
    divided(twice, 24, "mod"),
    combine([
      [divided(row, 7, "div"), 192],
      [divided(row, 7, "mod"), 24],
      [divided(k, 24, "mod"), 1],
    ]),
  ];
  for (const index of indices) {
    const steps = Array.from({ length: 24 * 21 }, (_, i) => placeOf(index, new Map([["k", i]])));
    const usual = steps.slice(1).filter((place, i) => place - steps[i]! === usualStep(index, "k"));
    expect(usual.length).toBeGreaterThan(0.9 * steps.length);
  }
  // Runs of two are none.
  expect(usualStep(divided(k, 2, "mod"), "k")).toBeNaN();
  expect(usualStep(divided(k, 2, "mod"), "other")).toBe(0);
});
