// Nodes of a program with trained weights: their values for rows of the fields that they read. One entry, compiled for one batch
// size. In: weights, nodes by name. Out: for up to `batch` rows at a time, the numbers of each node.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import type { Learned } from "../../compiler/check/values/instance.ts";
import { compileStep } from "../../compiler/compile.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { type EngineOptions, startEngine } from "../engine.ts";
import { neededTensors, type Weights, writeTensors } from "./weights.ts";

/** What the nodes are to be computed on; the processor unless said otherwise. */
export interface DeviceWish {
  readonly device?: EngineOptions["device"] | undefined;
  readonly threads?: number | undefined;
}

export interface NodesRun {
  readonly batch: number;
  /** Fields of the data that they read. */
  readonly fields: readonly string[];
  /** Computes the nodes of up to `batch` rows; draws are the training's unless given a seed. */
  readonly run: (rows: number, values: ReadonlyMap<string, Numbers>, seed?: number) => Promise<void>;
  /** Of the rows of the last run, the values of a node. */
  readonly read: (name: string) => Promise<Float32Array>;
  readonly stop: () => Promise<void>;
}

export async function startNodes(
  weights: Weights,
  nodes: ReadonlyMap<string, Node>,
  learned: readonly Learned[],
  batch: number,
  { device = "cpu", threads }: DeviceWish = {},
): Promise<NodesRun> {
  const results = [...nodes].map(([name, node]) => ({ name, node, into: name }));
  const part = compileStep({ name: "apply", results, logged: [] }, { batch });
  const entry = { name: "apply", parts: [{ ...part, fields: [] }] };
  const sizes = { fields: [], train: 1, heldout: 0 };
  const engine = await startEngine(weights.opened.host.devices, [entry], sizes, batch, {
    device,
    threads,
    revectorize: true,
  });
  const [checkpoint] = weights.checkpoints;
  await writeTensors(engine, neededTensors(learned, checkpoint));
  const ownSeed = checkpoint.checkpoint.facts.settings.seed;
  const widths = new Map([...nodes].map(([name, node]) => [name, node.shape.map(Number).reduce((a, b) => a * b, 1)]));
  let last = 0;
  return {
    batch,
    fields: part.fields,
    run: async (rows, values, seed = ownSeed) => {
      for (const [name, numbers] of values) if (engine.has(name)) await engine.write(name, numbers);
      engine.set("seed", seed | 0);
      engine.set("batch", rows);
      engine.set("step", 0);
      await engine.run("apply");
      last = rows;
    },
    read: async (name) => Float32Array.from((await engine.read(name)).subarray(0, last * lookUp(widths, name))),
    stop: () => engine.stop(),
  };
}
