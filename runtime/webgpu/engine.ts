// The GPU engine: a plan's kernels as pipelines, each step of training one compute pass and one submit, nothing read back
// until somebody asks. Knows only the WebGPU API: the same class runs in Node on Dawn and in a page.

import type { Engine, Numbers, StepWord } from "../engine.ts";
import type { WgslBuffer, WgslDispatch, WgslKernel, WgslLoop, WgslPlan } from "../plan.ts";
import { BINDING, STEP_WORDS } from "../plan.ts";

/** A device that cannot run a plan, or that was lost. */
export class GpuError extends Error {}

/** What is bound for one dispatch, made once. */
interface Prepared {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly dispatch: WgslDispatch;
  readonly time: boolean;
}
type PreparedStep = Prepared | { readonly kind: "loop"; readonly loop: WgslLoop; readonly body: readonly Prepared[] };

interface PreparedEntry {
  readonly steps: readonly PreparedStep[];
  readonly batches: number;
  readonly parts: number;
}

interface Resources {
  readonly arenas: readonly GPUBuffer[];
  readonly step: GPUBuffer;
  readonly offsets: GPUBuffer;
  readonly times: GPUBuffer;
}

/** Uniform bindings start at multiples of this on every device. */
const SLOT = 256;
/** Steps that are submitted before the device is waited for. */
const AHEAD = 64;

/** Limits to ask of an adapter: all it has of what large plans need. */
export function limitsOf(adapter: GPUAdapter): Record<string, number> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  return { maxBufferSize, maxStorageBufferBindingSize };
}

export class WebGpuEngine implements Engine {
  readonly device: string;
  readonly plan: WgslPlan;
  private readonly gpu: GPUDevice;
  private readonly buffers: ReadonlyMap<string, WgslBuffer>;
  private readonly resources: Resources;
  private readonly entries = new Map<string, PreparedEntry>();
  private readonly words = { seed: 1, step: 0, batch: 0, cursor: 0 };
  private changed = true;
  private failed: GpuError | undefined;
  /** Dawn's objects die with the instance that made them, so it is referenced until the engine stops. */
  private readonly held: unknown[] = [];

  private constructor(gpu: GPUDevice, plan: WgslPlan, name: string, resources: Resources) {
    this.gpu = gpu;
    this.plan = plan;
    this.device = `gpu:${name}`;
    this.resources = resources;
    this.buffers = new Map(plan.buffers.map((b) => [b.name, b]));
    this.words.batch = plan.batch;
    void gpu.lost.then((info) => {
      if (info.reason !== "destroyed") this.failed = new GpuError(`the GPU was lost: ${info.message}`);
    });
    gpu.addEventListener("uncapturederror", (event) => {
      this.failed ??= new GpuError(event.error.message);
    });
  }

  /** GpuError where the device's limits do not allow the plan. */
  static async start(gpu: GPUDevice, plan: WgslPlan, name: string, keep?: unknown): Promise<WebGpuEngine> {
    const most = Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize);
    const large = plan.arenas.find((a) => a.bytes > most);
    if (large) {
      const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
      throw new GpuError(`the plan's ${large.name} arena takes ${mib(large.bytes)}, and this GPU allows ${mib(most)}`);
    }
    const engine = new WebGpuEngine(gpu, plan, name, allocate(gpu, plan));
    engine.held.push(keep);
    await engine.prepare();
    return engine;
  }

  private async prepare(): Promise<void> {
    const layouts = this.plan.kernels.map((k) => layoutOf(this.gpu, k));
    const pipelines = await Promise.all(
      this.plan.kernels.map((k, i) =>
        this.gpu.createComputePipelineAsync({
          label: k.name,
          layout: this.gpu.createPipelineLayout({ bindGroupLayouts: [layouts[i]!] }),
          compute: { module: this.gpu.createShaderModule({ label: k.name, code: k.code }), entryPoint: "main" },
        }),
      ),
    );
    let slot = 0;
    const one = (d: WgslDispatch): Prepared => {
      const kernel = this.plan.kernels[d.kernel]!;
      const at = slot;
      slot += slots(d);
      const group = this.bind(kernel, layouts[d.kernel]!, d, at);
      return { pipeline: pipelines[d.kernel]!, group, dispatch: d, time: kernel.time };
    };
    for (const entry of this.plan.entries) {
      const steps = entry.steps.map(
        (s): PreparedStep => (s.kind === "loop" ? { kind: "loop", loop: s, body: s.body.map(one) } : one(s)),
      );
      this.entries.set(entry.name, { steps, batches: entry.batches, parts: entry.parts });
    }
  }

  private bind(kernel: WgslKernel, layout: GPUBindGroupLayout, d: WgslDispatch, slot: number): GPUBindGroup {
    const { arenas, step, offsets, times } = this.resources;
    const entries: GPUBindGroupEntry[] = [
      { binding: BINDING.offsets, resource: { buffer: offsets, offset: slot * SLOT, size: offsetBytes(d) } },
    ];
    if (kernel.step !== "none") entries.push({ binding: BINDING.step, resource: { buffer: step } });
    if (kernel.time) entries.push({ binding: BINDING.time, resource: { buffer: times, size: 16 } });
    d.arenas.forEach((a, i) => {
      entries.push({ binding: BINDING.arenas + i, resource: { buffer: arenas[a]! } });
    });
    return this.gpu.createBindGroup({ layout, entries });
  }

  async run(entry: string, steps = 1): Promise<void> {
    const prepared = this.entries.get(entry);
    if (!prepared) throw new Error(`the plan has no entry '${entry}'`);
    this.startRun();
    for (let i = 0; i < steps; i++) {
      this.submit(prepared);
      if (i % AHEAD === AHEAD - 1) await this.gpu.queue.onSubmittedWorkDone();
    }
    this.words.step += steps * prepared.parts;
    this.words.cursor += steps * prepared.batches * this.words.batch;
    await this.gpu.queue.onSubmittedWorkDone();
    if (this.failed) throw this.failed;
  }

  /** The step block goes to the device where the host changed it; the ring starts anew. */
  private startRun(): void {
    if (this.failed) throw this.failed;
    const { step } = this.resources;
    if (this.changed) {
      const { seed, step: count, batch, cursor } = this.words;
      this.gpu.queue.writeBuffer(step, 0, Int32Array.of(seed, count, batch, cursor, 0));
    } else this.gpu.queue.writeBuffer(step, 4 * STEP_WORDS.ring, Int32Array.of(0));
    this.changed = false;
  }

  private submit(entry: PreparedEntry): void {
    const encoder = this.gpu.createCommandEncoder();
    const pass = encoder.beginComputePass();
    for (const s of entry.steps) {
      if (!("kind" in s)) this.dispatch(pass, s, 0);
      else
        for (let i = 0; i < s.loop.length; i++)
          for (const inner of s.body) this.dispatch(pass, inner, s.loop.reverse ? s.loop.length - 1 - i : i);
    }
    pass.end();
    this.gpu.queue.submit([encoder.finish()]);
  }

  private dispatch(pass: GPUComputePassEncoder, p: Prepared, time: number): void {
    const groups = groupsOf(p.dispatch, this.words.batch);
    if (groups === 0) return;
    pass.setPipeline(p.pipeline);
    if (p.time) pass.setBindGroup(0, p.group, [time * SLOT]);
    else pass.setBindGroup(0, p.group);
    const most = this.gpu.limits.maxComputeWorkgroupsPerDimension;
    // A row that is too long for the device is folded; `main` unfolds it.
    const down = Math.ceil(groups / most);
    pass.dispatchWorkgroups(Math.ceil(groups / down), down);
  }

  set(word: StepWord, value: number): void {
    this.words[word] = value;
    this.changed = true;
  }

  get(word: "step" | "cursor"): number {
    return this.words[word];
  }

  has(name: string): boolean {
    return this.buffers.has(name);
  }

  async logged(count: number): Promise<Float32Array> {
    return (await this.part(this.buffer("ring"), count)) as Float32Array;
  }

  read(name: string): Promise<Numbers> {
    const b = this.buffer(name);
    return this.part(b, b.size);
  }

  private async part(b: WgslBuffer, count: number): Promise<Numbers> {
    const bytes = Math.max(4, 4 * count);
    const usage = GPU_USAGE.copyTo | GPU_USAGE.mapRead;
    const staging = this.gpu.createBuffer({ size: bytes, usage });
    const encoder = this.gpu.createCommandEncoder();
    encoder.copyBufferToBuffer(this.resources.arenas[b.arena]!, 4 * b.at, staging, 0, bytes);
    this.gpu.queue.submit([encoder.finish()]);
    await staging.mapAsync(1);
    const copy = staging.getMappedRange().slice(0, 4 * count);
    staging.destroy();
    if (this.failed) throw this.failed;
    return b.dtype === "i32" ? new Int32Array(copy) : new Float32Array(copy);
  }

  async write(name: string, values: Numbers, at = 0): Promise<void> {
    const b = this.buffer(name);
    if (values.length === 0) return;
    const arena = this.resources.arenas[b.arena]!;
    this.gpu.queue.writeBuffer(arena, 4 * (b.at + at), values as Float32Array<ArrayBuffer>);
  }

  private buffer(name: string): WgslBuffer {
    const b = this.buffers.get(name);
    if (!b) throw new Error(`the plan has no buffer '${name}'`);
    return b;
  }

  async stop(): Promise<void> {
    this.gpu.destroy();
    this.held.length = 0;
  }
}

/** GPUBufferUsage by value: Dawn in Node has no such global. */
const GPU_USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;

const offsetBytes = (d: WgslDispatch): number => 16 * Math.max(1, Math.ceil(d.offsets.length / 4));
const slots = (d: WgslDispatch): number => Math.ceil(offsetBytes(d) / SLOT);

function allDispatches(plan: WgslPlan): WgslDispatch[] {
  return plan.entries.flatMap((e) => e.steps.flatMap((s) => (s.kind === "loop" ? s.body : [s])));
}

function allocate(gpu: GPUDevice, plan: WgslPlan): Resources {
  const { storage, uniform, copyFrom, copyTo } = GPU_USAGE;
  const buffer = (label: string, size: number, usage: number): GPUBuffer => gpu.createBuffer({ label, size, usage });
  const arenas = plan.arenas.map((a) => buffer(a.name, a.bytes, storage | copyFrom | copyTo));
  const step = buffer("step", 4 * STEP_WORDS.size, storage | copyFrom | copyTo);
  const dispatches = allDispatches(plan);
  const total = dispatches.reduce((n, d) => n + slots(d), 0);
  const places = new Int32Array((Math.max(1, total) * SLOT) / 4);
  let slot = 0;
  for (const d of dispatches) {
    places.set(d.offsets, (slot * SLOT) / 4);
    slot += slots(d);
  }
  const lengths = plan.entries.flatMap((e) => e.steps.map((s) => (s.kind === "loop" ? s.length : 1)));
  const longest = Math.max(1, ...lengths);
  const counts = new Int32Array((longest * SLOT) / 4);
  for (let t = 0; t < longest; t++) counts[(t * SLOT) / 4] = t;
  const offsets = buffer("offsets", places.byteLength, uniform | copyTo);
  const times = buffer("times", counts.byteLength, uniform | copyTo);
  gpu.queue.writeBuffer(offsets, 0, places);
  gpu.queue.writeBuffer(times, 0, counts);
  return { arenas, step, offsets, times };
}

function layoutOf(gpu: GPUDevice, kernel: WgslKernel): GPUBindGroupLayout {
  const compute = 4;
  const storage = (access: "read" | "write"): GPUBufferBindingLayout => ({
    type: access === "write" ? "storage" : "read-only-storage",
  });
  const entries: GPUBindGroupLayoutEntry[] = [
    { binding: BINDING.offsets, visibility: compute, buffer: { type: "uniform" } },
  ];
  if (kernel.step !== "none")
    entries.push({ binding: BINDING.step, visibility: compute, buffer: storage(kernel.step) });
  if (kernel.time)
    entries.push({
      binding: BINDING.time,
      visibility: compute,
      buffer: { type: "uniform", hasDynamicOffset: true, minBindingSize: 16 },
    });
  kernel.arenas.forEach((a, i) => {
    entries.push({ binding: BINDING.arenas + i, visibility: compute, buffer: storage(a.access) });
  });
  return gpu.createBindGroupLayout({ entries });
}

function groupsOf(d: WgslDispatch, batch: number): number {
  return d.grid.reduce((total, { extents, per }) => {
    const points = extents.reduce((n, e) => n * (e.constant + e.perBatch * batch), 1);
    return total * Math.ceil(points / per);
  }, 1);
}
