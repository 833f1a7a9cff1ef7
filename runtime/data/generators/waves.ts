// In: how many, how long, a seed. Out: noisy waves of four forms, to be told apart or continued.
// Invariant: frequency, phase and height say nothing about the form.

import { Random } from "../random.ts";
import { checkNumbers, type Source } from "../source.ts";
import { cutAt, splitRows } from "../split.ts";

/** Each form maps a phase in turns, 0 to 1, to -1..1. */
type Form = (turn: number) => number;
const FORMS: readonly (readonly [name: string, form: Form])[] = [
  ["sine", (turn) => Math.sin(2 * Math.PI * turn)],
  ["square", (turn) => (turn < 0.5 ? 1 : -1)],
  ["triangle", (turn) => 1 - 4 * Math.abs(turn - 0.5)],
  ["sawtooth", (turn) => 2 * turn - 1],
];

/** Writes `wave.length` samples of one wave: 2 to 5 periods over the sequence, height 0.5 to 1, any phase. */
function writeWave(wave: Float32Array, form: Form, noise: number, random: Random): void {
  const frequency = random.uniform(2, 5) / wave.length;
  const height = random.uniform(0.5, 1);
  const phase = random.uniform();
  for (let step = 0; step < wave.length; step++) {
    wave[step] = height * form((phase + frequency * step) % 1) + noise * random.normal();
  }
}

export const sequences: Source = {
  name: "sequences",
  documentation: "Noisy waves, sine, square, triangle or sawtooth: tell the form, or foretell the next value.",
  parameters: [
    { name: "n", kind: "count", default: 2000, documentation: "sequences, training and held-out together" },
    { name: "seq", kind: "count", default: 48, documentation: "steps" },
    { name: "noise", kind: "amount", default: 0.05, documentation: "standard deviation of the noise on each value" },
    { name: "split", kind: "fraction", default: 0.8, documentation: "the share that trains" },
  ],
  fields: [
    { name: "x", type: "[seq, 1]", documentation: "the wave" },
    { name: "next", type: "[seq, 1]", documentation: "at each step the value of the step after it" },
    { name: "label", type: "class 4", documentation: "sine, square, triangle or sawtooth" },
  ],
  generated: true,
  load(given, { seed }) {
    const [n, seq, noise] = [given.number("n"), given.number("seq"), given.number("noise")];
    checkNumbers("sequences", n * seq);
    const random = new Random(seed);
    const [x, next] = [new Float32Array(n * seq), new Float32Array(n * seq)];
    const labels = new Int32Array(n);
    const wave = new Float32Array(seq + 1);
    for (let index = 0; index < n; index++) {
      const label = index % FORMS.length;
      labels[index] = label;
      writeWave(wave, FORMS[label]![1], noise, random);
      x.set(wave.subarray(0, seq), index * seq);
      next.set(wave.subarray(1), index * seq);
    }
    const columns = [
      { name: "x", shape: [seq, 1], values: x },
      { name: "next", shape: [seq, 1], values: next },
      { name: "label", shape: [], classes: FORMS.length, labels: FORMS.map(([name]) => name), values: labels },
    ];
    const cut = cutAt(n, given.number("split"), "sequences");
    return { unit: "sequences", unitsPerExample: 1, ...splitRows(columns, n, cut) };
  },
};
