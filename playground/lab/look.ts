// A look into a model while it is trained: its answer over a plane or for one row, its units, channels and filters. In: weights, which
// may be given again and again. Out: numbers. Each way of looking is compiled when it is first asked for.

import { asFailure, failure } from "../../project/failure.ts";
import { type AppliedGraph, modelGraph, outputNodes } from "../../project/use/model/apply.ts";
import { OUTPUT, outputOn } from "../../project/use/model/enginerun.ts";
import { type StartedNodes, startNodes } from "../../project/use/model/noderun.ts";
import type { Weights } from "../../project/use/model/weights.ts";
import { outputs, rankedField } from "../../project/use/outputs.ts";
import { asProbabilities, objectOf } from "../../project/use/predictions.ts";
import { rowsFrom } from "../../project/use/rows/jsonrows.ts";
import { pictureSize } from "../../project/use/rows/picturerows.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";
import { filtersIn } from "./filters.ts";
import type { ModelFacts, Plane, Question, Said, Values, Views, Wanted } from "./protocol.ts";
import { rowIn } from "./questions.ts";
import { type Stage, stagesOf } from "./stages.ts";

/** Places of a plane that one run computes. */
const ROWS = 576;
/** Units of a line that are drawn. */
const MOST_UNITS = 64;

export class Look {
  readonly graph: AppliedGraph;
  readonly target: SavedField | undefined;
  /** Questions of the form; undefined where there is none. */
  questions: readonly Question[] | undefined;
  private weights: Weights;
  private readonly stages: readonly Stage[];
  private readonly runs = new Map<string, { readonly run: StartedNodes; weights: Weights }>();

  constructor(weights: Weights, model: string) {
    const found = weights.opened.program.models.get(model);
    if (!found) throw failure("names/unknown", `there is no model ${model}`);
    this.weights = weights;
    this.graph = modelGraph(weights, found.definition);
    const shape = this.graph.output.shape.map(Number);
    this.target = rankedField(this.graph.inputs, shape, weights.checkpoints[0].checkpoint.facts.fields);
    this.stages = stagesOf(this.graph);
  }

  get facts(): ModelFacts {
    const { definition, inputs, output } = this.graph;
    const classes = this.target?.classes;
    return {
      name: definition.name.text,
      inputs: inputs.map(({ name, field }) => ({
        name,
        shape: field.shape,
        ...(field.classes === undefined ? {} : { classes: field.classes }),
        ...(field.labels === undefined ? {} : { labels: field.labels }),
        ...(field.columns === undefined ? {} : { columns: field.columns.map((c) => c.written) }),
      })),
      shape: output.shape.map(Number),
      labels:
        classes === undefined
          ? undefined
          : (this.target?.labels ?? Array.from({ length: classes }, (_, i) => String(i))),
      layers: this.stages.map(({ name, shape }) => ({ name, shape })),
    };
  }

  /** The weights of now. */
  refill(weights: Weights): void {
    this.weights = weights;
  }

  async views(wanted: Wanted): Promise<Views> {
    const { plane, units, row, activations, filters, answers } = wanted;
    return {
      ...(plane ? await this.overPlane(plane, units === true) : {}),
      ...(row ? await this.forRow(row, activations === true) : {}),
      ...(answers ? { said: await this.said(answers) } : {}),
      ...(filters ? { filters: filtersIn(this.weights, this.graph.inputs[0]?.field.shape) } : {}),
    };
  }

  async stop(): Promise<void> {
    for (const { run } of this.runs.values()) await run.stop();
    this.runs.clear();
  }

  private async started(key: string, stages: readonly Stage[], batch: number): Promise<StartedNodes> {
    const known = this.runs.get(key);
    if (known) {
      if (known.weights !== this.weights) await known.run.refill(this.weights);
      known.weights = this.weights;
      return known.run;
    }
    const nodes = new Map([...outputNodes(this.graph.output).nodes, ...stages.map((s) => [s.name, s.node] as const)]);
    const run = await startNodes(this.weights, nodes, this.graph.learned, batch, { threads: 1 });
    this.runs.set(key, { run, weights: this.weights });
    return run;
  }

  /** The input that rows of numbers fill. */
  private get input(): string {
    return this.graph.inputs[0]?.name ?? "";
  }

  private async overPlane(plane: Plane, hasUnits: boolean): Promise<Views> {
    const stages = hasUnits ? this.stages.filter((s) => s.shape.length === 1 && (s.shape[0] ?? 0) <= MOST_UNITS) : [];
    const run = await this.started(hasUnits ? "units" : "plane", stages, ROWS);
    const places = placesOf(plane);
    const count = plane.size ** 2;
    const shape = this.graph.output.shape.map(Number);
    const kept = [{ name: OUTPUT, shape }, ...stages].map((s) => ({
      name: s.name,
      shape: s.shape,
      width: s.shape.reduce((a, b) => a * b, 1),
      values: new Float32Array(count * s.shape.reduce((a, b) => a * b, 1)),
    }));
    for (let from = 0; from < count; from += ROWS) {
      const rows = Math.min(ROWS, count - from);
      await run.run(rows, new Map([[this.input, places.subarray(2 * from, 2 * (from + rows))]]));
      for (const { name, width, values } of kept) values.set(await run.read(name), from * width);
    }
    const [output, ...units] = kept.map(({ name, shape, values }): Values => ({ name, shape, values }));
    const answers = this.target && output ? { ...output, values: ranked(output.values, this.target) } : output;
    return { ...(answers ? { plane: answers } : {}), ...(hasUnits ? { units } : {}) };
  }

  /** The answer to a form; what is wrong with what was filled in is said instead. */
  private async said(answers: Readonly<Record<string, string>>): Promise<Said> {
    const { inputs, output } = this.graph;
    try {
      const rows = rowsFrom([rowIn(this.questions ?? [], answers)], inputs, "this form");
      const run = await this.started("form", [], 1);
      const computed = { inputs, ...outputOn(run, output.shape.map(Number), outputNodes(output).ragged) };
      for await (const found of outputs(computed, rows)) return objectOf(found, { target: this.target });
      return {};
    } catch (error) {
      const failed = asFailure(error);
      if (!failed) throw error;
      return { problem: failed.message };
    }
  }

  private async forRow(row: Float32Array, hasLayers: boolean): Promise<Views> {
    const stages = hasLayers ? this.stages.filter((s) => s.shape.length === 1 || s.shape.length === 3) : [];
    const run = await this.started(hasLayers ? "layers" : "answer", stages, 1);
    await run.run(1, new Map([[this.input, row]]));
    const output = await run.read(OUTPUT);
    const answer = this.target ? Float32Array.from(asProbabilities(output)) : output;
    if (!hasLayers) return { answer };
    const activations: Values[] = [];
    for (const { name, shape } of stages) activations.push({ name, shape, values: await run.read(name) });
    return { answer, activations };
  }
}

/** Points of the plane, row by row from the top. */
function placesOf({ low, high, size }: Plane): Float32Array {
  const places = new Float32Array(2 * size * size);
  for (let i = 0; i < size * size; i++) {
    const [across, down] = [((i % size) + 0.5) / size, (Math.floor(i / size) + 0.5) / size];
    places[2 * i] = low[0] + across * (high[0] - low[0]);
    places[2 * i + 1] = high[1] - down * (high[1] - low[1]);
  }
  return places;
}

/** Probabilities of the classes at each place. */
function ranked(values: Float32Array, { classes = 1 }: SavedField): Float32Array {
  const found = new Float32Array(values.length);
  for (let at = 0; at < values.length; at += classes) found.set(asProbabilities(values.subarray(at, at + classes)), at);
  return found;
}

/** Whether a model has a picture, or a point in the plane, as its only input. */
export const isOfPictures = ({ inputs }: Pick<ModelFacts, "inputs">): boolean =>
  inputs.length === 1 && inputs[0]?.classes === undefined && pictureSize(inputs[0]?.shape ?? []) !== undefined;

export const isOfPlane = ({ inputs }: Pick<ModelFacts, "inputs">): boolean =>
  inputs.length === 1 && inputs[0]?.classes === undefined && inputs[0]?.shape.join() === "2";
