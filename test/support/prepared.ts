// A program of examples/ with data given as on the command line, prepared for a session.

import { fileURLToPath } from "node:url";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { parseDataOption, replaceData } from "../../project/data/override.ts";
import { placeOf } from "../../project/data/place.ts";
import type { Prepared } from "../../project/train/job.ts";
import { prepare } from "../../project/train/job.ts";
import type { Dataset } from "../../runtime/data/dataset.ts";
import { machine, sources } from "./opened.ts";

export const exampleFile = (name: string): string =>
  fileURLToPath(new URL(`../../examples/${name}.dnn`, import.meta.url));

export async function prepareExample(
  name: string,
  steps: number,
  overrides: readonly string[],
  set: Readonly<Record<string, string>> = {},
): Promise<Prepared> {
  const { opened, data } = openExample(name, overrides);
  const { program } = opened;
  const definition = program.trains[0]!;
  const loaded = await loadData(program, dataOf(program, definition), placeOf(opened), { data });
  return prepare(program, definition, loaded, { seed: 1, set, data, steps });
}

/** The data of its last training. */
export async function loadExample(name: string, overrides: readonly string[]): Promise<Dataset> {
  const { opened, data } = openExample(name, overrides);
  const { program } = opened;
  const { dataset } = await loadData(program, dataOf(program, program.trains.at(-1)!), placeOf(opened), { data });
  return dataset;
}

function openExample(name: string, overrides: readonly string[]) {
  const opened = sources.openForUse(exampleFile(name));
  const data = overrides.map((d) => parseDataOption(d, machine.currentFolder));
  for (const d of data) replaceData(opened, d);
  return { opened, data };
}
