// Rows of the data as a page shows them: small pictures in one sheet, cells of a table, or the end of a text. In: rows of the
// data and the fields that a model reads. Out: an example for each row and place that is asked for, as far as there is room.

import { numberText } from "../../project/numbertext.ts";
import type { Column, Split } from "../../runtime/data/dataset.ts";
import { numberAt, numberParts } from "../../runtime/data/numbers.ts";
import { encodePng } from "../../runtime/pictures/png.ts";
import { pngUrl } from "../page.ts";
import type { Example, Sheet } from "./data.ts";

/** Bytes of all pictures before they are packed, and the longer side of one. */
const ROOM = 500_000;
const SIDE = 64;
/** Cells of a row, and characters of a text. */
const CELLS = 12;
const CHARACTERS = 32;
const COLUMNS = 24;

export class Examples {
  private readonly rows: Split;
  private readonly picture: Column | undefined;
  private readonly text: Column | undefined;
  private readonly cells: readonly Column[];
  private readonly places = new Map<number, number>();
  private readonly size: {
    readonly height: number;
    readonly width: number;
    readonly channels: 1 | 3;
    readonly step: number;
  };

  /** Of the fields that the model reads. */
  constructor(rows: Split, fields: readonly string[]) {
    this.rows = rows;
    const read = rows.columns.filter((c) => fields.includes(c.name));
    this.picture = read.find(isPicture);
    this.text = read.find((c) => c.classes !== undefined && c.labels !== undefined && c.shape.length === 1);
    this.cells = read.filter((c) => c.shape.length <= 1 && c !== this.text);
    const [height = 1, width = 1, channels = 1] = this.picture?.shape ?? [];
    const step = Math.ceil(Math.max(height, width) / SIDE);
    this.size = {
      height: Math.floor(height / step),
      width: Math.floor(width / step),
      channels: channels as 1 | 3,
      step,
    };
  }

  /** Until there is no more room, a row's picture; else nothing, and the row's number stands for it. */
  of(row: number, position: number): Example {
    if (this.picture) {
      const { height, width, channels } = this.size;
      if (!this.places.has(row) && this.places.size * height * width * channels >= ROOM) return {};
      const place = this.places.get(row) ?? this.places.size;
      this.places.set(row, place);
      return { picture: place };
    }
    if (this.text) return { text: this.textOf(this.text, row, position) };
    return this.cells.length === 0 ? {} : { cells: this.cells.flatMap((c) => this.cellsOf(c, row)).slice(0, CELLS) };
  }

  private textOf({ values, labels }: Column, row: number, position: number): string {
    const length = values.length / this.rows.length;
    const ids = [...values.subarray(row * length, row * length + Math.min(length, position + 1))];
    return ids
      .slice(-CHARACTERS)
      .map((id) => labels?.[id] ?? "")
      .join("");
  }

  private cellsOf(column: Column, row: number): (readonly [string, string])[] {
    const { name, labels, columns, classes } = column;
    const width = column.values.length / this.rows.length;
    return Array.from({ length: Math.min(CELLS, width) }, (_, i) => {
      const value = numberAt(column, row * width + i);
      const title = columns?.[i]?.written ?? (width === 1 ? name : `${name}[${i}]`);
      return [title, classes === undefined ? numberText(value) : (labels?.[value] ?? String(value))] as const;
    });
  }

  /** All pictures that were asked for. */
  sheet(): Sheet | undefined {
    const { picture, places } = this;
    if (!picture || places.size === 0) return undefined;
    const { height, width, channels, step } = this.size;
    const columns = Math.min(COLUMNS, places.size);
    const rows = Math.ceil(places.size / columns);
    const bytes = new Uint8Array(rows * height * columns * width * channels);
    const { low, high } = rangeOf(picture);
    const [, fullWidth = 1] = picture.shape;
    const whole = picture.values.length / this.rows.length;
    for (const [row, place] of places) {
      const [left, top] = [(place % columns) * width, Math.floor(place / columns) * height];
      for (let y = 0; y < height; y++)
        for (let x = 0; x < width; x++)
          for (let c = 0; c < channels; c++) {
            let sum = 0;
            for (let dy = 0; dy < step; dy++)
              for (let dx = 0; dx < step; dx++)
                sum += numberAt(picture, row * whole + ((y * step + dy) * fullWidth + x * step + dx) * channels + c);
            const share = (sum / (step * step) - low) / (high - low || 1);
            bytes[((top + y) * columns * width + left + x) * channels + c] = Math.round(
              255 * Math.min(1, Math.max(0, share)),
            );
          }
    }
    const png = encodePng({ width: columns * width, height: rows * height, channels, bytes });
    return { source: pngUrl(png), width, height, columns, rows };
  }
}

/** [height, width] or [height, width, 1 or 3], larger than a few numbers. */
function isPicture({ shape, classes }: Column): boolean {
  const [height = 0, width = 0, channels = 1] = shape;
  return (
    classes === undefined &&
    shape.length >= 2 &&
    shape.length <= 3 &&
    height >= 4 &&
    width >= 4 &&
    (channels === 1 || channels === 3)
  );
}

/** From 0 to 1 where the numbers lie between, else from the least to the largest. */
function rangeOf(column: Column): { low: number; high: number } {
  let [low, high] = [0, 1];
  for (const values of numberParts(column))
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  return { low, high };
}
