// Random bodies of models over a sequence [T, 4] that may be shorter than its row, from a seed: layers, products, reductions, parts
// and windows, also along time where it is not the first axis.

import { Random } from "../../runtime/data/random.ts";
import { LENGTHS } from "./padded.ts";

/** Steps of the shortest sequence: alone it must be long enough for every line. */
const SHORTEST = Math.min(...LENGTHS);

/** A line on [steps, depth], and the shape that it leaves of the shortest sequence. */
type Line = (depth: number, random: Random, steps: number) => readonly [text: string, depth: number, steps?: number];

const keeping =
  (text: string): Line =>
  (depth) => [text, depth];
const cutting =
  (text: string, left: (steps: number) => number): Line =>
  (depth, _, steps) => [text, depth, left(steps)];
const even =
  (text: string, otherwise: string): Line =>
  (depth) => [depth % 2 === 0 ? text : otherwise, depth];

const LINES: readonly Line[] = [
  (_, random) => {
    const n = 2 + random.integer(4);
    return [`dense ${n}`, n];
  },
  keeping("tanh"),
  keeping("sigmoid"),
  keeping("relu"),
  (_, random) => {
    const n = 2 + random.integer(3);
    return [`conv 3 ${n} p1`, n];
  },
  (_, random, steps) => {
    const n = 2 + random.integer(3);
    return [`conv 3 ${n} p1 s2 floor`, n, Math.ceil(steps / 2)];
  },
  keeping("conv 2 p1"),
  cutting("maxpool 2 s1", (n) => n - 1),
  keeping("avgpool 3 s1 p1"),
  (depth) => [`upconv 3 ${depth} s2 p1`, depth],
  (_, random) => {
    const n = 2 + random.integer(3);
    return [`${["rnn", "lstm", "gru"][random.integer(3)]} ${n}`, n];
  },
  () => ["bidirectional { rnn 2 }", 4],
  even("attention 2", "attention 1 causal"),
  keeping("layernorm"),
  keeping("residual { conv 3 p1; tanh }"),
  keeping("reverse"),
  keeping("roll(it, 2)"),
  cutting("it[1:]", (n) => n - 1),
  cutting("it[0:-1]", (n) => n - 1),
  cutting("it[-2:]", () => 2),
  cutting("it[1:] + it[0:-1]", (n) => n - 1),
  keeping("it - mean(it, over=time, keep=true)"),
  keeping("it / (1 + var(it, over=time))"),
  keeping("it * max(it, over=time)"),
  keeping("it + it[-1]"),
  keeping("transpose(softmax(transpose(it)))"),
  keeping("transpose(reverse(transpose(it), axis=1))"),
  keeping("softmax(it @ transpose(it)) @ it"),
  keeping("it * (1 + index(it, 0) / shape(it)[0])"),
  (depth) => ["concat(it, reverse(it))", 2 * depth],
  keeping("it * sum(flat(it)^2) / 10"),
  keeping("each { it * sum(it^2) / 4 }"),
  keeping("if it > 0 then it else 0.1 * it"),
  (depth) => [`reshape(flat(it), [shape(it)[0], ${depth}])`, depth],
  (depth) => (depth % 2 === 0 ? [`reshape(it, [shape(it)[0] * 2, ${depth / 2}])`, depth / 2] : ["tanh", depth]),
  (depth) => ["transpose(transpose(it) + 1)", depth],
  keeping("outer(it[:, 0], it[0])"),
  cutting("sum(windows(it, [2], stride=1), over=-1)", (n) => n - 1),
];

const ENDS: readonly string[] = [
  "mean(it, over=time)",
  "last",
  "sum(it)",
  "it",
  "max(it, over=0)",
  "transpose(it) @ it",
  "flatten",
  "it[0] * it[-1]",
  "mean(it, over=[time, depth])",
];

/** The body of a model. */
export function randomLines(seed: number): string {
  const random = new Random(seed);
  const lines: string[] = ["dense 4"];
  let [depth, steps] = [4, SHORTEST];
  const count = 2 + random.integer(4);
  for (let i = 0; i < count; i++) {
    const [text, next, left = steps] = LINES[random.integer(LINES.length)]!(depth, random, steps);
    if (left < 2) continue;
    steps = left;
    lines.push(text);
    depth = next;
    if (depth > 8) {
      lines.push("dense 3", "tanh");
      depth = 3;
    }
  }
  lines.push("tanh", ENDS[random.integer(ENDS.length)]!);
  return lines.join("; ");
}
