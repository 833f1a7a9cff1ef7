// The matrices that an adapter's subgroups multiply, best first. In: an adapter. Out: those that kernels are written for: sums are of
// 32 bits, and a subgroup has one size, so that it is known which threads are one.

import type { MatrixKind } from "../plan.ts";
import { MATRIX_FEATURE } from "../plan.ts";

/** As Dawn has it; the types of the language have none yet. */
interface Configuration {
  readonly componentType: string;
  readonly resultComponentType: string;
  readonly M: number;
  readonly N: number;
  readonly K: number;
}

export function matricesOf({ features, info }: Pick<GPUAdapter, "features" | "info">): MatrixKind[] {
  const { subgroupMinSize: threads, subgroupMaxSize } = info;
  const { subgroupMatrixConfigs = [] } = info as { readonly subgroupMatrixConfigs?: readonly Configuration[] };
  const has = (feature: string): boolean => (features as ReadonlySet<string>).has(feature);
  if (!has(MATRIX_FEATURE) || threads === undefined || threads !== subgroupMaxSize) return [];
  const components = (["f16", "f32"] as const).filter((c) => c === "f32" || has("shader-f16"));
  return components.flatMap((component) =>
    subgroupMatrixConfigs
      .filter((c) => c.componentType === component && c.resultComponentType === "f32")
      .map(({ M: m, N: n, K: k }): MatrixKind => ({ component, m, n, k, threads }))
      .sort((a, b) => b.m * b.n * b.k - a.m * a.n * a.k),
  );
}
