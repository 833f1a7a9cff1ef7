// Runs the `show` lines of a training with trained weights: texts, tables, heat maps, histograms, pictures. In: weights, the data. Out: a
// section for each.

import { onlyOf } from "../compiler/arithmetic/lists.ts";
import type { Show, ShowHeat, ShowImages, ShowText } from "../compiler/check/training/lines/outputs.ts";
import type { Training } from "../compiler/check/training/lines/types.ts";
import { elaborateTraining } from "../compiler/check/training/train.ts";
import type { Node } from "../compiler/graph/node.ts";
import type { Span } from "../grammar/syntax/span.ts";
import { type LoadedData, loadData } from "../project/data/dataset.ts";
import { dataOf } from "../project/data/declaration.ts";
import { placeOf } from "../project/data/place.ts";
import { Failure, failure } from "../project/failure.ts";
import { startNode } from "../project/use/model/apply.ts";
import type { NodeRun } from "../project/use/model/enginerun.ts";
import type { Weights } from "../project/use/model/weights.ts";
import { type Writing, written } from "../project/use/sampling.ts";
import type { Split } from "../runtime/data/dataset.ts";
import { numbersOf } from "../runtime/data/numbers.ts";
import type { Numbers } from "../runtime/engine.ts";
import { pictureGrid } from "../runtime/pictures/grid.ts";
import { encodePng } from "../runtime/pictures/png.ts";
import { firstRows } from "../runtime/stream/reading.ts";
import { type Followed, type Follower, followersOf } from "./following.ts";
import { pictureSection } from "./page.ts";
import type { Section } from "./readings.ts";
import { heatSection, histogramSection, textSection, topSection } from "./readings.ts";

/** Words for the texts of `show` lines, where they are not those of the program. */
export type ShowWish = Partial<Pick<Writing, "prompt" | "length" | "temperature">> & Pick<Writing, "seed">;

/** Examples whose values a histogram counts, and over which cells are looked for. */
const COUNTED = 256;

/** The training that the weights come from, on fields as they were then. */
export function shownTraining({ opened, checkpoints, definition }: Weights): Training {
  const { facts } = checkpoints[0].checkpoint;
  const { program } = opened;
  const overrides = new Map(Object.entries(facts.settings.set));
  // The drawings do not depend on how many examples there were.
  const training = elaborateTraining(program, definition, { fields: facts.fields, examples: 1, overrides });
  if (!training) throw new Failure(program.diagnostics);
  return training;
}

/** Draws some of the `show` lines for a page, by their numbers. */
export async function drawnNow(weights: Weights, lines: readonly number[]): Promise<Readonly<Record<string, string>>> {
  const training = shownTraining(weights);
  const showing = new Showing(weights, training, { seed: weights.settings.seed });
  const drawn: Record<string, string> = {};
  for (const i of lines) {
    const show = training.shows[i];
    if (show) drawn[i] = (await showing.section(show)).html;
  }
  return drawn;
}

/** A section for each `show` line. */
export async function sectionsOf(weights: Weights, flags: ShowWish, data?: LoadedData): Promise<readonly Section[]> {
  const training = shownTraining(weights);
  const showing = new Showing(weights, training, flags, data);
  const sections: Section[] = [];
  for (const show of training.shows) sections.push(await showing.section(show));
  return sections;
}

export class Showing {
  private readonly weights: Weights;
  private readonly training: Training;
  private readonly flags: ShowWish;
  /** Of the weights' training; loaded when it is first needed. */
  private data: LoadedData | undefined;
  /** The text that was written last: further lines look at its end. */
  private ids: number[] = [];

  constructor(weights: Weights, training: Training, flags: ShowWish, data?: LoadedData) {
    this.weights = weights;
    this.training = training;
    this.flags = flags;
    this.data = data;
  }

  async section(show: Show): Promise<Section> {
    switch (show.kind) {
      case "images":
        return pictureSection(await this.png(show), show.rows, show.columns);
      case "generate": {
        const pieces: string[] = [];
        for await (const piece of this.pieces(show)) pieces.push(piece);
        return textSection(pieces.join(""));
      }
      case "histogram": {
        const spread: { name: string; values: Float32Array }[] = [];
        for (const { name, node } of show.values)
          spread.push({ name, values: (await this.values(node, COUNTED)).values });
        return histogramSection(spread);
      }
      case "top": {
        const { values, letters } = await this.values(show.node, 1);
        return topSection(values, Number(show.node.shape[1]), letters, this.labels(), show.count);
      }
      case "heat": {
        const { values, letters } = await this.values(show.node, 1);
        const along = show.along ? await this.lettersOf(show.along) : letters;
        return heatSection(values, Number(show.node.shape[1]), along, await this.followers(show));
      }
    }
  }

  /** For each number that is to be followed, the cell that does it best over many held-out texts. */
  private async followers({ node, followed }: ShowHeat): Promise<readonly Follower[]> {
    if (followed.length === 0) return [];
    const along: Followed[] = [];
    for (const { name, node: number } of followed)
      along.push({ name, values: (await this.values(number, COUNTED)).values });
    return followersOf((await this.values(node, COUNTED)).values, Number(node.shape[1]), along);
  }

  async *pieces(show: ShowText): AsyncGenerator<string> {
    const { prompt, length, temperature, seed } = this.flags;
    const wish = {
      model: show.model,
      prompt: prompt ?? show.prompt,
      length: length ?? show.length,
      temperature: temperature ?? show.temperature,
      seed,
    };
    const writing = written(this.weights, wish);
    for (let step = await writing.next(); ; step = await writing.next()) {
      if (step.done) {
        this.ids = step.value;
        return;
      }
      yield step.value;
    }
  }

  async png(show: ShowImages): Promise<Uint8Array> {
    const { values } = await this.values(show.node, show.rows * show.columns);
    return encodePng(pictureGrid(values, show.shape, show.rows, show.columns));
  }

  private get fields() {
    return this.weights.checkpoints[0].checkpoint.facts.fields;
  }

  /** The characters of the text that the weights were trained on. */
  private labels(): readonly string[] {
    return this.fields.find((f) => f.labels && f.shape.length === 1)?.labels ?? [];
  }

  /** A node for some examples: of draws, of the end of what was written, or of held-out data. */
  private async values(node: Node, count: number): Promise<{ values: Float32Array; letters: readonly string[] }> {
    const run = await startNode(this.weights, node, this.training.weights, count);
    try {
      const given = run.fields.length === 0 ? new Map<string, Numbers>() : await this.given(run, count);
      const text = [...given].find(([name]) =>
        this.fields.some((f) => f.name === name && f.labels && f.shape.length === 1),
      );
      const labels = this.labels();
      const letters = text ? Array.from(text[1], (id) => labels[id] ?? String(id)) : [];
      return { values: await run.run(count, given, this.flags.seed), letters };
    } finally {
      await run.stop();
    }
  }

  /** The characters of a text that the program names. */
  private async lettersOf(text: Node): Promise<readonly string[]> {
    const labels = this.labels();
    return Array.from((await this.values(text, 1)).values, (id) => labels[id] ?? String(id));
  }

  private async given(run: NodeRun, count: number): Promise<Map<string, Numbers>> {
    const name = onlyOf(run.fields);
    const field = this.fields.find((f) => f.name === name);
    const length = field?.shape[0] ?? 1;
    if (name !== undefined && field?.labels && field.shape.length === 1 && count === 1 && this.ids.length >= length)
      return new Map([[name, Int32Array.from(this.ids.slice(-length))]]);
    return this.heldout(run.fields, count);
  }

  /** The first examples that are held out, again and again where there are fewer. */
  private async heldout(names: readonly string[], count: number): Promise<Map<string, Numbers>> {
    const { opened, definition, settings } = this.weights;
    this.data ??= await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), settings);
    const dataset = await firstRows(this.data.dataset, opened.host.files);
    const part = dataset.heldout.length > 0 ? dataset.heldout : dataset.train;
    return new Map(names.map((name) => [name, rowsOf(part, name, count, definition.name.span)]));
  }
}

/** Rows of a field, again and again where there are fewer. */
export function rowsOf(part: Split, name: string, count: number, span: Span): Numbers {
  const column = part.columns.find((c) => c.name === name);
  if (!column || part.length === 0)
    throw failure("sample/needs-data", `this \`show\` reads the field '${name}', and the data has none to give`, {
      span,
      hint: "name data that has it with `--data`, or show what is made from draws: `images(G(normal([64])), 8x8)`",
    });
  const width = column.values.length / part.length;
  const values = new (column.values instanceof Int32Array ? Int32Array : Float32Array)(count * width);
  for (let i = 0; i < count; i++) {
    const row = i % part.length;
    values.set(numbersOf(column, row * width, (row + 1) * width), i * width);
  }
  return values;
}
