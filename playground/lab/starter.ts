// A program for files that were dropped on the page: data, a small model, a training. In: the files. Out: the text of a program, which is a
// beginning to be changed. What is wrong with the files the editor says of the text.

import { templates } from "../../project/templates.ts";
import type { Column, Dataset } from "../../runtime/data/dataset.ts";
import { sourceOfFile } from "../../runtime/data/elsewhere.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import type { ProgramText } from "./protocol.ts";

/** Height and width of the pictures of a folder. */
const SIDE = 32;
const SEED = 1;

export type Starter = (files: ProgramText["files"], path: string) => Promise<string>;

/** `path`: a table, a text, an archive of arrays, or a folder of pictures. */
export const starterFor: Starter = async (files, path) => {
  const source = sourceOfFile(path);
  if (source === "text")
    return templates.charlm[0].text.replace('"corpus.txt"', quoted(path)).replace(/# then:.*\n/, "");
  const isFolder = source === undefined;
  const named = isFolder ? { size: [SIDE, SIDE] } : source === "npz" ? {} : { categories: "onehot" };
  const name = isFolder ? "images" : source;
  const request = { name, positional: [path], named, seed: SEED, base: "" };
  const dataset = await loadDataset(request, memoryFiles(files)).catch(() => undefined);
  const given = isFolder ? `, size=${SIDE}x${SIDE}` : source === "npz" ? "" : ', categories="onehot"';
  const call = `${name}(${quoted(path)}${given})`;
  return isFolder ? ofPictures(call, dataset) : ofRows(call, dataset);
};

const quoted = (path: string): string => `"${path.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;

const typeOf = (column: Column | undefined): string => `[${column?.shape.join(", ") ?? "F"}]`;

function ofPictures(call: string, dataset: Dataset | undefined): string {
  const column = dataset?.train.columns.find((c) => c.name === "image");
  const classes = dataset?.train.columns.find((c) => c.name === "label")?.classes ?? 2;
  return `# Your pictures, each brought to one size; the folders are the classes.
data pictures = ${call}

model net(image: ${column ? typeOf(column) : `[${SIDE}, ${SIDE}, 3]`}) {
  conv 3x3 16 p1; relu
  maxpool 2x2
  conv 3x3 32 p1; relu
  maxpool 2x2
  flatten
  dense 64; relu
  dense ${classes}
}

train net on pictures {
  loss cross_entropy(net(image), label)
  metric accuracy(net(image), label)
  optimizer adam lr=0.002
  batch 32
  epochs 20
}
`;
}

function ofRows(call: string, dataset: Dataset | undefined): string {
  const columns = dataset?.train.columns ?? [];
  const label = columns.find((c) => c.name === "label" && c.classes !== undefined && c.shape.length === 0);
  const number = columns.find((c) => c.name === "y" && c.classes === undefined);
  const input = columns.find((c) => c.name === "x") ?? columns.find((c) => c.classes === undefined && c !== number);
  const isRanking = label !== undefined || number === undefined;
  const name = input?.name ?? "x";
  const target = isRanking ? (label?.name ?? "label") : number.name;
  const isFlat = (input?.shape.length ?? 1) === 1;
  const width = isRanking ? (label?.classes ?? 2) : number.shape.reduce((a, b) => a * b, 1);
  const goal = isRanking
    ? `  loss cross_entropy(net(${name}), ${target})\n  metric accuracy(net(${name}), ${target})`
    : `  loss mse(net(${name}), ${target})`;
  return `# Your data. It has ${columns.map((c) => c.name).join(", ") || "no fields that could be read"}.
data table = ${call} { ${name} = normalize(${name}) }

model net(${name}: ${typeOf(input)}) {
${isFlat ? "" : "  flatten\n"}  dense 32; relu
  dense 32; relu
  dense ${width}
}

train net on table {
${goal}
  optimizer adam lr=0.005
  batch 16
  epochs 60
}
`;
}
