// Named arrays as they are saved: element type, shape, values.
// Invariant: `values` has exactly as many elements as the shape says, of the array type that belongs to the dtype.

import { WeightsError } from "./weightserror.ts";

export type TensorValues = Float32Array | Int32Array | Uint32Array | BigInt64Array | Uint8Array;
export type TensorDtype = "F32" | "I32" | "U32" | "I64" | "U8";

export interface Tensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Row-major. */
  readonly values: TensorValues;
}

/** Bytes of one element. */
export const DTYPE_BYTES: Readonly<Record<TensorDtype, number>> = { F32: 4, I32: 4, U32: 4, I64: 8, U8: 1 };

export function isDtype(name: string): name is TensorDtype {
  return Object.hasOwn(DTYPE_BYTES, name);
}

/** Elements of a shape: a scalar, shape [], has one. */
export function elementsOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** The dtype that an array type is saved as. */
export function dtypeOf(values: TensorValues): TensorDtype {
  if (values instanceof Float32Array) return "F32";
  if (values instanceof Int32Array) return "I32";
  if (values instanceof Uint32Array) return "U32";
  return values instanceof BigInt64Array ? "I64" : "U8";
}

/** Values over bytes that start at their buffer's beginning, so that every element type is aligned. */
export function viewAs(dtype: TensorDtype, bytes: ArrayBuffer): TensorValues {
  switch (dtype) {
    case "F32":
      return new Float32Array(bytes);
    case "I32":
      return new Int32Array(bytes);
    case "U32":
      return new Uint32Array(bytes);
    case "I64":
      return new BigInt64Array(bytes);
    case "U8":
      return new Uint8Array(bytes);
  }
}

/** `F32 [3, 4]` */
export function showTensor({ dtype, shape }: Pick<Tensor, "dtype" | "shape">): string {
  return `${dtype} [${shape.join(", ")}]`;
}

/** Differences that are listed before the rest is only counted. */
const LISTED = 8;

/**
 * Compares the tensors of a file with those a program has.
 * WeightsError `weights/other-program`: each missing, additional and differently shaped tensor with both shapes.
 */
export function checkTensors(
  found: ReadonlyMap<string, Pick<Tensor, "dtype" | "shape">>,
  expected: ReadonlyMap<string, Pick<Tensor, "dtype" | "shape">>,
  path: string,
): void {
  const differences: string[] = [];
  for (const [name, wanted] of expected) {
    const there = found.get(name);
    const same = there && showTensor(there) === showTensor(wanted);
    if (!same)
      differences.push(
        `${name}: ${there ? showTensor(there) : "none"} in the file, ${showTensor(wanted)} in the program`,
      );
  }
  for (const [name, there] of found) {
    if (!expected.has(name)) differences.push(`${name}: ${showTensor(there)} in the file, none in the program`);
  }
  if (differences.length === 0) return;
  const rest = differences.length - LISTED;
  const list = [...differences.slice(0, LISTED), ...(rest > 0 ? [`and ${rest} more`] : [])];
  const message = `${path} holds the weights of another program:\n  ${list.join("\n  ")}`;
  throw new WeightsError(
    "weights/other-program",
    message,
    "train this program, or use the program the weights came from",
  );
}
