// Figures of whole parts of the data, without a step of training: means over held-out rows, and states that are filled before the first
// step. In: an engine and a feed. Out: the means, or the states in the engine.

import type { Engine } from "../engine.ts";
import type { Pass, RowFeed } from "./feed.ts";
import { RowMeans } from "./figures.ts";
import type { SessionPlan } from "./sessionplan.ts";
import { AHEAD, type Given, Stretches } from "./stretches.ts";

/** Means of the held-out entry's scalars over the rows of the feed's pass, the last batch included. */
export async function evaluateRows(
  engine: Engine,
  feed: RowFeed,
  plan: Pick<SessionPlan, "batch" | "evaluated" | "running">,
  count: number,
): Promise<number[]> {
  const width = plan.evaluated.length;
  const means = new RowMeans(width);
  const running = plan.evaluated.map((name) => plan.running?.metrics.includes(name) === true);
  await zero(engine, plan.running?.heldout ?? []);
  const stretches = new Stretches(engine, "evaluate", width);
  const underWay: { readonly given: Given; readonly size: number }[] = [];
  const addFirst = async (): Promise<void> => {
    const first = underWay.shift();
    if (!first) return;
    const { scalars } = await first.given.logged();
    for (let i = 0; i < first.given.count; i++) means.add(scalars, i * width, first.size, running);
  };
  for (let done = 0; done < count; ) {
    const place = await feed.rowsFrom(done);
    const whole = Math.floor(Math.min(count - done, place.count) / plan.batch);
    const size = whole > 0 ? plan.batch : count - done;
    const given = await stretches.give(Math.max(1, whole), { batch: size, cursor: place.at });
    underWay.push({ given, size });
    done += given.count * size;
    if (underWay.length >= AHEAD || !stretches.canGoAhead) await addFirst();
  }
  while (underWay.length > 0) await addFirst();
  return means.means();
}

/** Figures of all training examples, in the order of the data: they do not depend on the seed. `next`: the pass that follows. */
export async function measure(engine: Engine, feed: RowFeed, plan: SessionPlan, next: Pass): Promise<void> {
  const { examples, batch, measures = [] } = plan;
  for (const [i, { entry, fills }] of measures.entries()) {
    await zero(engine, fills);
    await feed.begin({ part: "train" }, i + 1 < measures.length ? { part: "train" } : next);
    for (let done = 0; done < examples; done += batch) {
      const { at } = await feed.rowsFrom(done);
      engine.set("batch", Math.min(batch, examples - done));
      engine.set("cursor", at);
      await engine.run(entry);
    }
  }
  engine.set("step", 0);
}

/** Fills buffers with zeros. */
export async function zero(engine: Engine, names: readonly string[]): Promise<void> {
  for (const name of names) await engine.write(name, new Float32Array((await engine.read(name)).length));
}
