// Subspaces in R^n by hand: principal components by orthogonal iteration, and the largest angle between two subspaces.

export type Vector = readonly number[];

const dot = (a: Vector, b: Vector): number => a.reduce((sum, v, i) => sum + v * b[i]!, 0);

/** Gram and Schmidt, twice for accuracy. */
export function orthonormal(rows: readonly Vector[]): number[][] {
  const out: number[][] = [];
  for (const row of rows) {
    let v = [...row];
    for (let pass = 0; pass < 2; pass++)
      for (const q of out) {
        const along = dot(q, v);
        v = v.map((x, i) => x - along * q[i]!);
      }
    const length = Math.sqrt(dot(v, v));
    out.push(v.map((x) => x / length));
  }
  return out;
}

/** The subspace of the `count` largest principal components of examples of `size` numbers each. */
export function principalComponents(values: ArrayLike<number>, size: number, count: number): number[][] {
  const examples = values.length / size;
  const mean = new Array<number>(size).fill(0);
  for (let i = 0; i < values.length; i++) mean[i % size]! += values[i]! / examples;
  const covariance = mean.map(() => new Array<number>(size).fill(0));
  for (let e = 0; e < examples; e++)
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++)
        covariance[i]![j]! += (values[e * size + i]! - mean[i]!) * (values[e * size + j]! - mean[j]!);
  let basis = orthonormal(Array.from({ length: count }, (_, k) => mean.map((_, i) => Math.sin((k + 1) * (i + 1)))));
  for (let turn = 0; turn < 3000; turn++) basis = orthonormal(basis.map((v) => covariance.map((row) => dot(row, v))));
  return basis;
}

/** A bound on the largest angle between two subspaces with orthonormal bases, in degrees. */
export function angleBetween(a: readonly Vector[], b: readonly Vector[]): number {
  let rest = 0;
  for (const q of b) {
    const inside = a.map((p) => dot(p, q));
    q.forEach((v, i) => {
      rest += (v - a.reduce((sum, p, k) => sum + inside[k]! * p[i]!, 0)) ** 2;
    });
  }
  return (Math.asin(Math.min(1, Math.sqrt(rest))) * 180) / Math.PI;
}
