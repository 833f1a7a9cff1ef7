// Systems of equations that have no one solution. In: the arguments of `solve` and `cholesky`. Out: what is wrong with them; a matrix that
// is known only when the program runs gives numbers that are not finite, which a training refuses by itself.

import { isNumber, showShape } from "../../arithmetic/dim.ts";
import type { Node } from "../../graph/node.ts";
import { canInterpret, interpret } from "../../graph/reference.ts";
import type { Value } from "../values/values.ts";
import { asNode, describe, tensorValue } from "../values/values.ts";
import type { Check } from "./losses.ts";

/** A tensor, or a list of numbers as one. */
function tensorOf(value: Value | undefined): Node | undefined {
  if (value?.kind === "tensor") return value.node;
  const isRows =
    value?.kind === "list" && !value.isSize && value.items.every((v) => v.kind === "number" || v.kind === "list");
  return isRows && value.items.length > 0 ? asNode(value, NOWHERE) : undefined;
}

const NOWHERE = { file: "", start: 0, end: 0 };

export const notSquare: Check = ({ name: { text: name } }, given) => {
  const a = tensorOf(given.get("a"));
  if (!a || (a.shape.length === 2 && a.shape[0] === a.shape[1])) return undefined;
  return {
    code: "shapes/not-square",
    message: `\`${name}\` takes a square matrix, and this is ${describe(tensorValue(a))}`,
    rest: {
      hint: "of more equations than unknowns the least squares are `solve(transpose(a) @ a, transpose(a) @ b)`",
    },
    operands: [a],
    at: "a",
  };
};

export const rowsDiffer: Check = ({ name: { text: name } }, given) => {
  const [a, b] = [tensorOf(given.get("a")), tensorOf(given.get("b"))];
  if (!a || !b || (b.shape.length > 0 && b.shape.length < 3 && b.shape[0] === a.shape[0])) return undefined;
  return {
    code: "shapes/product-mismatch",
    message: `\`${name}\` of ${showShape(a.shape)} takes a right side with as many rows, and this is ${describe(tensorValue(b))}`,
    rest: { hint: "b is a vector, or a matrix with a column for each right side" },
    operands: [a, b],
  };
};

/** The numbers of a matrix that is known before the program runs. */
function known(a: Node | undefined): number[][] | undefined {
  const size = a?.shape[0];
  if (!a || size === undefined || !isNumber(size)) return undefined;
  if (!canInterpret([a], new Set())) return undefined;
  const data = interpret([a], new Map())[0]?.data;
  return data && Array.from({ length: size }, (_, i) => [...data.slice(i * size, (i + 1) * size)]);
}

/** The smallest pivot of an elimination beside the largest number; below it no digit is left. */
const DIGITS = 1e-6;

export const singular: Check = ({ name: { text: name } }, given) => {
  const node = tensorOf(given.get("a"));
  const a = known(node);
  if (!node || !a) return undefined;
  const largest = Math.max(...a.flat().map(Math.abs));
  for (let k = 0; k < a.length; k++) {
    const rest = a.slice(k).sort((x, y) => Math.abs(y[k] ?? 0) - Math.abs(x[k] ?? 0));
    const [pivot, ...others] = rest;
    if (!pivot || Math.abs(pivot[k] ?? 0) <= DIGITS * largest)
      return {
        code: "solve/singular",
        message: `\`${name}\` has no one solution: row ${k + 1} of this matrix is made of the others`,
        rest: { hint: "leave an equation out, or add a little to the diagonal: `a + 1e-3 * eye(n)`" },
        operands: [node],
        at: "a",
      };
    for (const row of others) {
      const factor = (row[k] ?? 0) / (pivot[k] ?? 1);
      pivot.forEach((v, j) => {
        row[j] = (row[j] ?? 0) - factor * v;
      });
    }
    a.splice(k, rest.length, ...rest);
  }
  return undefined;
};

/** Refuses a known matrix that is not symmetric, or whose elimination meets a pivot of 0 or less. */
export const notPositive: Check = ({ name: { text: name } }, given) => {
  const node = tensorOf(given.get("a"));
  const a = known(node);
  if (!node || !a) return undefined;
  const largest = Math.max(...a.flat().map(Math.abs));
  const isSymmetric = a.every((row, i) => row.every((v, j) => Math.abs(v - (a[j]?.[i] ?? 0)) <= DIGITS * largest));
  const rows = a.map((row) => [...row]);
  const pivots = rows.map((pivot, k) => {
    const d = pivot[k] ?? 0;
    for (const row of rows.slice(k + 1)) {
      const factor = (row[k] ?? 0) / d;
      pivot.forEach((v, j) => {
        row[j] = (row[j] ?? 0) - factor * v;
      });
    }
    return d;
  });
  if (isSymmetric && pivots.every((d) => d > 0)) return undefined;
  return {
    code: "solve/not-positive",
    message: `\`${name}\` takes a symmetric positive definite matrix, and this one is ${isSymmetric ? "not positive: there are directions v with v @ a @ v of 0 or less" : "not its own transpose"}`,
    rest: { hint: "covariances are such matrices; `transpose(m) @ m + 1e-3 * eye(n)` is one for every m" },
    operands: [node],
    at: "a",
  };
};
