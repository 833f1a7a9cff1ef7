// Which buffers keep their numbers in 16 bits, in a program whose training has `precision f16`. In: nests with their buffers. Out: the
// same nests; temporaries that hold activations are of half the size, and are rounded where they are stored. Arithmetic stays in 32
// bits, and so does everything else that is stored.

import type { HeldType } from "../arithmetic/dtype.ts";
import type { Nest } from "../loops/nest.ts";
import { rewriteNest } from "../loops/nest.ts";
import type { Lowered, Step } from "../loops/step.ts";
import type { Buffer } from "../loops/storage.ts";

export function narrow({ steps, buffers, results }: Lowered): Lowered {
  const wanted = new Set([...results.values()].map((s) => s.buffer));
  const isNarrow = ({ name, role, holdsActivations = false }: Buffer): boolean =>
    holdsActivations && (role === "temporary" || role === "zeroed") && !wanted.has(name);
  const narrowed = new Set([...buffers.values()].filter(isNarrow).map((b) => b.name));
  const now = new Map<string, Buffer>(
    [...buffers].map(([name, b]) => [name, narrowed.has(name) ? { ...b, dtype: "f16" } : b]),
  );
  const typeOf = (buffer: string, before: HeldType): HeldType => (narrowed.has(buffer) ? "f16" : before);
  return { steps: steps.map((s) => withTypes(s, typeOf)), buffers: now, results };
}

function withTypes(step: Step, typeOf: (buffer: string, before: HeldType) => HeldType): Step {
  if (step.kind === "loop") return { ...step, body: step.body.map((s) => withTypes(s, typeOf)) };
  const read = rewriteNest(step.nest, (v) => (v.kind === "load" ? { ...v, dtype: typeOf(v.buffer, v.dtype) } : v));
  const nest: Nest = { ...read, stores: read.stores.map((s) => ({ ...s, dtype: typeOf(s.buffer, s.dtype) })) };
  return { kind: "nest", nest };
}
