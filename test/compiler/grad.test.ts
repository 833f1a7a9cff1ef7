// Proves `grad`: over the op matrix, for each example, shared by the batch, within a step of a loop and through one, the derivative is
// that of central differences, and so is its own derivative; what has none is refused.
//
// In `npm test` each call meets each context at one size; MATRIX=all asks for the sizes 1, 3 and 17.

import { expect, test } from "vitest";
import type { Node } from "../../compiler/graph/node.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { interpret } from "../../compiler/graph/reference.ts";
import type { Tensor } from "../../compiler/graph/tensor.ts";
import { passes } from "../../compiler/passes/list.ts";
import { compileText } from "../support/engine.ts";
import { CALLS, type SampleCall } from "../support/matrix/calls.ts";
import { derivative, drawLeaves, numberBy, WEIGHED } from "../support/matrix/differences.ts";

const SIZES = [1, 3, 17] as const;
const BATCH = 3;
const TRIED = 3;

const SHARED = "by what all share, of each example";

/** How z is made, and by what `s` a derivative is taken; e moves it in a direction, by which the derivative is measured. */
interface Context {
  readonly name: string;
  readonly lines: (text: string, shape: string) => string;
  readonly inLoop: boolean;
}

const CONTEXTS: readonly Context[] = [
  {
    name: "of each example",
    inLoop: false,
    lines: (t) =>
      `z = x + p + e * along(x); y = { ${t} }(z); s = weighed(y); g = grad(s, z); slope = sum(g * along(x)); h = g * z`,
  },
  {
    name: SHARED,
    inLoop: false,
    lines: (t) =>
      `w = sin(p) + e * along(p); z = w + x; y = { ${t} }(z); s = weighed(y); g = grad(s, w); slope = sum(g * along(p)); h = g * z`,
  },
  {
    name: "shared by the batch",
    inLoop: false,
    lines: (t) =>
      `z = sin(p) + e * along(p); y = { ${t} }(z); s = weighed(y); g = grad(s, z); slope = sum(g * along(p)); h = g * x`,
  },
  {
    name: "within each step of a loop",
    inLoop: true,
    lines: (t) =>
      `one = { z = it + p + e * along(it); s = weighed({ ${t} }(z)); g = grad(s, z); concat(flat(g * z), [s, sum(g * along(it))]) }
  r = each(one)(xs); s = sum(r[:, -2]); slope = sum(r[:, -1]); h = r[:, 0:-2]`,
  },
  {
    name: "through a loop",
    inLoop: true,
    lines: (t) =>
      `zs = xs + e * along(xs); y = each({ z = it * p; ${t} })(zs); s = weighed(y); g = grad(s, zs); slope = sum(g * along(xs)); h = g * zs`,
  },
];

function programOf(call: SampleCall, context: Context, n: number): string {
  const shape = call.shape(n).join(", ");
  return `${WEIGHED}
fn along(x) {
  k = 1
  for a in 0..rank(x) { k = k + (1.3 + a) * index(x, a) }
  cos(k)
}
model m(x: [${shape}], xs: [2, ${shape}]) {
  param p: [${shape}] = 0, e: [] = 0
  ${context.lines(call.text(n), shape)}
  h
}
train m on d {
  r = m(x, xs)
  loss weighed(r)
  metric value = r.s
  metric slope = r.slope
  optimizer sgd lr=1; batch ${BATCH}
}`;
}

const fieldsOf = (call: SampleCall, n: number) => [
  { name: "x", shape: [...call.shape(n)] },
  { name: "xs", shape: [2, ...call.shape(n)] },
];

function expectDerivatives(call: SampleCall, context: Context, n: number): void {
  forgetNodes();
  const { training } = compileText(programOf(call, context, n), fieldsOf(call, n), 20);
  const step = training.steps[0]!;
  const run = passes.filter((p) => ["differentiate", "batch"].includes(p.name));
  const nodes = run.reduce<Node[]>(
    (l, p) => p.run(l),
    step.results.map((r) => r.node),
  );
  const leaves = drawLeaves(nodes, BATCH);
  const place = (name: string): number => step.results.findIndex((r) => r.name === name);
  const numberOf = (name: string): number => interpret([nodes[place(name)]!], leaves, BATCH)[0]!.data[0]!;
  const leafOf = (name: string): Tensor => [...leaves].find(([l]) => l.attributes.name === name)![1];
  const numberAt = (name: string, moving: Tensor): (() => number) =>
    numberBy(nodes[place(name)]!, leaves, moving, BATCH);
  const near = (found: number, wanted: number | undefined, what: string): void => {
    if (wanted === undefined) return;
    expect(Math.abs(found - wanted), `${what}: ${found} for ${wanted}`).toBeLessThan(5e-5 * (1 + Math.abs(wanted)));
  };
  const e = leafOf("m.e");
  near(numberOf("slope"), derivative(e.data, 0, numberAt("value", e)), "first derivative");
  const along = leafOf("m.p");
  const { data: p } = along;
  const lossBy = numberAt("loss0", along);
  const moved = interpret([nodes[place("new m.p")]!], leaves, BATCH)[0]!.data;
  for (let k = 0; k < Math.min(TRIED, p.length); k++)
    near(p[k]! - moved[k]!, derivative(p, k, lossBy), `second derivative by p[${k}]`);
}

/** Calls that have no derivative, by its code; of the batch only by what each example has for itself. */
const WITHOUT: Readonly<Record<string, string>> = { sign: "grad/no-slope", floor: "grad/no-slope" };
const ACROSS: Readonly<Record<string, readonly string[]>> = {
  "over=batch": [SHARED],
  batchnorm: [SHARED],
  all_examples: [SHARED],
  example_index: [SHARED, "shared by the batch"],
};

CALLS.forEach((call, i) => {
  const contexts = CONTEXTS.filter((c) => !(c.inLoop && call.isCell) && !ACROSS[call.name]?.includes(c.name));
  test(`${call.name}: ${call.text(3).replaceAll(/\s+/g, " ").slice(0, 70)}`, () => {
    for (const [k, context] of contexts.entries()) {
      const sizes = process.env.MATRIX === "all" ? SIZES : [SIZES[(i + k) % 2]!];
      for (const n of sizes) {
        const refused = WITHOUT[call.name];
        if (refused) {
          expect(() => compileText(programOf(call, context, n), fieldsOf(call, n), 20)).toThrow(refused);
          continue;
        }
        try {
          expectDerivatives(call, context, n);
        } catch (error) {
          throw new Error(`${context.name}, size ${n}: ${(error as Error).message}\n${programOf(call, context, n)}`);
        }
      }
    }
  }, 600_000);
});
