// In: pictures with their targets, a class each, one box, or several. Out: the fields of these.
// Invariant: they are the same whether all are in memory or some are read for a part of an epoch.

import type { StoredValues } from "../../engine.ts";
import { companionName } from "../../plan.ts";
import type { Column } from "../dataset.ts";
import { type Labelled, labelColumn } from "../filelists/classfolders.ts";
import type { UnreadColumn } from "../streamed.ts";
import type { Box } from "./boxes.ts";

export interface TargetPicture extends Labelled {
  /** As many as there are fields for. */
  readonly boxes?: readonly Box[];
}

/** Plain data. */
export interface Targets {
  readonly classes: readonly string[] | undefined;
  /** Boxes of a picture at most; `one`: each has one, which is no list. Absent where pictures have no boxes. */
  readonly boxes?: number | "one";
  /** Notes on the boxes. */
  readonly note?: string;
}

export function targetColumns(targets: Targets, chosen: readonly TargetPicture[]): Column[] {
  const { classes, boxes, note } = targets;
  if (boxes === undefined) return [labelColumn(classes ?? [], chosen)];
  const noted = note === undefined ? {} : { note };
  const most = boxes === "one" ? 1 : boxes;
  const values = new Float32Array(chosen.length * most * 4);
  const labels = new Int32Array(chosen.length * most);
  for (const [row, picture] of chosen.entries())
    for (const [k, { corners, label }] of (picture.boxes ?? []).entries()) {
      values.set(corners, 4 * (row * most + k));
      labels[row * most + k] = label;
    }
  const named = classes && { classes: classes.length, labels: classes };
  if (boxes === "one")
    return [
      { name: "box", shape: [4], isBox: true, values, ...noted },
      ...(named ? [{ name: "label", shape: [], ...named, values: labels }] : []),
    ];
  const lengths = Int32Array.from(chosen, (picture) => picture.boxes?.length ?? 0);
  return [
    { name: "boxes", shape: [most, 4], isBox: true, values, lengths, ...noted },
    ...(named ? [{ name: "labels", shape: [most], ...named, values: labels, lengths }] : []),
  ];
}

/** Their fields without values, those of lengths among them. */
export const unreadTargets = (targets: Targets): UnreadColumn[] =>
  targetColumns(targets, []).flatMap(({ values: _, lengths, ...column }) =>
    lengths ? [column, { name: companionName(column.name, "length"), shape: [] }] : [column],
  );

/** The values of these fields. */
export const targetValues = (targets: Targets, chosen: readonly TargetPicture[]): StoredValues[] =>
  targetColumns(targets, chosen).flatMap(({ values, lengths }) =>
    lengths ? [values, Float32Array.from(lengths)] : [values],
  );
