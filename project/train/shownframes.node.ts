// The `show` lines of a training over its epochs, in the run's folder: `shown.jsonl` has a line for each epoch that was drawn. In: what each `show`
// line gives, as the page of the run takes it. Out: the file, each epoch once, and the way back.

import { appendFile, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describeFailure } from "../../runtime/checkpoint/disk.ts";
import type { Note } from "../failure.ts";

const FILE = "shown.jsonl";
/** Epochs that are drawn, of however many. */
const MOST = 24;

/** By the number of the `show` line: HTML without anything of the data that is not escaped. */
export interface DrawnEpoch {
  readonly epoch: number;
  readonly drawn: Readonly<Record<string, string>>;
}

/** Evenly, and the last. */
export const isDrawn = (epoch: number, epochs: number): boolean =>
  epoch >= epochs || Math.floor((epoch * MOST) / epochs) > Math.floor(((epoch - 1) * MOST) / epochs);

export async function readDrawn(folder: string): Promise<readonly DrawnEpoch[]> {
  const text = await readFile(join(folder, FILE), "utf8").catch(() => "");
  const lines = text.split("\n").flatMap((line): DrawnEpoch[] => {
    try {
      const value = JSON.parse(line) as DrawnEpoch;
      return Number.isInteger(value?.epoch) && typeof value.drawn === "object" ? [value] : [];
    } catch {
      return [];
    }
  });
  return [...new Map(lines.map((l) => [l.epoch, l])).values()].sort((a, b) => a.epoch - b.epoch);
}

/** Draws epochs while a run trains: what cannot be drawn or written is said once, and ends no training. */
export class ShownFrames {
  private readonly folder: string;
  private readonly note: Note;
  private isOpen = false;
  private hasFailed = false;

  constructor(folder: string, note: Note) {
    this.folder = folder;
    this.note = note;
  }

  /** Whatever a picture or text asks for that the model does not have: written is nothing, and said is what is wrong. */
  private isUndrawable(error: unknown): undefined {
    this.hasFailed = true;
    const message = error instanceof Error ? error.message : String(error);
    this.note(`warning: ${message}; the training goes on, and draws nothing more`);
  }

  async add(epoch: number, draw: () => Promise<Readonly<Record<string, string>>>): Promise<void> {
    if (this.hasFailed) return;
    try {
      const drawn = await draw().catch((error: unknown) => this.isUndrawable(error));
      if (!drawn) return;
      if (!this.isOpen) {
        const kept = (await readDrawn(this.folder)).filter((d) => d.epoch < epoch);
        await writeFile(join(this.folder, FILE), kept.map((d) => `${JSON.stringify(d)}\n`).join(""));
        this.isOpen = true;
      }
      await appendFile(join(this.folder, FILE), `${JSON.stringify({ epoch, drawn })}\n`);
    } catch (error) {
      this.hasFailed = true;
      const { message } = describeFailure(error, "write", join(this.folder, FILE));
      this.note(`warning: ${message}; the training goes on, and draws nothing more`);
    }
  }
}
