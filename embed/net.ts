// A trained model as an object: rows of JavaScript values in, predictions out. In: what computes batches of rows, compiled here or
// built before. Invariant: the same row gives the bits of `dnn predict`; calls run one after the other; nothing grows with them.

import type { Texts } from "../compiler/diagnostics/lines.ts";
import type { ModelInput } from "../project/use/model/modelinputs.ts";
import { type Computed, outputs } from "../project/use/outputs.ts";
import { objectOf } from "../project/use/predictions.ts";
import { rowsFrom } from "../project/use/rows/jsonrows.ts";
import { prepareTexts } from "../project/use/rows/textvalues.ts";
import type { SavedField } from "../runtime/train/checkpoint.ts";
import { asDnnError, misused } from "./dnnerror.ts";
import { checkOptions } from "./options.ts";
import { type Row, rowOf } from "./rows.ts";

/** Numbers, in lists as deep as the output's shape. */
export type Nested = number | readonly Nested[];

/** The answer of `predict`: of a model that ranks classes the likeliest one, of any other its output. */
export interface Prediction {
  /** The likeliest class by its name, or by its number where classes have no names. */
  readonly label?: string;
  readonly class?: number;
  readonly probability?: number;
  /** Of each class, in their order. */
  readonly probabilities?: readonly number[];
  readonly output?: Nested;
}

/** Inputs of a model, one for each name. */
export interface InputFacts {
  readonly name: string;
  readonly shape: readonly number[];
  /** How many classes there are, where it takes such. */
  readonly classes?: number;
  readonly labels?: readonly string[];
  /** The columns of the table that it was trained on. */
  readonly columns?: readonly string[];
  /** Sequences may be shorter than the shape says. */
  readonly isRagged: boolean;
}

/** Values on the way to the output, by name. */
export type Layers = Readonly<Record<string, Nested>>;

export interface NetParts {
  readonly model: string;
  readonly computed: Computed;
  /** The field whose classes the output ranks. */
  readonly target: SavedField | undefined;
  /** Threads of the processor that compute it. */
  readonly threads?: number;
  /** Why it does not run where it was wished to. */
  readonly fallback?: string | undefined;
  /** For messages that point into the program. */
  readonly texts?: Texts;
}

export class Net implements AsyncDisposable {
  readonly model: string;
  readonly inputs: readonly InputFacts[];
  /** The device that computes it: `cpu:...` or `gpu:NAME`. */
  readonly device: string;
  /** Threads of the processor, where that is known. */
  readonly threads: number | undefined;
  /** Why that is not what was wished for. */
  readonly fallback: string | undefined;
  /** The shape of the output for one row. */
  readonly shape: readonly number[];
  /** The names of the classes that the output ranks. */
  readonly labels: readonly string[] | undefined;
  protected readonly parts: NetParts;
  private isDisposed = false;
  /** Settles when the call before has ended. */
  private before: Promise<unknown> = Promise.resolve();

  constructor(parts: NetParts) {
    this.parts = parts;
    this.model = parts.model;
    this.device = parts.computed.device;
    this.threads = parts.threads;
    this.fallback = parts.fallback;
    this.inputs = parts.computed.inputs.map(factsOf);
    this.shape = parts.computed.shape;
    this.labels = parts.target?.labels;
  }

  /** The answer for one row: `net.predict({ image })`, or the value alone where the model has one input. */
  async predict(row: Row, options?: unknown): Promise<Prediction> {
    const [prediction] = await this.batch([row], options);
    return prediction!;
  }

  /** The answers for several rows, in their order. */
  batch(rows: readonly Row[], options?: unknown): Promise<Prediction[]> {
    return this.exclusively(async () => {
      // A function that `map` is given gets the number of the row, too.
      if (Object(options) === options) checkOptions(options, "predict", {}, () => "answers have all `probabilities`");
      const { computed, target } = this.parts;
      const found: Prediction[] = [];
      for await (const output of outputs(computed, await this.read(rows)))
        found.push(objectOf(output, { target }) as Prediction);
      return found;
    });
  }

  /** Values on the way to the output, where the model was loaded from a run. */
  run(_row: Row, _names: readonly string[]): Promise<Layers> {
    return Promise.reject(
      misused(`'${this.model}' was built without its hidden layers`, "`load` of dnn-lang gives them"),
    );
  }

  /** Ends its threads and gives its memory back; calls that were made before come to their end. */
  async dispose(): Promise<void> {
    if (this.isDisposed) return;
    this.isDisposed = true;
    await this.before;
    await this.stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.dispose();
  }

  protected stop(): Promise<void> {
    return this.parts.computed.stop();
  }

  protected async read(rows: readonly Row[]) {
    const { inputs } = this.parts.computed;
    if (!Array.isArray(rows)) throw misused("`batch` takes a list of rows", "`predict` takes a single row");
    await prepareTexts(inputs);
    const read: unknown[] = [];
    for (const [i, row] of rows.entries()) {
      const what = rows.length === 1 ? "the input" : `row ${i}`;
      read.push(await rowOf(row, inputs, what));
    }
    return rowsFrom(read, inputs, "the input");
  }

  /** The engine has one memory: each call waits for the one before. */
  protected exclusively<T>(act: () => Promise<T>): Promise<T> {
    if (this.isDisposed) return Promise.reject(misused(`'${this.model}' was disposed of`, "load it again"));
    const next = this.before.then(async () => {
      try {
        return await act();
      } catch (error) {
        throw asDnnError(error, this.parts.texts, this.model);
      }
    });
    this.before = next.catch(() => undefined);
    return next;
  }
}

const factsOf = ({ name, field, lengths }: ModelInput): InputFacts => ({
  name,
  shape: field.shape,
  ...(field.classes === undefined ? {} : { classes: field.classes }),
  ...(field.labels === undefined ? {} : { labels: field.labels }),
  ...(field.columns === undefined ? {} : { columns: field.columns.map((c) => c.written) }),
  isRagged: lengths !== undefined,
});
