// A field of the data as it is saved beside weights: what rows to predict are read by.

import type { Column } from "../../runtime/data/dataset.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";

/** Names of so many classes are kept only of fields that the training reads: a column that names its rows would fill the file. */
const MANY_LABELS = 1000;

export function savedField(
  { name, shape, classes, labels, columns, series, scale, tokens, sound }: Column,
  isUsed: boolean,
): SavedField {
  const named = labels !== undefined && (isUsed || labels.length <= MANY_LABELS);
  return {
    name,
    shape,
    ...(classes === undefined ? {} : { classes }),
    ...(named ? { labels } : {}),
    ...(columns === undefined ? {} : { columns }),
    ...(series === undefined ? {} : { series }),
    ...(scale === undefined ? {} : { scale }),
    ...(tokens === undefined ? {} : { tokens }),
    ...(sound === undefined ? {} : { sound }),
  };
}
