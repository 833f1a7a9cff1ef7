// The rules that random expressions are made of: one record for each thing that the language says of values.

import type { Random } from "../../../runtime/data/random.ts";
import type { Array64 } from "./arrays.ts";
import { along, build, firstLargest, map, read, reshape, rowOf, scalar, sizeOf, stack, zip } from "./arrays.ts";
import type { Rule } from "./tree.ts";
import { windowRules } from "./windowrules.ts";

type Shape = readonly number[];

const pick = <T>(list: readonly T[], random: Random): T => list[random.integer(list.length)]!;
const small = (random: Random): number => pick([1, 2, 3, 3, 4], random);
const inserted = (shape: Shape, at: number, size: number): number[] => [
  ...shape.slice(0, at),
  size,
  ...shape.slice(at),
];
const list = (shape: Shape): string => `[${shape.join(", ")}]`;
const mean = (v: readonly number[]): number => v.reduce((a, b) => a + b, 0) / v.length;

/** A shape that broadcasts to another: leading axes dropped, or one axis of size 1. */
function fitting(shape: Shape, random: Random): Shape {
  const choice = random.integer(4);
  if (choice === 0 && shape.length > 0) return shape.slice(1);
  if (choice === 1 && shape.length > 0) {
    const at = random.integer(shape.length);
    return shape.map((d, i) => (i === at ? 1 : d));
  }
  return shape;
}

// ---------------------------------------------------------------- leaves

export const constantRule: Rule = {
  name: "constant",
  plan: (_, random) => ({ kids: [], data: Math.round(random.uniform(-1.5, 1.5) * 8) / 8 }),
  text: (_, { data, shape }) => (shape.length === 0 ? `(${data})` : `(${data} * ones(${list(shape)}))`),
  value: (_, { data, shape }) => build(shape, () => data as number),
};

export const nameRule: Rule = {
  name: "name",
  weight: 6,
  plan: (shape, random, { names }) => {
    const fits = Object.entries(names).filter(([, n]) => String(n.shape) === String(shape));
    return fits.length === 0 ? undefined : { kids: [], data: { name: pick(fits, random)[0] } };
  },
  text: (_, { data }) => (data as { name: string }).name,
  value: (_, { data, named }) => named((data as { name: string }).name),
};

const placesRule: Rule = {
  name: "index",
  plan: (shape, random) => (shape.length === 0 ? undefined : { kids: [], data: random.integer(shape.length) }),
  text: (_, { data, shape }) => `index(zeros(${list(shape)}), ${data})`,
  value: (_, { data, shape }) => build(shape, (at) => at[data as number]!),
};

export const leafRules: readonly Rule[] = [nameRule, nameRule, constantRule, placesRule];

// ---------------------------------------------------------------- elementwise

/** The error function by its series, for arguments up to 1. */
const erf = (x: number): number => {
  let term = x;
  let total = x;
  for (let n = 1; n < 30; n++) {
    term *= (-x * x) / n;
    total += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * total;
};
const sigmoid = (v: number): number => 1 / (1 + Math.exp(-v));

const FUNCTIONS: Readonly<Record<string, (v: number) => number>> = {
  "tanh(#)": Math.tanh,
  "sigmoid(#)": sigmoid,
  "softplus(#)": (v) => Math.log1p(Math.exp(-Math.abs(v))) + Math.max(v, 0),
  "sin(#)": Math.sin,
  "cos(#)": Math.cos,
  "abs(#)": Math.abs,
  "relu(#)": (v) => Math.max(v, 0),
  "exp(tanh(#))": (v) => Math.exp(Math.tanh(v)),
  "sqrt(#^2 + 0.3)": (v) => Math.sqrt(v * v + 0.3),
  "log(#^2 + 0.5)": (v) => Math.log(v * v + 0.5),
  "-#": (v) => -v,
  "(#^2 / (1 + #^2))": (v) => (v * v) / (1 + v * v),
  "tanh(#^3)": (v) => Math.tanh(v ** 3),
  "sign(#)": Math.sign,
  "floor(3 * #)": (v) => Math.floor(3 * v),
  "elu(#)": (v) => (v > 0 ? v : Math.expm1(v)),
  "silu(#)": (v) => v * sigmoid(v),
  "leaky_relu(#, 0.1)": (v) => (v > 0 ? v : 0.1 * v),
  "erf(tanh(#))": (v) => erf(Math.tanh(v)),
};

const unaryRule: Rule = {
  name: "unary",
  weight: 4,
  plan: (shape, random) => ({ kids: [shape], data: pick(Object.keys(FUNCTIONS), random) }),
  text: ([x], { data }) => `(${(data as string).replaceAll("#", `(${x})`)})`,
  value: ([x], { data }) => map(x!, FUNCTIONS[data as string]!),
};

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  "(# + @)": (a, b) => a + b,
  "(# - @)": (a, b) => a - b,
  "(# * @)": (a, b) => a * b,
  "(# / (1 + @^2))": (a, b) => a / (1 + b * b),
  "max(#, @)": Math.max,
  "min(#, @)": Math.min,
};

export const binaryRule: Rule = {
  name: "binary",
  weight: 6,
  plan: (shape, random) => {
    const kids = [shape, fitting(shape, random)];
    return { kids: random.integer(2) ? kids : kids.toReversed(), data: pick(Object.keys(OPERATORS), random) };
  },
  text: ([a, b], { data }) => (data as string).replaceAll(/[#@]/g, (slot) => `(${slot === "#" ? a : b})`),
  value: (kids, { data, shape }) => zip(shape, kids, OPERATORS[data as string]!),
};

const chooseRule: Rule = {
  name: "choose",
  weight: 2,
  // A condition that is known when the program is compiled chooses a value as it is: both have the shape.
  plan: (shape, random) => ({ kids: [fitting(shape, random), fitting(shape, random), shape, shape] }),
  text: ([a, b, c, d]) => `(if ${a} > ${b} then ${c} else ${d})`,
  value: (kids, { shape }) => zip(shape, kids, (a, b, c, d) => (a! > b! ? c! : d!)),
};

const stopRule: Rule = {
  name: "stop",
  special: "stop",
  plan: (shape) => ({ kids: [shape] }),
  text: ([x]) => `stop(${x})`,
  value: ([x]) => x!,
};

// ---------------------------------------------------------------- reductions

const REDUCTIONS: Readonly<Record<string, (v: readonly number[]) => number>> = {
  sum: (v) => v.reduce((a, b) => a + b, 0),
  mean,
  max: (v) => Math.max(...v),
  min: (v) => Math.min(...v),
  var: (v) => mean(v.map((x) => (x - mean(v)) ** 2)),
};

const reduceRule: Rule = {
  name: "reduce",
  weight: 3,
  plan: (shape, random) => {
    if (shape.length > 3) return undefined;
    const axis = random.integer(shape.length + 1);
    return { kids: [inserted(shape, axis, small(random))], data: { op: pick(Object.keys(REDUCTIONS), random), axis } };
  },
  text: ([x], { data }) => `${(data as { op: string }).op}(${x}, over=${(data as { axis: number }).axis})`,
  value: ([x], { data }) => {
    const { op, axis } = data as { op: string; axis: number };
    return along(x!, axis, REDUCTIONS[op]!);
  },
};

export const reduceAllRule: Rule = {
  name: "reduce all",
  weight: 3,
  plan: (shape, random) => {
    if (shape.length > 0) return undefined;
    const inner = Array.from({ length: 1 + random.integer(3) }, () => small(random));
    return { kids: [inner], data: pick(Object.keys(REDUCTIONS), random) };
  },
  text: ([x], { data }) => `${data}(${x})`,
  value: ([x], { data }) => scalar(REDUCTIONS[data as string]!([...x!.data])),
};

const overBatchRule: Rule = {
  name: "over batch",
  special: "batch",
  plan: (shape, random) => ({ kids: [shape], data: random.integer(3) === 0 }),
  text: ([x], { data: aside }) => (aside ? `mean(all_examples(${x}), over=0)` : `mean(${x}, over=batch)`),
  value: ([x]) => x!,
};

const softmaxRule: Rule = {
  name: "softmax",
  plan: (shape) => (shape.length === 0 ? undefined : { kids: [shape] }),
  text: ([x]) => `softmax(${x})`,
  value: ([x], { shape }) => {
    const total = along(x!, shape.length - 1, (v) => v.reduce((a, b) => a + Math.exp(b), 0));
    return build(shape, (at) => Math.exp(read(x!, at)) / read(total, at.slice(0, -1)));
  },
};

// ---------------------------------------------------------------- shapes

const transposeRule: Rule = {
  name: "transpose",
  weight: 2,
  plan: (shape, random) => {
    if (shape.length < 2) return undefined;
    const order = shape.map((_, i) => i);
    for (let i = order.length - 1; i > 0; i--) {
      const j = random.integer(i + 1);
      [order[i], order[j]] = [order[j]!, order[i]!];
    }
    // Axis i of the result is axis order[i] of the operand.
    const from = new Array<number>(shape.length);
    order.forEach((o, i) => {
      from[o] = shape[i]!;
    });
    return { kids: [from], data: order };
  },
  text: ([x], { data }) => `transpose(${x}, ${list(data as number[])})`,
  value: ([x], { data, shape }) => {
    const order = data as number[];
    return build(shape, (at) => {
      const from = new Array<number>(at.length);
      order.forEach((o, i) => {
        from[o] = at[i]!;
      });
      return read(x!, from);
    });
  },
};

const reshapeRule: Rule = {
  name: "reshape",
  weight: 2,
  plan: (shape, random) => {
    const total = sizeOf(shape);
    const divisors = [1, 2, 3, 4, 5, 6].filter((d) => total % d === 0);
    const first = pick(divisors, random);
    return { kids: [pick([[total], [first, total / first], [1, total], [total / first, 1, first]], random)] };
  },
  text: ([x], { shape }) => `reshape(${x}, ${list(shape)})`,
  value: ([x], { shape }) => reshape(x!, shape),
};

const atRule: Rule = {
  name: "at",
  weight: 2,
  plan: (shape, random) => {
    if (shape.length > 2) return undefined;
    const axis = random.integer(Math.min(shape.length, 1) + 1);
    const size = small(random);
    const at = random.integer(size);
    return { kids: [inserted(shape, axis, size)], data: { axis, at: random.integer(2) ? at : at - size } };
  },
  text: ([x], { data }) => {
    const { axis, at } = data as { axis: number; at: number };
    return `(${x})[${axis === 0 ? at : `:, ${at}`}]`;
  },
  value: ([x], { data, shape }) => {
    const { axis, at } = data as { axis: number; at: number };
    const place = at < 0 ? at + x!.shape[axis]! : at;
    return build(shape, (c) => read(x!, inserted(c, axis, place)));
  },
};

const sliceRule: Rule = {
  name: "slice",
  weight: 2,
  plan: (shape, random) => {
    if (shape.length === 0) return undefined;
    const axis = random.integer(Math.min(shape.length, 2));
    const [before, after] = [random.integer(3), random.integer(2)];
    return { kids: [shape.map((d, i) => (i === axis ? d + before + after : d))], data: { axis, before } };
  },
  text: ([x], { data, shape }) => {
    const { axis, before } = data as { axis: number; before: number };
    const part = `${before}:${before + shape[axis]!}`;
    return `(${x})[${axis === 0 ? part : `:, ${part}`}]`;
  },
  value: ([x], { data, shape }) => {
    const { axis, before } = data as { axis: number; before: number };
    return build(shape, (at) =>
      read(
        x!,
        at.map((v, i) => (i === axis ? v + before : v)),
      ),
    );
  },
};

const concatRule: Rule = {
  name: "concat",
  weight: 2,
  plan: (shape, random) => {
    const last = shape.at(-1);
    if (last === undefined || last < 2) return undefined;
    const first = 1 + random.integer(last - 1);
    return { kids: [first, last - first].map((d) => [...shape.slice(0, -1), d]) };
  },
  text: ([a, b]) => `concat(${a}, ${b})`,
  value: ([a, b], { shape }) => {
    const cut = a!.shape.at(-1)!;
    return build(shape, (at) => {
      const last = at.at(-1)!;
      return last < cut ? read(a!, at) : read(b!, [...at.slice(0, -1), last - cut]);
    });
  },
};

const reverseRule: Rule = {
  name: "reverse",
  plan: (shape, random) => (shape.length === 0 ? undefined : { kids: [shape], data: random.integer(shape.length) }),
  text: ([x], { data }) => `reverse(${x}, ${data})`,
  value: ([x], { data, shape }) =>
    build(shape, (at) =>
      read(
        x!,
        at.map((v, i) => (i === data ? shape[i]! - 1 - v : v)),
      ),
    ),
};

const rollRule: Rule = {
  name: "roll",
  plan: (shape, random) => (shape.length === 0 ? undefined : { kids: [shape], data: random.integer(4) - 1 }),
  text: ([x], { data }) => `roll(${x}, ${data})`,
  value: ([x], { data, shape }) => {
    const n = shape[0]!;
    return build(shape, ([i, ...rest]) => read(x!, [(((i! - (data as number)) % n) + n) % n, ...rest]));
  },
};

const putRule: Rule = {
  name: "put",
  plan: (shape, random) => {
    const [first, ...rest] = shape;
    if (first === undefined) return undefined;
    return random.integer(2) ? { kids: [shape, rest], data: random.integer(first) } : { kids: [shape, rest, [first]] };
  },
  text: ([x, v, place], { data }) => `put(${x}, [${place === undefined ? data : `argmax(${place})`}], ${v})`,
  value: ([x, v, place], { data, shape }) => {
    const row = place ? firstLargest(place.data) : (data as number);
    return build(shape, (at) => (at[0] === row ? read(v!, at.slice(1)) : read(x!, at)));
  },
};

// ---------------------------------------------------------------- products and classes

const productRule: Rule = {
  name: "product",
  weight: 4,
  plan: (shape, random) => {
    const k = small(random);
    if (shape.length === 2)
      return {
        kids: [
          [shape[0]!, k],
          [k, shape[1]!],
        ],
      };
    if (shape.length !== 1) return undefined;
    return { kids: random.integer(2) ? [[k], [k, shape[0]!]] : [[shape[0]!, k], [k]] };
  },
  text: ([a, b]) => `(${a} @ ${b})`,
  value: ([a, b], { shape }) => {
    const k = a!.shape.at(-1)!;
    return build(shape, (at) => {
      const rows = at.slice(0, a!.shape.length - 1);
      const columns = at.slice(a!.shape.length - 1);
      let total = 0;
      for (let i = 0; i < k; i++) total += read(a!, [...rows, i]) * read(b!, [i, ...columns]);
      return total;
    });
  },
};

const outerRule: Rule = {
  name: "outer",
  plan: (shape) => (shape.length === 2 ? { kids: shape.map((d) => [d]) } : undefined),
  text: ([a, b]) => `outer(${a}, ${b})`,
  value: ([a, b], { shape }) => build(shape, ([i, j]) => a!.data[i!]! * b!.data[j!]!),
};

const onehotRule: Rule = {
  name: "onehot",
  plan: (shape) => (shape.length === 1 ? { kids: [shape] } : undefined),
  text: ([x]) => `onehot(argmax(${x}))`,
  value: ([x], { shape }) => {
    const winner = firstLargest(x!.data);
    return build(shape, ([i]) => Number(i === winner));
  },
};

const pickRow: Rule = {
  name: "row by class",
  weight: 2,
  plan: (shape, random, { names }) => {
    // A table is one for all examples.
    const tables = Object.entries(names).filter(
      ([, n]) => !n.batched && n.shape.length === shape.length + 1 && String(n.shape.slice(1)) === String(shape),
    );
    if (tables.length === 0) return undefined;
    const [name, { shape: table }] = pick(tables, random);
    return { kids: [[table[0]!]], data: { table: name } };
  },
  text: ([x], { data }) => `${(data as { table: string }).table}[argmax(${x})]`,
  value: ([x], { data, named }) => rowOf(named((data as { table: string }).table), firstLargest(x!.data)),
};

// ---------------------------------------------------------------- loops, cells, models

const loopRule: Rule = {
  name: "loop",
  plan: (shape, random) => {
    const other = random.integer(2) ? shape : [];
    return {
      kids: [shape, other],
      bodies: [{ names: { it: shape, q: other, i: [] }, shape, captures: false }],
      // From sixteen turns on a loop stays a loop.
      data: random.integer(2) ? 17 : 2,
    };
  },
  text: ([p, q], { data, bodies, define }) => {
    const name = define((n) => `fn ${n}(p, q) { p; for i in 0..${data} { tanh(${bodies[0]}) } }`);
    return `${name}(${p}, ${q})`;
  },
  value: ([p, q], { data, run }) => {
    let it = p!;
    for (let i = 0; i < (data as number); i++) it = map(run(0, { it, q: q!, i: scalar(i) }), Math.tanh);
    return it;
  },
};

const cellRule: Rule = {
  name: "cell",
  weight: 2,
  plan: (shape, random, { inBody }) => {
    const [steps, ...rest] = shape;
    // Inside another cell it would advance by one step.
    if (steps === undefined || inBody || rest.length > 2) return undefined;
    const [into, state, other] = [[small(random)], [small(random)], random.integer(2) ? [] : [2]];
    const names = { s: state, w: into, q: other };
    return {
      kids: [[steps, ...into], other],
      bodies: [
        { names, shape: state, captures: false },
        { names, shape: rest, captures: false },
      ],
      data: state,
    };
  },
  text: ([x, q], { data, bodies, define }) => {
    const name = define(
      (n) => `cell ${n}(q) { state s: ${list(data as number[])} = 0.3; w = it; s = tanh(${bodies[0]}); ${bodies[1]} }`,
    );
    return `${name}(${q})(${x})`;
  },
  value: ([x, q], { data, run }) => {
    let s = build(data as number[], () => 0.3);
    const rows: Array64[] = [];
    for (let t = 0; t < x!.shape[0]!; t++) {
      const w = rowOf(x!, t);
      s = map(run(0, { s, w, q: q! }), Math.tanh);
      rows.push(run(1, { s, w, q: q! }));
    }
    return stack(rows);
  },
};

const eachRule: Rule = {
  name: "each",
  plan: (shape, random, { inBody }) => {
    const [steps, ...rest] = shape;
    if (steps === undefined || inBody || rest.length > 2) return undefined;
    const into = [small(random)];
    return { kids: [[steps, ...into]], bodies: [{ names: { w: into }, shape: rest, captures: true }] };
  },
  text: ([x], { bodies }) => `each({ w = it; ${bodies[0]} })(${x})`,
  value: ([x], { run }) => stack(Array.from({ length: x!.shape[0]! }, (_, t) => run(0, { w: rowOf(x!, t) }))),
};

const ACTIVATIONS: Readonly<Record<string, (v: number) => number>> = {
  tanh: Math.tanh,
  sigmoid,
  sin: Math.sin,
  "{ it * 2 }": (v) => v * 2,
  "{ it - 1 }": (v) => v - 1,
  "(leaky_relu 0.1)": (v) => (v > 0 ? v : 0.1 * v),
  "(leaky_relu 0.3)": (v) => (v > 0 ? v : 0.3 * v),
};

/** Two calls of the model `net(x: [3], act=tanh) { act(it @ w) }` of the file, whose w: [3, 2] is `net.w`, on one value. */
const modelRule: Rule = {
  name: "model",
  weight: 3,
  plan: (shape, random, { inBody }) => {
    if ((String(shape) !== "2" && shape.length > 0) || inBody) return undefined;
    return { kids: [[3]], data: [0, 1].map(() => pick(Object.keys(ACTIVATIONS), random)) };
  },
  text: ([x], { data, shape }) => {
    const [first, second] = data as [string, string];
    return `${shape.length === 0 ? "sum" : ""}(net(${x}, act=${first}) - 2 * net(${x}, act=${second}))`;
  },
  value: ([x], { data, shape, named }) => {
    const w = named("net.w");
    const [first, second] = (data as [string, string]).map((name) => ACTIVATIONS[name]!) as [Change, Change];
    const both = build([2], ([j]) => {
      const sum = [0, 1, 2].reduce((s, i) => s + x!.data[i]! * read(w, [i, j!]), 0);
      return first(sum) - 2 * second(sum);
    });
    return shape.length === 0 ? scalar(both.data[0]! + both.data[1]!) : both;
  },
};

type Change = (v: number) => number;

/** Rules with operands. */
export const innerRules: readonly Rule[] = [
  unaryRule,
  binaryRule,
  chooseRule,
  stopRule,
  reduceRule,
  reduceAllRule,
  overBatchRule,
  softmaxRule,
  transposeRule,
  reshapeRule,
  atRule,
  sliceRule,
  concatRule,
  reverseRule,
  rollRule,
  putRule,
  productRule,
  outerRule,
  onehotRule,
  pickRow,
  loopRule,
  cellRule,
  eachRule,
  modelRule,
  ...windowRules,
];
