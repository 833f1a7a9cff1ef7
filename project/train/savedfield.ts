// A field of the data as it is saved beside weights: what rows to predict are read by.

import type { Column } from "../../runtime/data/dataset.ts";
import { numbersOf } from "../../runtime/data/numbers.ts";
import type { SavedField } from "../../runtime/train/checkpoint.ts";

/** Names of so many classes are kept only of fields that the training reads: a column that names its rows would fill the file. */
const MANY_LABELS = 1000;

/** So many numbers are looked at. */
const LOOKED_AT = 2 ** 16;

/** Whether numbers of pictures or the like that are in memory are small: bytes that come to such a model are answered with how they are scaled. */
function areShares(column: Column): boolean {
  const { shape, classes, scale, columns, series, sound, tokens, values } = column;
  if (shape.length < 2 || classes !== undefined || scale || columns || series || sound || tokens) return false;
  return values.length > 0 && numbersOf(column, 0, Math.min(LOOKED_AT, values.length)).every((x) => x >= 0 && x <= 1);
}

/** `isInMemory`: whether all values of the column can be looked at, which a stream has in parts. */
export function savedField(column: Column, isUsed: boolean, isInMemory: boolean): SavedField {
  const { name, shape, classes, labels, columns, series, scale, tokens, sound } = column;
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
    ...(isInMemory && areShares(column) ? { shares: true as const } : {}),
  };
}
