// Drawings of programs for tests, made as the command makes them.

import { basename } from "node:path";
import { lookUp } from "../../compiler/arithmetic/lookup.ts";
import { layersOf } from "../../compiler/check/program/layers.ts";
import type { Opened } from "../../project/source.ts";
import { inputsOf } from "../../project/use/model/modelfields.ts";
import type { GraphBox } from "../../report/graph/boxes.ts";
import { boxesOfLayers, type PlaceOf } from "../../report/graph/ofmodel.ts";
import { openText, texts } from "../support/opened.ts";

export const placeOf: PlaceOf = ({ file, start }) => {
  const text = file.startsWith("stdlib/") ? undefined : texts.get(file);
  return text && { file: basename(file), line: text.at(start).line };
};

export function drawn(opened: Opened, name: string): GraphBox {
  const { program } = opened;
  const inputs = inputsOf(program, lookUp(program.models, name).definition, []);
  return boxesOfLayers(
    layersOf(program, name, inputs, ({ file, start, end }) => texts.get(file)?.text.slice(start, end) ?? ""),
    placeOf,
  );
}

export const drawnText = (text: string, name = "net"): GraphBox => drawn(openText("drawn.dnn", text), name);

export const leaves = (box: GraphBox): readonly GraphBox[] =>
  box.kind === "group" ? box.children.flatMap(leaves) : [box];

/** The groups of a drawing, itself first. */
export const groups = (box: GraphBox): readonly GraphBox[] =>
  box.kind === "group" ? [box, ...box.children.flatMap(groups)] : [];
