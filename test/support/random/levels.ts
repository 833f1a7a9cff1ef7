// A training step of a program on every level of the compiler: the f64 reference of its graph with and without the passes that
// only make it faster, the nests, and the engines, each from the same values of fields and parameters.

import type { Node } from "../../../compiler/graph/node.ts";
import { forgetNodes, topological } from "../../../compiler/graph/node.ts";
import { interpret } from "../../../compiler/graph/reference.ts";
import type { Tensor } from "../../../compiler/graph/tensor.ts";
import { tensor } from "../../../compiler/graph/tensor.ts";
import type { Entry } from "../../../compiler/loops/entry.ts";
import { allocate, runSteps } from "../../../compiler/loops/reference.ts";
import { passes } from "../../../compiler/passes/list.ts";
import { wasmTarget } from "../../../compiler/targets/wasm/program.ts";
import { wgslTarget } from "../../../compiler/targets/wgsl/program.ts";
import { WasmEngine } from "../../../runtime/wasm/engine.ts";
import { spawnWorker } from "../../../runtime/wasm/node.ts";
import type { Found } from "../../../runtime/webgpu/node.ts";
import { startGpu } from "../../../runtime/webgpu/node.ts";
import { compileText } from "../engine.ts";
import { partOf } from "../programs.ts";
import type { Values } from "./program.ts";
import { BATCH, fields } from "./program.ts";

/** Parameters by name after all steps. */
export type Outcome = ReadonlyMap<string, ArrayLike<number>>;

export interface Levels {
  /** Only what gives the graph its meaning: derivatives and the batch. */
  readonly plain: Outcome;
  /** All passes. */
  readonly reference: Outcome;
  /** As the reference, every number on the way some units of the last of 32 bits off: where it differs, engines may. */
  readonly rounded: Outcome;
  readonly nests: Outcome;
  readonly engines: ReadonlyMap<string, Outcome>;
}

export interface Wanted {
  readonly threads: readonly number[];
  readonly gpu?: () => Promise<Found>;
}

const MEANING: ReadonlySet<string> = new Set(["differentiate", "batch"]);

export async function runLevels(text: string, values: Values, wanted: Wanted): Promise<Levels> {
  forgetNodes();
  const { training } = compileText(text, fields, 30);
  const start = new Map<string, Float64Array>();
  for (const [name, rows] of Object.entries(values.fields))
    start.set(name, Float64Array.from(rows.flatMap((r) => [...r.data])));
  for (const [name, { data }] of Object.entries(values.parameters)) start.set(name, data);
  const steps = training.steps.map((step) => {
    const results = step.results.map((r) => r.node);
    const plain = passes.filter((p) => MEANING.has(p.name)).reduce((nodes, p) => p.run(nodes), results);
    const nodes = passes.reduce((all, p) => p.run(all), results);
    return { step, plain, nodes, part: partOf(step, nodes, BATCH) };
  });
  const moved = new Set(steps.flatMap((s) => s.step.results.flatMap((r) => (r.into === undefined ? [] : [r.into]))));
  const interpreted = (which: "plain" | "nodes", round?: (value: number) => number): Outcome => {
    const memory = new Map(start);
    for (const s of steps) {
      const found = interpret(s[which], leavesFrom(s[which], memory), BATCH, round);
      s.step.results.forEach((r, i) => {
        if (r.into !== undefined) memory.set(r.into, found[i]!.data);
      });
    }
    return new Map([...memory].filter(([n]) => moved.has(n)));
  };
  const nests = new Map(start);
  for (const { part } of steps) {
    const memory = allocate(part.lowered);
    for (const [name, data] of nests) memory.get(name)?.set(data);
    runSteps(part.lowered.steps, memory, BATCH, { seed: 0, step: 0 });
    for (const name of moved) if (memory.has(name)) nests.set(name, memory.get(name)!);
  }
  const entry = { name: "train", parts: steps.map((s) => s.part) };
  const engines = new Map<string, Outcome>();
  for (const threads of wanted.threads) engines.set(`${threads} threads`, await onWasm(entry, start, moved, threads));
  if (wanted.gpu) engines.set("GPU", await onGpu(entry, start, moved, await wanted.gpu()));
  return {
    plain: interpreted("plain"),
    reference: interpreted("nodes"),
    rounded: interpreted("nodes", (v) => Math.fround(v * (1 + 2 ** -21))),
    nests: new Map([...nests].filter(([n]) => moved.has(n))),
    engines,
  };
}

function leavesFrom(nodes: readonly Node[], memory: ReadonlyMap<string, Float64Array>): Map<Node, Tensor> {
  const leaves = topological(nodes).filter((n) => n.op === "parameter" && n.attributes.role !== "local");
  return new Map(
    leaves.map((leaf) => {
      const shape = leaf.shape.map((d) => (typeof d === "number" ? d : BATCH));
      const data = memory.get(leaf.attributes.name as string);
      return [leaf, data ? tensor(shape, [...data]) : tensor(shape)] as const;
    }),
  );
}

async function onWasm(
  entry: Entry,
  start: ReadonlyMap<string, Float64Array>,
  moved: ReadonlySet<string>,
  threads: number,
): Promise<Outcome> {
  const engine = await WasmEngine.start(
    wasmTarget.plan({ entries: [entry], batch: BATCH }, { shared: threads > 1 }),
    threads,
    spawnWorker,
  );
  try {
    for (const [name, data] of start) if (engine.has(name)) engine.view(name).set(data);
    engine.set("batch", BATCH);
    await engine.run("train");
    return new Map([...moved].map((name) => [name, [...engine.view(name)]]));
  } finally {
    await engine.stop();
  }
}

async function onGpu(
  entry: Entry,
  start: ReadonlyMap<string, Float64Array>,
  moved: ReadonlySet<string>,
  adapter: Found,
): Promise<Outcome> {
  const engine = await startGpu(adapter, wgslTarget.plan({ entries: [entry], batch: BATCH }, {}));
  try {
    for (const [name, data] of start) if (engine.has(name)) await engine.write(name, Float32Array.from(data));
    engine.set("batch", BATCH);
    await engine.run("train");
    const found = new Map<string, ArrayLike<number>>();
    for (const name of moved) found.set(name, await engine.read(name));
    return found;
  } finally {
    await engine.stop();
  }
}

/** Numbers beyond this have lost too many digits in f32 to be compared. */
const LARGEST = 1e4;

/** The first level that differs from another, in words; undefined where all agree, or where numbers grow too large. */
export function disagreement(
  levels: Levels,
  wanted: Readonly<Record<string, readonly (number | undefined)[]>>,
): string | undefined {
  for (const [name, meant] of Object.entries(wanted)) {
    const plain = levels.plain.get(name);
    if (!plain) continue;
    const scale = 1 + Math.max(...Array.from(plain, Math.abs));
    if (!(scale < LARGEST)) continue;
    const compare = (
      found: ArrayLike<number>,
      than: ArrayLike<number | undefined>,
      tolerance: number,
      what: string,
    ) => {
      for (let i = 0; i < than.length; i++) {
        const [a, b] = [found[i]!, than[i]];
        if (b === undefined || Math.abs(a - b) <= tolerance * scale || Object.is(a, b)) continue;
        return `${name}[${i}] ${what}: ${a} for ${b}`;
      }
      return undefined;
    };
    const found =
      compare(plain, meant, 1e-5, "of the graph against plain arrays") ??
      compare(levels.reference.get(name)!, plain, 1e-9, "after all passes against the graph before them") ??
      compare(levels.nests.get(name)!, plain, 1e-9, "of the nests against the graph") ??
      // A tie or a jump that 32 bits fall on the other side of is no fault of an engine.
      (compare(levels.rounded.get(name)!, plain, 5e-5, "in 32 bits") === undefined
        ? firstOf(levels.engines, ([where, e]) => compare(e.get(name)!, plain, 2e-4, `on ${where} against the graph`))
        : undefined) ??
      acrossThreads(levels.engines, name);
    if (found) return found;
  }
  return undefined;
}

function acrossThreads(engines: Levels["engines"], name: string): string | undefined {
  const [first, ...others] = [...engines].filter(([where]) => where !== "GPU");
  for (const [where, outcome] of others)
    for (const [i, v] of Array.from(outcome.get(name)!).entries())
      if (!Object.is(v, first![1].get(name)![i])) return `${name}[${i}] differs on ${where}: ${v}`;
  return undefined;
}

function firstOf<T>(items: Iterable<T>, f: (item: T) => string | undefined): string | undefined {
  for (const item of items) {
    const found = f(item);
    if (found !== undefined) return found;
  }
  return undefined;
}
