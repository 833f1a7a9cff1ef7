// Random programs of the whole language: fields, parameters, steps with names, updates and losses; as a text for the compiler and
// as a computation in plain arrays. Losses are trained by plain gradient descent, so that a parameter's new value says its gradient.

import type { Field } from "../../../compiler/check/training/lines/types.ts";
import { Random } from "../../../runtime/data/random.ts";
import type { Array64 } from "./arrays.ts";
import { sizeOf } from "./arrays.ts";
import { binaryRule, constantRule, innerRules, leafRules, nameRule, reduceAllRule } from "./rules.ts";
import type { Scope, Tree, World } from "./tree.ts";
import { evaluate, grow, isBatched, smaller, write } from "./tree.ts";

export const BATCH = 3;
const RATE = 0.1;
/** Elements of each parameter whose derivative is taken by differences: evenly spread over it, others by other programs. */
const TRIED = 3;

type Shapes = Readonly<Record<string, readonly number[]>>;
const FIELDS: Shapes = { x: [4, 3], v: [3], image: [5, 4, 2], u: [] };
const PARAMETERS: Shapes = {
  "m.a": [3, 3],
  "m.b": [4],
  "m.c": [],
  "m.d": [4, 3],
  "m.e": [5, 4, 2],
  "m.f": [3],
  "m.g": [2, 2],
  "m.h": [3, 3, 2, 2],
  "net.w": [3, 2],
};

export const fields: readonly Field[] = Object.entries(FIELDS).map(([name, shape]) => ({ name, shape: [...shape] }));

type Line =
  | { readonly kind: "name"; readonly name: string; readonly value: Tree }
  | { readonly kind: "update"; readonly target: string; readonly value: Tree }
  | { readonly kind: "loss"; readonly value: Tree };

export interface RandomProgram {
  readonly steps: readonly (readonly Line[])[];
}

const pick = <T>(list: readonly T[], random: Random): T => list[random.integer(list.length)]!;

const outerNames = (): Record<string, { readonly shape: readonly number[]; readonly batched: boolean }> => ({
  ...Object.fromEntries(Object.entries(FIELDS).map(([n, shape]) => [n, { shape, batched: true }])),
  ...Object.fromEntries(Object.entries(PARAMETERS).map(([n, shape]) => [n, { shape, batched: false }])),
});

/** The program of a seed. Deeper ones are larger. */
export function randomProgram(seed: number, depth = 4): RandomProgram {
  const random = new Random(seed);
  const steps = Array.from({ length: 1 + random.integer(2) }, () => randomStep(random, depth));
  // Plain arrays know the lines after a loss only where they know every derivative: losses mostly come last.
  const hasLoss = (lines: readonly Line[]): number => Number(lines.some((l) => l.kind === "loss"));
  return { steps: random.integer(4) === 0 ? steps : steps.toSorted((a, b) => hasLoss(a) - hasLoss(b)) };
}

function randomStep(random: Random, depth: number): Line[] {
  const scope: Scope = { names: outerNames(), inBody: false };
  const tree = (shape: readonly number[]): Tree =>
    grow(shape, depth, scope, { inner: innerRules, leaves: leafRules }, random);
  const lines: Line[] = [];
  for (let i = random.integer(3); i > 0; i--) {
    const shape = pick(Object.values({ ...FIELDS, ...PARAMETERS, n: [2], s: [3, 2] }), random);
    const value = tree(shape);
    const name = `n${lines.length}`;
    (scope.names as Record<string, unknown>)[name] = { shape, batched: isBatched(value, scope) };
    lines.push({ kind: "name", name, value });
  }
  if (random.integer(2)) lines.push({ kind: "loss", value: lossOf(tree, random) });
  else {
    const targets = Object.keys(PARAMETERS).filter(() => random.integer(4) === 0);
    for (const target of targets.length > 0 ? targets : ["m.a"])
      lines.push({ kind: "update", target, value: tree(PARAMETERS[target]!) });
  }
  return lines;
}

/** A number that some parameter takes part in: `e + mean(f * p)`. */
function lossOf(tree: (shape: readonly number[]) => Tree, random: Random): Tree {
  const [name, shape] = pick(Object.entries(PARAMETERS), random);
  const node = (rule: Tree["rule"], own: readonly number[], data: unknown, kids: readonly Tree[] = []): Tree => ({
    rule,
    shape: own,
    data,
    kids,
    bodies: [],
  });
  const product = node(binaryRule, shape, "(# * @)", [tree(shape), node(nameRule, shape, { name })]);
  return node(binaryRule, [], "(# + @)", [tree([]), node(reduceAllRule, [], "mean", [product])]);
}

/** The text of a program. */
export function textOf({ steps }: RandomProgram): string {
  const definitions: string[] = [];
  const define = (text: (name: string) => string): string => {
    const name = `made${definitions.length}`;
    definitions.push(text(name));
    return name;
  };
  const bodies = steps.map((lines) => {
    const scope: Scope = { names: outerNames(), inBody: false };
    const written = lines.map((line) => {
      const text = write(line.value, define);
      const batched = isBatched(line.value, scope);
      if (line.kind === "name") {
        (scope.names as Record<string, unknown>)[line.name] = { shape: line.value.shape, batched };
        return `${line.name} = ${text}`;
      }
      if (line.kind === "loss") return `minimize ${text}`;
      return `update ${line.target} = ${batched ? `mean(${text}, over=batch)` : text}`;
    });
    const models = lines.some((l) => l.kind === "loss") ? "step m, net" : "step";
    return `  ${models} { ${written.join("; ")} }`;
  });
  const params = Object.entries(PARAMETERS).filter(([n]) => n.startsWith("m."));
  const own = params.map(([n, shape]) => `${n.slice(2)}: [${shape.join(", ")}] = 0`);
  return `${definitions.join("\n")}
model m(x: [4, 3]) { param ${own.join(", ")}; it }
model net(x: [3], act=tanh) { param w: [3, 2] = 0; act(it @ w) }
train m on d {
${bodies.join("\n")}
  optimizer sgd lr=${RATE}; batch ${BATCH}
}`;
}

/** Values of a batch's fields, by example, and of parameters. */
export interface Values {
  readonly fields: Readonly<Record<string, readonly Array64[]>>;
  readonly parameters: Record<string, Array64>;
}

export function randomValues(seed: number): Values {
  const random = new Random(seed);
  const draw = (shape: readonly number[]): Array64 => ({
    shape,
    data: Float64Array.from({ length: sizeOf(shape) }, () => Math.fround(random.uniform(-1, 1))),
  });
  const rows = (shape: readonly number[]): Array64[] => Array.from({ length: BATCH }, () => draw(shape));
  return {
    fields: Object.fromEntries(Object.entries(FIELDS).map(([n, shape]) => [n, rows(shape)])),
    parameters: Object.fromEntries(Object.entries(PARAMETERS).map(([n, shape]) => [n, draw(shape)])),
  };
}

/** A parameter's value after all steps; undefined elements are those whose derivative has a kink or a jump nearby. */
export type Expected = Readonly<Record<string, readonly (number | undefined)[]>>;

/** Parameters after the steps, in plain arrays; losses by central differences. */
export function expected({ steps }: RandomProgram, values: Values): Expected {
  let current: Record<string, Array64> = values.parameters;
  const blurred = new Set<string>();
  for (const [i, lines] of steps.entries()) {
    const { moved, doubtful } = afterStep(lines, { ...values, parameters: current });
    // A later step on an unknown number is unknown.
    if (doubtful.size > 0 && i < steps.length - 1) return allUnknown(values);
    for (const place of doubtful) blurred.add(place);
    current = { ...current, ...moved };
  }
  return Object.fromEntries(
    Object.entries(current).map(([n, { data }]) => [
      n,
      Array.from(data, (v, i) => (blurred.has(`${n} ${i}`) ? undefined : v)),
    ]),
  );
}

const allUnknown = ({ parameters }: Values): Expected =>
  Object.fromEntries(Object.entries(parameters).map(([n, { data }]) => [n, Array.from(data, () => undefined)]));

function afterStep(
  lines: readonly Line[],
  values: Values,
): { moved: Record<string, Array64>; doubtful: ReadonlySet<string> } {
  const moved: Record<string, Array64> = {};
  const doubtful = new Set<string>();
  const still = worldOf(lines, values, values.parameters);
  const generic = isGeneric(values.parameters);
  for (const line of lines) {
    if (line.kind === "update") moved[line.target] = meanOver(line.value, still);
    if (line.kind !== "loss") continue;
    const loss = (parameters: Values["parameters"]): number =>
      meanOver(line.value, worldOf(lines, { ...values, parameters }, values.parameters)).data[0]!;
    for (const [name, at] of Object.entries(values.parameters)) {
      const every = Math.ceil(at.data.length / TRIED);
      const first = lines.length % every;
      const data = at.data.map((middle, i) => {
        const derivative =
          generic && i % every === first
            ? differenceOf((v) => loss({ ...values.parameters, [name]: { ...at, data: at.data.with(i, v) } }), middle)
            : undefined;
        if (derivative === undefined) doubtful.add(`${name} ${i}`);
        return middle - RATE * (derivative ?? 0);
      });
      moved[name] = { shape: at.shape, data };
    }
  }
  return { moved, doubtful };
}

/** Whether no number is 0 or another's equal: there differences may straddle a kink or a jump evenly, and not show it. */
const isGeneric = (parameters: Values["parameters"]): boolean =>
  Object.values(parameters).every(({ data }) => !data.includes(0) && new Set(data).size === data.length);

/** The derivative at a point; undefined where two steps differ, near a kink or a jump. */
function differenceOf(f: (v: number) => number, at: number): number | undefined {
  const [wide, narrow] = [2e-5, 1e-5].map((h) => (f(at + h) - f(at - h)) / (2 * h)) as [number, number];
  const middle = f(at);
  const oneSided = [1e-5, -1e-5].map((h) => (f(at + h) - middle) / h) as [number, number];
  const scale = 1 + Math.abs(narrow);
  const isSmooth = Math.abs(wide - narrow) < 1e-5 * scale && Math.abs(oneSided[0] - oneSided[1]) < 1e-2 * scale;
  return isSmooth ? narrow : undefined;
}

function meanOver(tree: Tree, world: World): Array64 {
  const rows = Array.from({ length: BATCH }, (_, b) => evaluate(tree, world, b));
  return { shape: tree.shape, data: rows[0]!.data.map((_, i) => rows.reduce((s, r) => s + r.data[i]!, 0) / BATCH) };
}

/** Names of a step: the lines above, each worked out once for each example. */
function worldOf(lines: readonly Line[], values: Values, before: Values["parameters"]): World {
  const lookup = (parameters: Values["parameters"], still: World["still"] | undefined): World["named"] => {
    const known = new Map<string, Array64>();
    const own: World["named"] = (name, example) => {
      const found = parameters[name] ?? values.fields[name]?.[example];
      if (found) return found;
      const key = `${name} ${example}`;
      const line = lines.find((l) => l.kind === "name" && l.name === name)!;
      const made = known.get(key) ?? evaluate(line.value, { batch: BATCH, named: own, still: still ?? own }, example);
      known.set(key, made);
      return made;
    };
    return own;
  };
  const still = lookup(before, undefined);
  return { batch: BATCH, named: lookup(values.parameters, still), still };
}

/** Smaller programs: without a step, without a line, with a smaller expression. */
export function* smallerPrograms({ steps }: RandomProgram): Generator<RandomProgram> {
  for (const i of steps.keys()) if (steps.length > 1) yield { steps: steps.toSpliced(i, 1) };
  for (const [i, lines] of steps.entries()) {
    const isRead = (name: string): boolean => textOf({ steps: [lines] }).split(new RegExp(`\\b${name}\\b`)).length > 2;
    for (const [k, line] of lines.entries()) {
      const others = lines.filter((l) => l.kind !== "name").length;
      if (line.kind === "name" ? !isRead(line.name) : others > 1) yield { steps: steps.with(i, lines.toSpliced(k, 1)) };
      for (const value of smaller(line.value, constantRule))
        yield { steps: steps.with(i, lines.with(k, { ...line, value } as Line)) };
    }
  }
}
