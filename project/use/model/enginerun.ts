// Values of a model on an engine that was started: rows of its fields in, numbers of its nodes out. In: an engine whose plan has the
// entry `apply`, the weights written. What compiled it, and where, makes no difference here.

import { lookUp } from "../../../compiler/arithmetic/lookup.ts";
import type { Engine, Numbers } from "../../../runtime/engine.ts";

export interface NodesRun {
  /** The device that computes them. */
  readonly device: string;
  readonly batch: number;
  /** Fields of the data that they read. */
  readonly fields: readonly string[];
  /** Computes the nodes of up to `batch` rows; draws are the training's unless given a seed. */
  readonly run: (rows: number, values: ReadonlyMap<string, Numbers>, seed?: number) => Promise<void>;
  /** Of the rows of the last run, the values of a node. */
  readonly read: (name: string) => Promise<Float32Array>;
  readonly stop: () => Promise<void>;
}

export interface NodesFacts {
  readonly batch: number;
  readonly fields: readonly string[];
  /** That of the training. */
  readonly seed: number;
  /** Numbers of each node for one row. */
  readonly widths: ReadonlyMap<string, number>;
}

/** The one entry of the plan. */
export const APPLY = "apply";

export function nodesOn(engine: Engine, { batch, fields, seed: ownSeed, widths }: NodesFacts): NodesRun {
  let last = 0;
  return {
    device: engine.device,
    batch,
    fields,
    run: async (rows, values, seed = ownSeed) => {
      for (const [name, numbers] of values) if (engine.has(name)) await engine.write(name, numbers);
      engine.set("seed", seed | 0);
      engine.set("batch", rows);
      engine.set("step", 0);
      await engine.run(APPLY);
      last = rows;
    },
    read: async (name) => Float32Array.from((await engine.read(name)).subarray(0, last * lookUp(widths, name))),
    stop: () => engine.stop(),
  };
}

/** One node of a program with trained weights: its value for up to `batch` rows. */
export interface NodeRun {
  readonly device: string;
  /** One row's shape of the output. */
  readonly shape: readonly number[];
  readonly batch: number;
  readonly fields: readonly string[];
  /** The output for up to `batch` rows, of each input as many as `rows`; draws are the training's unless given a seed. */
  readonly run: (rows: number, values: ReadonlyMap<string, Numbers>, seed?: number) => Promise<Float32Array>;
  /** Of the rows of the last run: how many places of each axis a row's output has, where sequences differ in length. */
  readonly extents: (rows: number) => Promise<readonly (readonly number[])[]>;
  readonly stop: () => Promise<void>;
}

export const OUTPUT = "output";

export const extentName = (axis: number): string => `${OUTPUT}~extent${axis}`;

/** The node `output`; `ragged` axes have a node that says how long they are. */
export function outputOn(nodes: NodesRun, shape: readonly number[], ragged: readonly number[]): NodeRun {
  const run: NodeRun["run"] = async (rows, values, seed) => {
    await nodes.run(rows, values, seed);
    return nodes.read(OUTPUT);
  };
  const extents = async (rows: number): Promise<number[][]> => {
    const read = new Map<number, Float32Array>();
    for (const axis of ragged) read.set(axis, await nodes.read(extentName(axis)));
    return Array.from({ length: rows }, (_, row) => shape.map((size, axis) => read.get(axis)?.[row] ?? size));
  };
  return { device: nodes.device, shape, batch: nodes.batch, fields: nodes.fields, run, extents, stop: nodes.stop };
}
