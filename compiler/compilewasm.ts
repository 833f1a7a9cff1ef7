// Plans for the processor, apart from the rest of the compiler: a command that finds its plan kept from before does without. In: the
// entries of a training. Out: its plan.

import type { WasmPlan } from "../runtime/plan.ts";
import { type DataSizes, dataBuffers } from "./compile.ts";
import type { Entry } from "./loops/entry.ts";
import type { Observer } from "./loops/stage.ts";
import { wasmTarget } from "./targets/wasm/program.ts";

/** MemoryExceeded where one memory cannot hold the plan. */
export function planWasm(
  entries: readonly Entry[],
  data: DataSizes,
  batch: number,
  shared: boolean,
  observer?: Observer,
): WasmPlan {
  return wasmTarget.plan({ entries, batch, data: dataBuffers(data) }, { shared }, observer);
}
