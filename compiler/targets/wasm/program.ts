// From lowered entries to a plan for the CPU engine: kernels (equal ones once), record tables, memory, and the module that runs the
// tables.

import type { PlanBuffer, PlanEntry, WasmPlan } from "../../../runtime/plan.ts";
import { LAYOUT, PREPARE } from "../../../runtime/plan.ts";
import { itemAt, zip } from "../../arithmetic/lists.ts";
import { mustFit } from "../../layout/budget.ts";
import { addressText, placeBuffers } from "../../layout/memory.ts";
import { verifyLayout } from "../../layout/verify.ts";
import { withHidden } from "../../loops/hidden.ts";
import type { Observer } from "../../loops/stage.ts";
import { HIDDEN_STAGE, LAYOUT_STAGE, SCHEDULE_STAGE, WINOGRAD_STAGE } from "../../loops/stage.ts";
import type { Lowered } from "../../loops/step.ts";
import { showStep } from "../../loops/step.ts";
import { verifyLowered } from "../../loops/verify.ts";
import { withFewerProducts } from "../../loops/winograd/winograd.ts";
import { CommandWriter, KernelTable, kernelText, listing, summaryOf } from "../commands.ts";
import type { Program, Target } from "../target.ts";
import { wasmBackend } from "./backend.ts";
import type { Code } from "./emit/encoder.ts";
import { encodeModule } from "./emit/encoder.ts";
import { launchesOf, withBarriers } from "./launches.ts";
import { prepareOnce } from "./prepare.ts";
import { recordBytes, writeRecord } from "./records.ts";
import { runtimeFunctions, SPECIAL } from "./runner.ts";
import type { WasmKernel } from "./schedule/command.ts";
import type { Schedule } from "./schedule/schedule.ts";
import { CPU, type WasmTuning } from "./schedule/tuning.ts";
import { shareResults } from "./shared.ts";
import { worksOf } from "./work.ts";

const PAGE = 2 ** 16;
const MEMORY = 2 ** 32 - PAGE;

export interface WasmDevice {
  /** Whether threads share the memory. */
  readonly shared: boolean;
  readonly tuning?: WasmTuning;
}

export const wasmTarget: Target<WasmPlan, WasmDevice> = {
  name: "wasm",
  plan: compileWasm,
  memoryOf: (plan) => PAGE * plan.pages,
};

function compileWasm(
  { entries: given, batch, data = [] }: Program,
  { shared, tuning = CPU }: WasmDevice,
  { after, verify = false, works }: Observer = {},
): WasmPlan {
  const entries = given.map((entry) => ({
    ...entry,
    parts: entry.parts.map((part) => {
      const text = (l: Lowered) => (): string => `${l.steps.map(showStep).join("\n")}\n`;
      const blocked = withFewerProducts(part.lowered, batch, tuning.winograd);
      after?.(WINOGRAD_STAGE, part.name, text(blocked));
      const lowered = withHidden(blocked);
      after?.(HIDDEN_STAGE, part.name, text(lowered));
      if (verify) verifyLowered(lowered, batch);
      return { ...part, lowered };
    }),
  }));
  const kernels = new KernelTable<Code>(SPECIAL.length);
  const writer = new CommandWriter<WasmKernel, Schedule>({ batch, data, verify }, (w) =>
    wasmBackend(w, kernels, tuning),
  );
  const { buffers } = writer;
  const written = zip(entries, writer.tables(entries)).flatMap(([entry, all]) => {
    const commands = shareResults(all, buffers);
    const { once, table } = entry.hasFixedWeights ? prepareOnce(commands, buffers) : { once: [], table: commands };
    const own = [entry, withBarriers(table, buffers, tuning.launches)] as const;
    if (once.length === 0) return [own];
    return [own, [{ name: PREPARE, parts: [] }, withBarriers(once, buffers, tuning.launches)] as const];
  });
  const tables = written.map(([, table]) => table);
  const specialOf = (kernel: number): string => itemAt(SPECIAL, kernel);
  for (const [{ name }, table] of written)
    after?.(SCHEDULE_STAGE, name, () =>
      listing(table, (k) => {
        const about = kernels.about(k);
        return about ? kernelText(about) : `${specialOf(k)}\n`;
      }),
    );
  const nameOf = (kernel: number): string => kernels.about(kernel)?.name ?? specialOf(kernel);
  if (works) for (const [{ name }, table] of written) works(name, worksOf(table, buffers, batch, nameOf));
  const total = tables.flat().reduce((n, c) => n + recordBytes(c), 0);
  const placed = placeBuffers(tables, buffers, align(LAYOUT.free + total, 4096));
  if (verify) verifyLayout(tables, buffers, placed.addresses);
  after?.(LAYOUT_STAGE, "memory", () => addressText(buffers.values(), placed.addresses));
  mustFit({ of: "one memory", bytes: placed.end, most: MEMORY }, buffers.values(), entries);
  const records = new Uint8Array(total);
  const view = new DataView(records.buffer);
  let at = 0;
  const planEntries = written.map(([entry, table]): PlanEntry => {
    const start = LAYOUT.free + at;
    for (const command of table) at = writeRecord(view, at, command, placed.addresses, false);
    return { ...summaryOf(entry), start, end: LAYOUT.free + at, launches: launchesOf(table) };
  });
  const pages = Math.ceil((placed.end + PAGE) / PAGE);
  // A temporary that no kernel uses any more has no address.
  const planBuffers = [...buffers.values()].flatMap((b): PlanBuffer[] => {
    const address = placed.addresses.get(b.name);
    return address === undefined ? [] : [{ ...b, address }];
  });
  return {
    module: moduleOf(kernels, { shared, hasBytes: data.some((b) => b.dtype === "u8"), pages }),
    pages,
    records,
    recordsAddress: LAYOUT.free,
    buffers: planBuffers,
    entries: planEntries,
    kernels: kernels.kernels.map((k) => k.about),
    batch,
    shared,
  };
}

function moduleOf(
  table: KernelTable<Code>,
  { shared, hasBytes, pages }: { readonly shared: boolean; readonly hasBytes: boolean; readonly pages: number },
): WasmPlan["module"] {
  const { functions, exports } = runtimeFunctions(shared, hasBytes);
  const codes = table.kernels.map((k) => k.code);
  const specials = SPECIAL.map((_, i) => functions.length - SPECIAL.length + i);
  return encodeModule({
    functions: [...functions, ...codes],
    exports,
    table: [...specials, ...codes.map((_, i) => functions.length + i)],
    shared,
    pages,
  });
}

const align = (n: number, to: number): number => Math.ceil(n / to) * to;
