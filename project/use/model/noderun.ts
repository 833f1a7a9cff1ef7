// Nodes of a program with trained weights: their values for rows of the fields that they read. One entry, compiled for one batch
// size. In: weights, nodes by name. Out: for up to `batch` rows at a time, the numbers of each node.

import type { Learned } from "../../../compiler/check/values/instance.ts";
import { compileStep, type DataSizes } from "../../../compiler/compile.ts";
import type { Node } from "../../../compiler/graph/node.ts";
import type { Entry } from "../../../compiler/loops/entry.ts";
import { type EngineOptions, startEngine } from "../../engine.ts";
import { APPLY, type NodesFacts, type NodesRun, nodesOn } from "./enginerun.ts";
import { neededTensors, type Weights, writeTensors } from "./weights.ts";

/** The device to compute on; the processor by default. */
export interface DeviceWish {
  readonly device?: EngineOptions["device"] | undefined;
  readonly threads?: number | undefined;
}

/** Nodes as the one entry of a plan, and what an engine of that plan must know of them. */
export interface CompiledNodes {
  readonly entry: Entry;
  readonly facts: NodesFacts;
}

/** The caller writes the rows: the plan holds none. */
export const NO_DATA: DataSizes = { fields: [], train: 1, heldout: 0 };

export function compileNodes(weights: Weights, nodes: ReadonlyMap<string, Node>, batch: number): CompiledNodes {
  const results = [...nodes].map(([name, node]) => ({ name, node, into: name }));
  const part = compileStep({ name: APPLY, results, logged: [] }, { batch });
  const { seed } = weights.checkpoints[0].checkpoint.facts.settings;
  const widths = new Map([...nodes].map(([name, node]) => [name, node.shape.map(Number).reduce((a, b) => a * b, 1)]));
  return {
    entry: { name: APPLY, parts: [{ ...part, fields: [] }], hasFixedWeights: true },
    facts: { batch, fields: part.fields, seed, widths },
  };
}

/** Nodes that can be given other weights of the same program, such as those of a training that goes on. */
export interface StartedNodes extends NodesRun {
  readonly refill: (weights: Weights) => Promise<void>;
}

export async function startNodes(
  weights: Weights,
  nodes: ReadonlyMap<string, Node>,
  learned: readonly Learned[],
  batch: number,
  { device = "cpu", threads }: DeviceWish = {},
): Promise<StartedNodes> {
  const { entry, facts } = compileNodes(weights, nodes, batch);
  const { devices } = weights.opened.host;
  const engine = await startEngine(devices, [entry], NO_DATA, batch, { device, threads, revectorize: true });
  const refill = async (from: Weights): Promise<void> => {
    await writeTensors(engine, neededTensors(learned, from.checkpoints[0]));
    await engine.prepareWeights?.();
  };
  await refill(weights);
  return { ...nodesOn(engine, facts), refill };
}
