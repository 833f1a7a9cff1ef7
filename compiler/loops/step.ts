// The result of lowering: loop nests in order, some inside a loop over time, with the buffers that they use.
import type { Nest } from "./nest.ts";
import { showNest } from "./nest.ts";
import type { Buffer, Storage } from "./storage.ts";

export type Step =
  | { readonly kind: "nest"; readonly nest: Nest }
  | {
      readonly kind: "loop";
      readonly time: string;
      readonly length: number;
      readonly reverse: boolean;
      readonly body: readonly Step[];
    };

/** The text form: nests, those of a loop indented under it. */
export function showStep(step: Step): string {
  if (step.kind === "nest") return showNest(step.nest);
  const head = `loop ${step.time}<${step.length}${step.reverse ? " backwards" : ""}`;
  return [head, ...step.body.map((s) => showStep(s).replaceAll(/^/gm, "  "))].join("\n");
}

export interface Lowered {
  readonly steps: readonly Step[];
  readonly buffers: ReadonlyMap<string, Buffer>;
  readonly results: ReadonlyMap<string, Storage>;
}
