// The GPU engine: a plan's kernels as pipelines, each step of training one compute pass and one submit, nothing read back
// until somebody asks. Knows only the WebGPU API: the same class runs in Node on Dawn and in a page.

import type { Engine, Numbers, StepWord } from "../engine.ts";
import type { WgslBuffer, WgslDispatch, WgslKernel, WgslLoop, WgslPlan } from "../plan.ts";
import { BINDING, STEP_WORDS } from "../plan.ts";
import { GpuError, messageOf } from "./device.ts";

/** Bindings of one dispatch, made once. */
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
/** How long a device's loss may be behind the failures that it causes. */
const LOSS_MILLISECONDS = 50;

export class WebGpuEngine implements Engine {
  readonly device: string;
  readonly plan: WgslPlan;
  readonly gpu: GPUDevice;
  private readonly buffers: ReadonlyMap<string, WgslBuffer>;
  private readonly resources: Resources;
  private readonly entries = new Map<string, PreparedEntry>();
  private readonly words = { seed: 1, step: 0, batch: 0, cursor: 0 };
  private changed = true;
  private failed: GpuError | undefined;
  private isStopped = false;
  /** Ends what is waited for when the device is lost: a driver that died may never answer. */
  private readonly waiting = new Set<(error: GpuError) => void>();
  /** Dawn's objects die with the instance that made them, so it is referenced until the engine stops. */
  private readonly held: unknown[] = [];

  private constructor(gpu: GPUDevice, plan: WgslPlan, name: string, resources: Resources) {
    this.gpu = gpu;
    this.plan = plan;
    this.device = `gpu:${name}`;
    this.resources = resources;
    this.buffers = new Map(plan.buffers.map((b) => [b.name, b]));
    this.words.batch = plan.batch;
    void gpu.lost.then(({ message }) => this.fail(new GpuError(`the GPU ${name} was lost: ${firstLine(message)}`)));
    gpu.addEventListener("uncapturederror", (event) => {
      event.preventDefault();
      this.fail(uncaptured(event.error, name));
    });
  }

  /** GpuError where the device's limits do not allow the plan. */
  static async start(gpu: GPUDevice, plan: WgslPlan, name: string, keep?: unknown): Promise<WebGpuEngine> {
    const most = Math.min(gpu.limits.maxBufferSize, gpu.limits.maxStorageBufferBindingSize);
    const large = plan.arenas.find((a) => a.bytes > most);
    if (large) {
      const mib = (bytes: number): string => `${Math.ceil(bytes / 2 ** 20)} MiB`;
      throw new GpuError(
        `the plan's ${large.name} arena takes ${mib(large.bytes)}, and this GPU allows ${mib(most)}`,
        "limits/gpu",
      );
    }
    try {
      const resources = await withoutErrors(gpu, name, () => allocate(gpu, plan));
      const engine = new WebGpuEngine(gpu, plan, name, resources);
      engine.held.push(keep);
      engine.prepare(await compileKernels(gpu, plan, name));
      return engine;
    } catch (error) {
      gpu.destroy();
      throw error;
    }
  }

  private prepare({ layouts, pipelines }: Compiled): void {
    let slot = 0;
    const one = (d: WgslDispatch): Prepared => {
      const kernel = this.plan.kernels[d.kernel];
      const [layout, pipeline] = [layouts[d.kernel], pipelines[d.kernel]];
      if (!kernel || !layout || !pipeline) throw new Error(`the plan has no kernel ${d.kernel}`);
      const at = slot;
      slot += slots(d);
      const group = this.bind(kernel, layout, d, at);
      return { pipeline, group, dispatch: d, time: kernel.time };
    };
    for (const entry of this.plan.entries) {
      const steps = entry.steps.map(
        (s): PreparedStep => (s.kind === "loop" ? { kind: "loop", loop: s, body: s.body.map(one) } : one(s)),
      );
      this.entries.set(entry.name, { steps, batches: entry.batches, parts: entry.parts });
    }
  }

  private bind(kernel: WgslKernel, layout: GPUBindGroupLayout, d: WgslDispatch, slot: number): GPUBindGroup {
    const { step, offsets, times } = this.resources;
    const entries: GPUBindGroupEntry[] = [
      { binding: BINDING.offsets, resource: { buffer: offsets, offset: slot * SLOT, size: offsetBytes(d) } },
    ];
    if (kernel.step !== "none") entries.push({ binding: BINDING.step, resource: { buffer: step } });
    if (kernel.time) entries.push({ binding: BINDING.time, resource: { buffer: times, size: 16 } });
    d.arenas.forEach((a, i) => {
      entries.push({ binding: BINDING.arenas + i, resource: { buffer: this.arena(a) } });
    });
    return this.gpu.createBindGroup({ layout, entries });
  }

  async run(entry: string, steps = 1): Promise<void> {
    const prepared = this.entries.get(entry);
    if (!prepared) throw new Error(`the plan has no entry '${entry}'`);
    this.startRun();
    for (let i = 0; i < steps; i++) {
      this.submit(prepared);
      if (i % AHEAD === AHEAD - 1) await this.answer(this.gpu.queue.onSubmittedWorkDone());
    }
    this.words.step += steps * prepared.parts;
    this.words.cursor += steps * prepared.batches * this.words.batch;
    await this.answer(this.gpu.queue.onSubmittedWorkDone());
  }

  /** The first cause counts: errors that follow are its consequences. */
  private fail(error: GpuError): void {
    if (this.isStopped) return;
    this.failed ??= error;
    for (const end of this.waiting) end(this.failed);
  }

  /** Waits for the device; GpuError with the cause where the device fails meanwhile. */
  private async answer(wait: Promise<unknown>): Promise<void> {
    const { promise: failing, reject: end } = Promise.withResolvers<never>();
    this.waiting.add(end);
    try {
      await Promise.race([wait, failing]);
    } catch (error) {
      // Calls on a lost device fail before the loss itself is known.
      if (!this.failed) await new Promise((resolve) => setTimeout(resolve, LOSS_MILLISECONDS));
      const why = messageOf(error) || "it has ended";
      throw this.failed ?? new GpuError(`the GPU ${this.device.slice(4)} does not answer: ${why}`);
    } finally {
      this.waiting.delete(end);
    }
    if (this.failed) throw this.failed;
  }

  /** The step block goes to the device where the host changed it; the ring starts again. */
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
    encoder.copyBufferToBuffer(this.arena(b.arena), 4 * b.at, staging, 0, bytes);
    this.gpu.queue.submit([encoder.finish()]);
    await this.answer(staging.mapAsync(1));
    const copy = staging.getMappedRange().slice(0, 4 * count);
    staging.destroy();
    return b.dtype === "i32" ? new Int32Array(copy) : new Float32Array(copy);
  }

  async write(name: string, values: Numbers, at = 0): Promise<void> {
    const b = this.buffer(name);
    if (values.length === 0) return;
    const arena = this.arena(b.arena);
    this.gpu.queue.writeBuffer(arena, 4 * (b.at + at), values as Float32Array<ArrayBuffer>);
  }

  arena(index: number): GPUBuffer {
    const arena = this.resources.arenas[index];
    if (!arena) throw new Error(`the plan has no arena ${index}`);
    return arena;
  }

  private buffer(name: string): WgslBuffer {
    const b = this.buffers.get(name);
    if (!b) throw new Error(`the plan has no buffer '${name}'`);
    return b;
  }

  async stop(): Promise<void> {
    this.isStopped = true;
    this.gpu.destroy();
    this.held.length = 0;
  }
}

/** GPUBufferUsage by value: Dawn in Node has no such global. */
const GPU_USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, uniform: 64, storage: 128 } as const;

const offsetBytes = (d: WgslDispatch): number => 16 * Math.max(1, Math.ceil(d.offsets.length / 4));
const slots = (d: WgslDispatch): number => Math.ceil(offsetBytes(d) / SLOT);

/** Drivers add where in themselves it happened, on lines of their own. */
const firstLine = (message: string): string => message.trim().split("\n")[0] || "its driver says nothing more";

/** An error that no scope asked for, by the class that the API gives it. */
function uncaptured(error: GPUError, name: string): GpuError {
  const why = firstLine(error.message);
  return error.constructor.name === "GPUOutOfMemoryError"
    ? new GpuError(`the GPU ${name} has no room left: ${why}`, "limits/gpu")
    : new GpuError(`the GPU ${name} failed: ${why}`);
}

interface Compiled {
  readonly layouts: readonly GPUBindGroupLayout[];
  readonly pipelines: readonly GPUComputePipeline[];
}

/** A pipeline for each kernel; GpuError with the kernel, the adapter and the compiler's words where there can be none. */
async function compileKernels(gpu: GPUDevice, plan: WgslPlan, name: string): Promise<Compiled> {
  const layouts = plan.kernels.map((k) => layoutOf(gpu, k));
  const compile = async (k: WgslKernel, i: number): Promise<GPUComputePipeline> => {
    const layout = gpu.createPipelineLayout({ bindGroupLayouts: [layouts[i]!] });
    // A module that is wrong is an error of the device too, which would be reported a second time.
    gpu.pushErrorScope("validation");
    const module = gpu.createShaderModule({ label: k.name, code: k.code });
    const wrong = errorOf(gpu);
    try {
      return await gpu.createComputePipelineAsync({ label: k.name, layout, compute: { module, entryPoint: "main" } });
    } catch (error) {
      const { messages } = await module.getCompilationInfo();
      const said = messages.find((m) => m.type === "error");
      const why = said ? `line ${said.lineNum}: ${said.message}` : ((await wrong)?.message ?? messageOf(error));
      throw new GpuError(`kernel ${k.name} does not compile on ${name}: ${why}`);
    }
  };
  const compiling = plan.kernels.map(compile);
  // A device must not go while some are still being compiled.
  await Promise.allSettled(compiling);
  return { layouts, pipelines: await Promise.all(compiling) };
}

/** The error within the innermost error scope; of a device that is lost, nothing is known. */
const errorOf = (gpu: GPUDevice): Promise<GPUError | null> => gpu.popErrorScope().catch(() => null);

/** The result of `make`; GpuError where the device had no room for it or refused it. */
async function withoutErrors<T>(gpu: GPUDevice, name: string, make: () => T): Promise<T> {
  gpu.pushErrorScope("validation");
  gpu.pushErrorScope("out-of-memory");
  const made = make();
  const full = await errorOf(gpu);
  const wrong = await errorOf(gpu);
  if (full) throw new GpuError(`${name} has no room for the program: ${full.message}`, "limits/gpu");
  if (wrong) throw new GpuError(`${name} refuses the program's buffers: ${wrong.message}`);
  return made;
}

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
  const groups = d.grids.map((grid) =>
    grid.reduce((total, { extents, per }) => {
      const points = extents.reduce((n, e) => n * (e.constant + e.perBatch * batch), 1);
      return total * Math.ceil(points / per);
    }, 1),
  );
  return groups.reduce((a, b) => a + b, 0);
}
