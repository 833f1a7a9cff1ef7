// The queue of a device: dispatches become few command buffers, each long enough to be worth its submit and short enough that no
// watchdog of a driver or browser takes it for hung, and a few of them wait behind the one that runs. In: prepared dispatches in order.
// Out: submits. Invariants: everything runs in the order in which it was given; what is bound already is not bound again.

import type { WgslDispatch, WgslGrid } from "../plan.ts";
import { SLOT } from "./memory.ts";

/** Bindings of one dispatch, made once. */
export interface Prepared {
  readonly pipeline: GPUComputePipeline;
  readonly group: GPUBindGroup;
  readonly dispatch: WgslDispatch;
  /** Whether it reads the time step of a loop. */
  readonly time: boolean;
  /** Its workgroups for the batch that it was last given. */
  sized?: { readonly batch: number; readonly across: number; readonly down: number };
}

/** Milliseconds are expected ones. */
export interface QueueLimits {
  /** A submit ends, in the middle of a step too, before it takes longer: drivers reset a device after two seconds. */
  readonly longest: number;
  /** A submit takes further steps until it is this long, or has so many dispatches. */
  readonly shortest: number;
  readonly dispatches: number;
  /** Submits that are under way, the one that runs included. */
  readonly ahead: number;
}

const USUAL: QueueLimits = { longest: 100, shortest: 2, dispatches: 512, ahead: 8 };
/** A small device takes so many times as long as the one that plans are made for, as long as nothing is measured. */
const SLOWNESS = 32;
/** No device is faster than this; what seems so did not work. */
const LEAST_SLOWNESS = 0.25;

interface Open {
  readonly encoder: GPUCommandEncoder;
  readonly pass: GPUComputePassEncoder;
  pipeline?: GPUComputePipeline;
  group?: GPUBindGroup;
  time?: number | undefined;
  /** Microseconds on the device that the plan was made for. */
  microseconds: number;
  dispatches: number;
}

export class WorkQueue {
  limits = USUAL;
  /** How many times as long as expected this device takes. */
  slowness = SLOWNESS;
  private readonly gpu: GPUDevice;
  private readonly mostGroups: number;
  private open: Open | undefined;
  private readonly underWay: Promise<void>[] = [];
  /** The end of the last submit that is through. */
  private endedAt = 0;

  constructor(gpu: GPUDevice) {
    this.gpu = gpu;
    this.mostGroups = gpu.limits.maxComputeWorkgroupsPerDimension;
  }

  /** `time`: the step of the loop around it. */
  dispatch(p: Prepared, batch: number, time: number): void {
    const { across, down } = this.sized(p, batch);
    if (across === 0) return;
    const { microseconds } = p.dispatch;
    if (this.open && this.expected(this.open.microseconds + microseconds) > this.limits.longest) this.submit();
    this.open ??= this.begin();
    const { open } = this;
    if (open.pipeline !== p.pipeline) open.pass.setPipeline(p.pipeline);
    const at = p.time ? time : undefined;
    if (open.group !== p.group || open.time !== at) {
      if (at === undefined) open.pass.setBindGroup(0, p.group);
      else open.pass.setBindGroup(0, p.group, [at * SLOT]);
    }
    Object.assign(open, { pipeline: p.pipeline, group: p.group, time: at });
    open.pass.dispatchWorkgroups(across, down);
    open.microseconds += microseconds;
    open.dispatches++;
  }

  /** A good place for a submit to end. */
  endStep(): void {
    const { open, limits } = this;
    if (!open) return;
    const isWorth = this.expected(open.microseconds) >= limits.shortest || open.dispatches >= limits.dispatches;
    // A device that has nothing to do takes what there is.
    if (isWorth || this.underWay.length === 0) this.submit();
  }

  /** Submits what was given, and what `copy` adds after it. */
  submit(copy?: (encoder: GPUCommandEncoder) => void): void {
    const { open } = this;
    this.open = undefined;
    if (!open && !copy) return;
    open?.pass.end();
    const encoder = open?.encoder ?? this.gpu.createCommandEncoder();
    copy?.(encoder);
    this.gpu.queue.submit([encoder.finish()]);
    if (open) this.follow(open.microseconds);
  }

  /** The end that is to be waited for before more is given; undefined while there is room. */
  get full(): Promise<void> | undefined {
    return this.underWay.length < this.limits.ahead ? undefined : this.underWay[0];
  }

  /** When everything that was submitted is through. */
  get drained(): Promise<void> {
    return this.underWay.at(-1) ?? Promise.resolve();
  }

  private begin(): Open {
    const encoder = this.gpu.createCommandEncoder();
    return { encoder, pass: encoder.beginComputePass(), microseconds: 0, dispatches: 0 };
  }

  private follow(microseconds: number): void {
    const began = performance.now();
    const done = this.gpu.queue.onSubmittedWorkDone().then(() => {
      const now = performance.now();
      this.learn(now - Math.max(began, this.endedAt), microseconds);
      this.endedAt = now;
      this.underWay.splice(this.underWay.indexOf(done), 1);
    });
    // Who waits for it hears of a failure.
    done.catch(() => undefined);
    this.underWay.push(done);
  }

  private expected(microseconds: number): number {
    return (this.slowness * microseconds) / 1000;
  }

  /**
   * A submit took at most so many milliseconds: what told of its end may have come late, in some browsers by a tenth of a second. So
   * a short one shows that the device is no slower, and only one that was far too long that it is slower.
   */
  private learn(milliseconds: number, microseconds: number): void {
    const seen = (1000 * milliseconds) / microseconds;
    if (milliseconds > 2 * this.limits.longest) this.slowness = Math.max(seen, this.slowness);
    else this.slowness = Math.min(this.slowness, Math.max(seen, this.slowness / 2, LEAST_SLOWNESS));
  }

  private sized(p: Prepared, batch: number): NonNullable<Prepared["sized"]> {
    if (p.sized?.batch === batch) return p.sized;
    const groups = p.dispatch.grids.reduce((n, grid) => n + groupsOf(grid, batch), 0);
    // A row that is too long for the device is folded; `main` unfolds it.
    const down = Math.max(1, Math.ceil(groups / this.mostGroups));
    p.sized = { batch, across: Math.ceil(groups / down), down };
    return p.sized;
  }
}

const groupsOf = (grid: WgslGrid, batch: number): number =>
  grid.reduce((total, { extents, per }) => {
    const points = extents.reduce((n, e) => n * (e.constant + e.perBatch * batch), 1);
    return total * Math.ceil(points / per);
  }, 1);
