// In: what a program wrote after `data name =`. Out: the data set. The registry of all sources.
// Invariant: the same request and the same files give the same bits; what is wrong with them is one DataError.

import { DataError } from "../../files/dataerror.ts";
import type { FileReader } from "../../files/files.ts";
import { didYouMean } from "../../files/nearest.ts";
import { companionName } from "../../plan.ts";
import type { Column, Dataset, SourceRequest, Split } from "../dataset.ts";
import { foldOf } from "../division.ts";
import { sourceMeant, sourceOfFile } from "../elsewhere.ts";
import { captions } from "../generators/captions.ts";
import { digits } from "../generators/digits.ts";
import { adding, copying } from "../generators/memorytasks.ts";
import { names } from "../generators/names.ts";
import { blobs, gaussians, line, moons, spirals, xor } from "../generators/points.ts";
import { prose } from "../generators/prose.ts";
import { turned } from "../generators/turned.ts";
import { sequences } from "../generators/waves.ts";
import type { LoadingWorkers } from "../records.ts";
import { Arguments, type FieldNote, type GlancedField, type Parameter, type Source, signatureOf } from "../source.ts";
import { cifar10 } from "./cifar.ts";
import { csv } from "./csv.ts";
import { images } from "./images.ts";
import { jsonl } from "./jsonl.ts";
import { mnist } from "./mnist.ts";
import { npz } from "./npz.ts";
import { parquet } from "./parquet.ts";
import { segmentation } from "./segmentation.ts";
import { series } from "./series.ts";
import { text } from "./text.ts";
import { texts } from "./texts.ts";
import { wav } from "./wav.ts";

export type { FileReader } from "../../files/files.ts";

/** Every source, in the order in which the manual lists them. Adding one is its file and one line here. */
export const SOURCES: readonly Source[] = [
  mnist,
  cifar10,
  images,
  segmentation,
  text,
  texts,
  wav,
  csv,
  jsonl,
  parquet,
  series,
  npz,
  digits,
  captions,
  turned,
  spirals,
  moons,
  blobs,
  gaussians,
  line,
  xor,
  adding,
  copying,
  names,
  prose,
  sequences,
];

/** Documentation of a source for an editor. */
export interface SourceDescription {
  readonly name: string;
  /** `mnist(dir, split=0.8)` */
  readonly signature: string;
  readonly documentation: string;
  readonly parameters: readonly Parameter[];
  readonly fields: readonly FieldNote[];
  /** True when no file is needed. */
  readonly generated: boolean;
}

export function sourceNames(): string[] {
  return SOURCES.map((source) => source.name);
}

/** Undefined for a name that is no source. */
export function describeSource(name: string): SourceDescription | undefined {
  const source = SOURCES.find((candidate) => candidate.name === name);
  if (!source) return undefined;
  const { documentation, parameters, fields, generated } = source;
  return { name, signature: signatureOf(source), documentation, parameters, fields, generated };
}

/**
 * Loads or generates a data set. Files are read through `files`, relative paths start from `request.base`.
 * DataError `data/unknown-source`, `data/bad-argument`, and whatever is wrong with the files themselves.
 */
export async function loadDataset(
  request: SourceRequest,
  files: FileReader,
  progress?: (share: number) => void,
  workers?: LoadingWorkers,
): Promise<Dataset> {
  const source = sourceOf(request);
  const { seed, fold, memory } = request;
  const around = { files, seed, progress, memory, workers, ...(source.divides ? { fold } : {}) };
  const dataset = await source.load(argumentsOf(source, request), around);
  const divided = fold && !source.divides ? foldOf(dataset, fold, seed, source.name) : dataset;
  return divided.records ? divided : withLengths(divided);
}

/** DataError `data/unknown-source` or `data/bad-argument` where a request is wrong by itself; no file is looked at. */
export function checkRequest(request: SourceRequest): void {
  argumentsOf(sourceOf(request), request);
}

function argumentsOf(source: Source, request: SourceRequest): Arguments {
  const given = new Arguments(source, request);
  source.examine?.(given);
  return given;
}

/** The fields that `loadDataset` would give; undefined where only loading tells. The same DataErrors, as far as they show. */
export async function glanceAtFields(
  request: SourceRequest,
  files: FileReader,
): Promise<readonly GlancedField[] | undefined> {
  const source = sourceOf(request);
  return source.glance?.(argumentsOf(source, request), { files, seed: request.seed });
}

function sourceOf({ name, positional }: SourceRequest): Source {
  const source = SOURCES.find((candidate) => candidate.name === name);
  if (source) return source;
  const example = (ours: string): string => describeSource(ours)?.signature ?? ours;
  const [file] = positional;
  const reader = typeof file === "string" ? sourceOfFile(file) : undefined;
  const hint =
    (reader && `it is called ${reader} here: \`${reader}("${file}")\``) ??
    sourceMeant(name, example) ??
    didYouMean(name, sourceNames()) ??
    `sources are ${sourceNames().join(", ")}`;
  throw new DataError("data/unknown-source", `there is no data source called ${name}`, hint);
}

/** Beside each field whose sequences differ in length, a field that holds the lengths. */
export function withLengths(dataset: Dataset): Dataset {
  const columns = (all: readonly Column[]): Column[] =>
    all.flatMap(({ lengths, ...c }) =>
      lengths ? [c, { name: companionName(c.name, "length"), shape: [], values: Float32Array.from(lengths) }] : [c],
    );
  const part = (split: Split): Split => ({ ...split, columns: columns(split.columns) });
  return { ...dataset, train: part(dataset.train), heldout: part(dataset.heldout) };
}
