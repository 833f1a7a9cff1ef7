// Proves that a branch that is not taken leaves no trace in gradients, whatever its slope there: each singular expression in each
// way that a program can choose, against central differences of the f64 reference. And that lengths have slopes at 0.

import { describe, expect, test } from "vitest";
import { byEngine, byReference, type Question } from "../pytorch/evaluated.ts";

const EXPRESSIONS = [
  "sqrt(x)",
  "log(x)",
  "1 / x",
  "y / x",
  "x^0.3",
  "x^(-2)",
  "x^y",
  "exp(900 * (1 - x)) * y",
  "log(x) * y",
  "sqrt(x) * y * w",
  "1 / x * y * w",
  "y * sin(1 / x)",
  "exp(1 / x) * w",
  "tanh(y / x) + w",
  "x / sqrt(x)",
  "abs(log(x)) * max(1 / x, w)",
  "softmax(x) * y",
  "exp(-900 * x - max(if c then -900 * x else -infinity, over=-1, keep=true)) * y",
  "y * x / sqrt(var(x) + 1e-5)",
];

/** E stands for the expression; c is 1 where it counts, and there x is 1 or more. */
const CHOICES: Readonly<Record<string, string>> = {
  "in the first branch": "where(c, E, 0)",
  "in the second branch": "if c == 0 then y else E",
  "in a branch of a branch": "if w < 100 then (if c then E else y) else 0",
  "in two branches": "(if c then E else 0) + (if c and y < 100 then 2 * E else w)",
  "read twice in one branch": "{ e = E; if c then e * e + e else 0 }",
  "moved before it is chosen": "if reverse(reshape(c, [1, 3]), axis=1) then reverse(reshape(E, [1, 3]), axis=1) else 0",
  "cut off": "E[2:]",
  "cut off in another shape": "reshape(E, [3, 1])[2]",
  "summed before it is chosen": "if sum(c) > 2.5 then sum(E) else 0",
  "multiplied by a matrix before it is chosen": "if sum(c) > 2.5 then E @ v else 0",
  "averaged over the batch": "mean(where(c, E, 0), over=batch) + 0 * c",
  "chosen for each example, then summed": "sum(where(c, E, 0))",
};

/** Rows of a batch; where c is 0, x is 0 or below. */
const INPUTS = {
  x: [0, 1.5, 2, -1, 0, 1.25],
  c: [0, 1, 1, 0, 0, 1],
  y: [0.5, -0.75, 1.25, 0.25, 0.5, -0.5],
  w: [0.25, 1.5, -0.5, 0.75, 0.125, 2],
  v: [0.5, -1, 0.25, 0.75, 1, -0.25, 0.5, -1, 0.25, 0.75, 1, -0.25],
};
type Name = keyof typeof INPUTS;
const REAL: readonly Name[] = ["x", "y", "w", "v"];

function question(text: string, inputs: Record<Name, number[]>): Question {
  const given = (name: Name): [Name, { shape: number[]; numbers: number[] }] => [
    name,
    { shape: name === "v" ? [2, 3, 2] : [2, 3], numbers: inputs[name] },
  ];
  const used = (Object.keys(INPUTS) as Name[]).filter((n) => new RegExp(`\\b${n}\\b`).test(text) || n === "x");
  const head = used.map((n) => `${n}: [${n === "v" ? "3, 2" : "3"}]`).join(", ");
  return {
    text: `model m(${head}) { ${text} }`,
    training: true,
    inputs: Object.fromEntries(used.map(given)),
    learned: {},
    seeds: { y: "one" },
    gradients: used.filter((n) => REAL.includes(n)),
    states: [],
  };
}

const total = (q: Question): number => [...Array.from(byReference(q).get("y")!)].reduce((a, b) => a + b, 0);

function differences(text: string, name: Name): number[] {
  return INPUTS[name].map((middle, i) => {
    const at = (value: number): number => {
      const numbers = [...INPUTS[name]];
      numbers[i] = value;
      return total(question(text, { ...INPUTS, [name]: numbers }));
    };
    return (at(middle + 1e-6) - at(middle - 1e-6)) / 2e-6;
  });
}

async function checkGradients(text: string): Promise<void> {
  const q = question(text, INPUTS);
  const [reference, engine] = [byReference(q), await byEngine(q)];
  for (const name of q.gradients as Name[]) {
    const wanted = differences(text, name);
    for (const [who, found] of [
      ["reference", reference.get(`gradient ${name}`)!],
      ["cpu", engine.get(`gradient ${name}`)!],
    ] as const)
      wanted.forEach((value, i) => {
        // A gradient that is the same for all examples has no axis for them.
        const mine = found[i % found.length]!;
        const off = Math.abs(mine - value) / (1 + Math.abs(value));
        expect(off, `${who}: gradient of ${name}[${i}] is ${mine}, by differences ${value}`).toBeLessThan(1e-4);
      });
  }
}

for (const [way, choice] of Object.entries(CHOICES))
  describe(way, () => {
    for (const e of EXPRESSIONS) test(e, () => checkGradients(choice.replaceAll("E", `(${e})`)));
  });

const CELLS = ["sqrt(it)", "log(it) * h", "h / it", "it^0.3 * h", "exp(-900 * it) * h", "1 / it + h"];
for (const e of CELLS)
  test(`in a cell: ${e}`, async () => {
    const numbers = [0, 1.5, 2, -1, 0, 1.25, 1, -0.5, 3, 0.75, 1, 0, 2, 1.5, 0, 0, -1, 1.125];
    const asked = (given: number[]): Question => ({
      text: `cell c { state h: [3] = 0.5; h = if it > 0 then 0.5 * (${e}) else h; h }
model m(x: [3, 3]) { c }`,
      training: true,
      inputs: { x: { shape: [2, 3, 3], numbers: given } },
      learned: {},
      seeds: { y: "one" },
      gradients: ["x"],
      states: [],
    });
    const found = [byReference(asked(numbers)), await byEngine(asked(numbers))].map((a) => a.get("gradient x")!);
    numbers.forEach((middle, i) => {
      // Where x is 0 the condition changes: what is left counts is the side that is not taken.
      const at = (to: number): number => total(asked(numbers.map((x, k) => (k === i ? to : x))));
      const wanted = middle <= 0 ? 0 : (at(middle + 1e-6) - at(middle - 1e-6)) / 2e-6;
      for (const gradient of found)
        expect(Math.abs(gradient[i]! - wanted) / (1 + Math.abs(wanted)), `x[${i}]: ${gradient[i]}`).toBeLessThan(1e-4);
    });
  });

/** Where x is a vector of zeros, or all of its numbers are the same as those it is compared with. */
const LENGTHS = [
  "sqrt(sum(x * x))",
  "sqrt(sum(x^2, over=depth, keep=true)) * y",
  "x / max(sqrt(sum(x^2)), 1e-6)",
  "x / (sqrt(sum(x^2)) + 1e-6)",
  "sqrt(mean(x^2))",
  "sqrt(var(x))",
  "sqrt(x[0]^2 + x[1]^2)",
  "sqrt(x @ x)",
  "sqrt(sum((x - 0 * y)^2))",
  "cosine_similarity(reshape(x, [1, 3]), y)",
  "cosine_similarity(reshape(y, [1, 3]), x)",
  "sum(x^2)^0.5",
  "sqrt(mean(x^2, over=batch)) + x",
];
for (const length of LENGTHS)
  test(`a length of 0 has a slope: ${length}`, async () => {
    const q = question(length, { ...INPUTS, x: INPUTS.x.map(() => 0) });
    for (const answers of [byReference(q), await byEngine(q)])
      for (const name of q.gradients)
        for (const slope of Array.from(answers.get(`gradient ${name}`)!)) expect(slope, name).not.toBeNaN();
  });
