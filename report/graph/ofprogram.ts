// The layers of a program's models as boxes. In: an opened program. Out: a box for each model that stands in no other one.

import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { type LayerBox, layersOf } from "../../compiler/check/program/layers.ts";
import type { Span } from "../../grammar/syntax/span.ts";
import { fieldsFor } from "../../project/cost/measured.ts";
import { Failure } from "../../project/failure.ts";
import { hasErrors, type Opened } from "../../project/source.ts";
import { inputsOf } from "../../project/use/model/modelfields.ts";
import type { GraphBox } from "./boxes.ts";
import { boxesOfLayers, type PlaceOf } from "./ofmodel.ts";

/** Places in the program and what it imports; those in the library say nothing. */
export const placesIn =
  ({ texts }: Pick<Opened, "texts">): PlaceOf =>
  ({ file, start }) => {
    const text = file.startsWith("stdlib/") ? undefined : texts.get(file);
    return text && { file: file.split(/[/\\]/).at(-1) ?? file, line: text.at(start).line };
  };

/** The models that were asked for; one that stands in another is shown there. */
export async function boxesOfModels(opened: Opened, names: readonly string[]): Promise<readonly GraphBox[]> {
  const { program, texts } = opened;
  const fields = await fieldsFor(opened);
  const textOf = ({ file, start, end }: Span): string => texts.get(file)?.text.slice(start, end) ?? "";
  const found = names.map((name) => {
    const { definition } = lookUp(program.models, name);
    return layersOf(program, name, inputsOf(program, definition, fields), textOf);
  });
  if (hasErrors(program.diagnostics)) throw new Failure(program.diagnostics);
  const inner = new Set(found.flatMap((layer) => groupTitles(layer.children)));
  const outer = found.filter((layer) => !inner.has(layer.title));
  return (outer.length > 0 ? outer : found).map((layer) => boxesOfLayers(layer, placesIn(opened)));
}

const groupTitles = (boxes: readonly LayerBox[]): string[] =>
  boxes.flatMap((b) => (b.kind === "group" ? [b.title, ...groupTitles(b.children)] : []));
