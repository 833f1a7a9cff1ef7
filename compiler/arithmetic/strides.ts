// Row-major order: how far apart neighbours along each axis of a shape lie.

export function rowMajor(shape: readonly number[]): number[] {
  let below = 1;
  const strides = shape.toReversed().map((size) => {
    const stride = below;
    below *= size;
    return stride;
  });
  return strides.reverse();
}
