// Figures of held-out rows. In: an engine, a feed whose pass is that of the rows. Out: means over all of them, the last batch included.

import type { Engine } from "../engine.ts";
import type { RowFeed } from "./feed.ts";
import { RowMeans } from "./figures.ts";
import type { SessionPlan } from "./sessionplan.ts";
import { AHEAD, type Given, Stretches } from "./stretches.ts";

/** Means of the held-out entry's scalars over the rows of the feed's pass. */
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

/** Fills buffers with zeros. */
export async function zero(engine: Engine, names: readonly string[]): Promise<void> {
  for (const name of names) await engine.write(name, new Float32Array((await engine.read(name)).length));
}
