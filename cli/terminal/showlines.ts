// The `show` lines of a training with trained weights: each is computed, then printed, drawn into a PNG, or put on a page.

import { onlyOf } from "../../compiler/arithmetic/lists.ts";
import type { Show, ShowImages, ShowText } from "../../compiler/check/training/outputs.ts";
import { elaborateTraining } from "../../compiler/check/training/train.ts";
import type { Training } from "../../compiler/check/training/types.ts";
import type { Node } from "../../compiler/graph/node.ts";
import type { NameExpression, TrainDefinition } from "../../grammar/syntax/ast.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { placeOf } from "../../project/data/place.ts";
import { Failure, failure, usage } from "../../project/failure.ts";
import { startNode } from "../../project/use/apply.ts";
import type { NodeRun } from "../../project/use/enginerun.ts";
import { type Writing, written } from "../../project/use/sampling.ts";
import type { Weights } from "../../project/use/weights.ts";
import { pageOf, pictureSection, pictureWords } from "../../report/page.ts";
import type { Section } from "../../report/readings.ts";
import { heatSection, histogramSection, textSection, topSection } from "../../report/readings.ts";
import type { Split } from "../../runtime/data/dataset.ts";
import type { Numbers } from "../../runtime/engine.ts";
import { pictureGrid } from "../../runtime/pictures/grid.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { outKind, writeOut } from "./outfile.ts";
import { hasColour, note, out, outPiece, outStyled } from "./say.ts";

/** What is wanted of the `show` lines: texts by the words of the command where it has some, and where pictures or a page go. */
export type ShowOptions = Partial<Pick<Writing, "prompt" | "length" | "temperature">> &
  Pick<Writing, "seed"> & { readonly out?: string };

/** The call of each `show` line: `images`, `generate`, ... */
const showKinds = ({ body }: TrainDefinition): readonly string[] =>
  body.flatMap((s) => {
    if (s.kind !== "line" || s.value.kind !== "flow" || s.value.head.kind !== "name") return [];
    if (s.value.head.name !== "show") return [];
    const [call] = s.value.arguments;
    const named = call?.kind === "positional" && call.value.kind === "call" && call.value.callee.kind === "name";
    return [named ? (call.value.callee as NameExpression).name : ""];
  });

/** Whether a training has `show` lines. */
export const hasShowLines = (training: TrainDefinition): boolean => showKinds(training).length > 0;

/** Whether some of them are pictures. */
export const hasPictures = (training: TrainDefinition): boolean => showKinds(training).includes("images");

/** The `show` lines by their numbers that are drawn at the end of epochs: pictures and texts with `every epoch` behind them. */
export const drawnEveryEpoch = ({ body }: TrainDefinition): readonly number[] =>
  body
    .flatMap((s) => (s.kind === "line" && s.value.kind === "flow" ? [s.value] : []))
    .filter(({ head }) => head.kind === "name" && head.name === "show")
    .flatMap(({ arguments: [call, ...words] }, i) => {
      const kind = call?.kind === "positional" && call.value.kind === "call" ? call.value.callee : undefined;
      const said = words.map((w) => (w.kind === "positional" && w.value.kind === "name" ? w.value.name : ""));
      const isKept = kind?.kind === "name" && (kind.name === "images" || kind.name === "generate");
      return isKept && said.join(" ") === "every epoch" ? [i] : [];
    });

/** What some of the `show` lines give for a page, by their numbers. */
export async function drawnNow(weights: Weights, lines: readonly number[]): Promise<Readonly<Record<string, string>>> {
  const training = trainingOf(weights);
  const showing = new Showing(weights, training, { seed: weights.settings.seed });
  const drawn: Record<string, string> = {};
  for (const i of lines) {
    const show = training.shows[i];
    if (show) drawn[i] = (await showing.section(show)).html;
  }
  return drawn;
}

/** Examples whose values a histogram counts. */
const COUNTED = 256;

/** The training that the weights come from, on fields as they were then. */
function trainingOf({ opened, checkpoints, definition }: Weights): Training {
  const { facts } = checkpoints[0].checkpoint;
  const { program } = opened;
  const overrides = new Map(Object.entries(facts.settings.set));
  // What is shown does not depend on how many examples there were.
  const training = elaborateTraining(program, definition, { fields: facts.fields, examples: 1, overrides });
  if (!training) throw new Failure(program.diagnostics);
  return training;
}

/** What --out may end in. */
const KINDS = { png: "pictures", html: "a page with everything" };

/** Rejects flags that no `show` line uses, before anything is computed. Gives the path of the page, if one is wanted. */
function choosePage({ definition }: Weights, { out, ...flags }: ShowOptions): string | undefined {
  const kinds = showKinds(definition);
  const idle = (["prompt", "length", "temperature"] as const).find((flag) => flags[flag] !== undefined);
  const { text } = definition.name;
  if (idle && !kinds.includes("generate"))
    throw usage(`--${idle} is for texts, and no \`show\` line of '${text}' generates one`);
  if (out === undefined) return undefined;
  const page = outKind(out, KINDS) === "html";
  if (!page && !kinds.includes("images"))
    throw usage(`--out ${out}: no \`show\` line of '${text}' draws pictures`, "FILE.html takes everything");
  return page ? out : undefined;
}

/** Pictures go into files of their own, texts to the terminal; a page (OUT.html) takes everything. */
export async function showAll(weights: Weights, flags: ShowOptions): Promise<void> {
  const page = choosePage(weights, flags);
  if (page !== undefined) return writePage(weights, page, await sectionsOf(weights, flags));
  const training = trainingOf(weights);
  const showing = new Showing(weights, training, flags);
  let [pictures, texts] = [0, 0];
  for (const show of training.shows) {
    if (show.kind === "images") await showing.draw(show, pictures++);
    else {
      if (texts++ > 0) out("");
      if (show.kind === "generate") await showing.write(show);
      else outStyled((await showing.section(show)).text(hasColour(process.stdout)));
    }
  }
}

async function writePage(weights: Weights, page: string, sections: readonly Section[]): Promise<void> {
  await writeOut(page, pageOf(weights.definition.name.text, sections));
  note(`${sections.length === 1 ? "1 `show` line" : `${sections.length} \`show\` lines`} in ${page}`);
}

/** What each `show` line gives for a page. */
export async function sectionsOf(weights: Weights, flags: ShowOptions): Promise<readonly Section[]> {
  const training = trainingOf(weights);
  const showing = new Showing(weights, training, flags);
  const sections: Section[] = [];
  for (const show of training.shows) sections.push(await showing.section(show));
  return sections;
}

class Showing {
  private readonly weights: Weights;
  private readonly training: Training;
  private readonly flags: ShowOptions;
  /** What was written last: further lines look at its end. */
  private ids: number[] = [];

  constructor(weights: Weights, training: Training, flags: ShowOptions) {
    this.weights = weights;
    this.training = training;
    this.flags = flags;
  }

  async draw(show: ShowImages, index: number): Promise<void> {
    const first = this.flags.out ?? "sample.png";
    const place = index === 0 ? first : first.replace(/(\.png)?$/i, `-${index + 1}.png`);
    await writeOut(place, await this.png(show));
    note(`${pictureWords(show.rows, show.columns)} in ${place}`);
  }

  /** Prints a text while it is written. */
  async write(show: ShowText): Promise<void> {
    for await (const piece of this.pieces(show)) outPiece(piece);
    out("");
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
      default: {
        const { values, letters } = await this.values(show.node, 1);
        const width = Number(show.node.shape[1]);
        return show.kind === "top"
          ? topSection(values, width, letters, this.labels(), show.count)
          : heatSection(values, width, show.along ? await this.lettersOf(show.along) : letters);
      }
    }
  }

  private async *pieces(show: ShowText): AsyncGenerator<string> {
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

  private async png(show: ShowImages): Promise<Uint8Array> {
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
    const { opened, definition } = this.weights;
    const data = await loadData(
      opened.program,
      dataOf(opened.program, definition),
      placeOf(opened),
      this.weights.settings,
    );
    const part = data.dataset.heldout.length > 0 ? data.dataset.heldout : data.dataset.train;
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
    values.set(column.values.subarray(row * width, (row + 1) * width), i * width);
  }
  return values;
}
