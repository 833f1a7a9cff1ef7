// The GPU engine: a plan's kernels as pipelines, whose dispatches go into a queue that is not waited for until somebody asks for
// numbers. Knows only the WebGPU API: the same class runs in Node on Dawn and in a page.

import { buffersOf, stretchesOf } from "../dataparts.ts";
import type { Engine, Numbers, Started, StepWord } from "../engine.ts";
import type { WgslBuffer, WgslDispatch, WgslLoop, WgslPlan } from "../plan.ts";
import { BINDING, LAYOUT, STEP_WORDS } from "../plan.ts";
import { GpuError } from "./device.ts";
import { type Compiled, compileKernels } from "./kernels.ts";
import { allocate, GPU_USAGE, offsetBytes, type Resources } from "./memory.ts";
import { type Prepared, WorkQueue } from "./queue.ts";
import { firstLine, reasonOf, uncaptured, withoutErrors } from "./scopes.ts";

type PreparedStep = Prepared | { readonly kind: "loop"; readonly loop: WgslLoop; readonly body: readonly Prepared[] };

interface PreparedEntry {
  readonly name: string;
  readonly steps: readonly PreparedStep[];
  readonly batches: number;
  readonly parts: number;
  /** Whether the device has taken it once. */
  isTried: boolean;
}

/** Numbers of one upload: the driver copies each into memory of its own first. */
const UPLOAD = 2 ** 24;
/** How long a device's loss may be behind the failures that it causes. */
const LOSS_MILLISECONDS = 50;

export class WebGpuEngine implements Engine {
  readonly device: string;
  readonly plan: WgslPlan;
  readonly gpu: GPUDevice;
  private readonly buffers: ReadonlyMap<string, WgslBuffer>;
  private readonly resources: Resources;
  readonly queue: WorkQueue;
  private readonly entries = new Map<string, PreparedEntry>();
  /** Buffers for logged numbers that are on their way to the host, each as large as the ring. */
  private readonly landing: GPUBuffer[] = [];
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
    this.queue = new WorkQueue(gpu);
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
      const resources = await allocate(gpu, plan, name);
      const engine = new WebGpuEngine(gpu, plan, name, resources);
      engine.held.push(keep);
      engine.prepare(await compileKernels(gpu, plan, name));
      return engine;
    } catch (error) {
      gpu.destroy();
      throw error;
    }
  }

  private prepare(compiled: readonly Compiled[]): void {
    const groups = new Map<string, GPUBindGroup>();
    const one = (d: WgslDispatch): Prepared => {
      const [kernel, made] = [this.plan.kernels[d.kernel], compiled[d.kernel]];
      if (!kernel || !made) throw new Error(`the plan has no kernel ${d.kernel}`);
      // Equal groups are one, so that the queue sees that it is bound already.
      const key = `${d.kernel} ${d.arenas} ${d.offsets}`;
      const group = groups.get(key) ?? this.bind(d, made.layout);
      groups.set(key, group);
      return { pipeline: made.pipeline, group, dispatch: d, time: kernel.time };
    };
    for (const { name, steps, batches, parts } of this.plan.entries) {
      const prepared = steps.map(
        (s): PreparedStep => (s.kind === "loop" ? { kind: "loop", loop: s, body: s.body.map(one) } : one(s)),
      );
      this.entries.set(name, { name, steps: prepared, batches, parts, isTried: false });
    }
  }

  private bind(d: WgslDispatch, layout: GPUBindGroupLayout): GPUBindGroup {
    const { step, offsets, offsetsAt, times } = this.resources;
    const kernel = this.plan.kernels[d.kernel];
    const places = { buffer: offsets, offset: offsetsAt(d), size: offsetBytes(d) };
    const entries: GPUBindGroupEntry[] = [{ binding: BINDING.offsets, resource: places }];
    if (kernel?.step !== "none") entries.push({ binding: BINDING.step, resource: { buffer: step } });
    if (kernel?.time) entries.push({ binding: BINDING.time, resource: { buffer: times, size: 16 } });
    d.arenas.forEach((a, i) => {
      entries.push({ binding: BINDING.arenas + i, resource: { buffer: this.arena(a) } });
    });
    return this.gpu.createBindGroup({ layout, entries });
  }

  async run(entry: string, steps = 1): Promise<void> {
    await this.handOver(entry, steps);
    this.queue.submit();
    await this.answer(this.queue.drained);
  }

  async start(entry: string, steps: number, count: number): Promise<Started> {
    await this.handOver(entry, steps);
    const landing = this.landing.pop() ?? this.landingBuffer(4 * LAYOUT.ringSize);
    const { arena, at } = this.buffer("ring");
    const bytes = Math.max(4, 4 * count);
    this.queue.submit((encoder) => encoder.copyBufferToBuffer(this.arena(arena), 4 * at, landing, 0, bytes));
    const logged = this.landed(landing, bytes).then((copy) => {
      this.landing.push(landing);
      return new Float32Array(copy, 0, count);
    });
    // Whoever awaits it hears of a failure; one that nobody awaits any more has a cause that was said.
    logged.catch(() => undefined);
    return { logged };
  }

  /** Gives the queue `steps` runs of an entry, and waits only where too much is under way. */
  private async handOver(entry: string, steps: number): Promise<void> {
    const prepared = this.entries.get(entry);
    if (!prepared) throw new Error(`the plan has no entry '${entry}'`);
    if (this.failed) throw this.failed;
    this.startRun();
    for (let i = 0; i < steps; i++) {
      if (!prepared.isTried) await this.tryOnce(prepared);
      else this.step(prepared);
      const { full } = this.queue;
      if (full) await this.answer(full);
    }
    this.words.step += steps * prepared.parts;
    this.words.cursor += steps * prepared.batches * this.words.batch;
  }

  /** The first step of an entry: what the device has against it is known before more is given. */
  private async tryOnce(entry: PreparedEntry): Promise<void> {
    const what = `the first run of '${entry.name}'`;
    const first = withoutErrors(this.gpu, { name: `the GPU ${this.device.slice(4)}`, what }, () => {
      this.step(entry);
      this.queue.submit();
    });
    await this.answer(first.catch((error: GpuError) => this.fail(error)));
    entry.isTried = true;
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
      throw this.failed ?? new GpuError(`the GPU ${this.device.slice(4)} does not answer: ${reasonOf(error)}`);
    } finally {
      this.waiting.delete(end);
    }
    if (this.failed) throw this.failed;
  }

  /** The step block goes to the device where the host changed it; the ring starts again. */
  private startRun(): void {
    const { step } = this.resources;
    if (this.changed) {
      const { seed, step: count, batch, cursor } = this.words;
      this.gpu.queue.writeBuffer(step, 0, Int32Array.of(seed, count, batch, cursor, 0));
    } else this.gpu.queue.writeBuffer(step, 4 * STEP_WORDS.ring, Int32Array.of(0));
    this.changed = false;
  }

  private step(entry: PreparedEntry): void {
    const { queue, words } = this;
    for (const s of entry.steps) {
      if (!("kind" in s)) queue.dispatch(s, words.batch, 0);
      else
        for (let i = 0; i < s.loop.length; i++)
          for (const inner of s.body) queue.dispatch(inner, words.batch, s.loop.reverse ? s.loop.length - 1 - i : i);
    }
    queue.endStep();
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
    const landing = this.landingBuffer(bytes);
    this.queue.submit((encoder) => encoder.copyBufferToBuffer(this.arena(b.arena), 4 * b.at, landing, 0, bytes));
    const copy = await this.landed(landing, bytes);
    landing.destroy();
    return b.dtype === "i32" ? new Int32Array(copy, 0, count) : new Float32Array(copy, 0, count);
  }

  private landingBuffer(size: number): GPUBuffer {
    return this.gpu.createBuffer({ label: "landing", size, usage: GPU_USAGE.copyTo | GPU_USAGE.mapRead });
  }

  /** A copy of what a submit puts into a buffer of `landingBuffer`. */
  private async landed(landing: GPUBuffer, bytes: number): Promise<ArrayBuffer> {
    await this.answer(landing.mapAsync(1, 0, bytes));
    const copy = landing.getMappedRange(0, bytes).slice(0);
    landing.unmap();
    return copy;
  }

  async write(name: string, values: Numbers, at = 0): Promise<void> {
    const first = this.buffer(name);
    if (values.length === 0) return;
    const buffers = first.part ? buffersOf(name, this.plan.buffers) : [first];
    for (const { buffer, at: to, from, count } of stretchesOf(buffers, at, values.length))
      for (let done = 0; done < count; done += UPLOAD) {
        const some = values.subarray(from + done, from + Math.min(count, done + UPLOAD)) as Float32Array<ArrayBuffer>;
        this.gpu.queue.writeBuffer(this.arena(buffer.arena), 4 * (buffer.at + to + done), some);
      }
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
