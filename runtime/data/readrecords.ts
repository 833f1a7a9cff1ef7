// Records that lie by themselves, read into memory in their order: in this thread, and in workers once it has taken so long that
// starting some pays. Invariant: their values, and the error of the first that is wrong, are the same either way.

import type { StoredValues } from "../engine.ts";
import type { Decoder, Records } from "./records.ts";
import type { Surroundings } from "./source.ts";

/** Records of a task. */
export const TOGETHER = 16;

/** Tasks that workers are asked for at a time: values that nobody has taken yet are held twice. */
const AHEAD = 64;

/** Calls `take` with the values of some records and the number of the first of them. */
export async function readRecords(
  records: Pick<Records, "context" | "train" | "heldout">,
  decoder: Decoder,
  { files, progress, workers }: Pick<Surroundings, "files" | "progress" | "workers">,
  take: (values: readonly StoredValues[], from: number) => void,
): Promise<void> {
  const items = [records.train, records.heldout].flatMap((part) =>
    part.kind === "single" ? Array.from({ length: part.length }, (_, row) => part.item(row)) : [],
  );
  const firsts = Array.from({ length: Math.ceil(items.length / TOGETHER) }, (_, i) => i * TOGETHER);
  const taskAt = (first: number): readonly unknown[] => items.slice(first, first + TOGETHER);
  const taken = (values: readonly StoredValues[], first: number): void => {
    take(values, first);
    progress?.(Math.min(1, (first + TOGETHER) / items.length));
  };
  const read = decoder.open(records.context, files, undefined);
  const began = performance.now();
  let done = 0;
  for (const first of firsts) {
    if (workers && performance.now() - began >= workers.patience) break;
    taken(await read(taskAt(first)), first);
    done++;
  }
  const rest = firsts.slice(done);
  if (!workers || rest.length === 0) return;
  const decoding = await workers.start({ decoder: decoder.name, context: records.context, train: records.train });
  try {
    const asked: Promise<readonly StoredValues[]>[] = [];
    const ask = (first: number): void => {
      const values = decoding.read(taskAt(first));
      // An error of a later record counts when all before it are there.
      values.catch(() => undefined);
      asked.push(values);
    };
    for (const first of rest.slice(0, AHEAD)) ask(first);
    for (const [i, first] of rest.entries()) {
      const values = await asked[i];
      if (values) taken(values, first);
      const next = rest[i + AHEAD];
      if (next !== undefined) ask(next);
    }
  } finally {
    decoding.end();
  }
}
