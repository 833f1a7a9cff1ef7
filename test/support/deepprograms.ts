// Programs as deep as wanted: a residual network and plain chains of layers, written out or as a loop.

import type { Field } from "../../compiler/check/training/lines/types.ts";

export interface DeepProgram {
  readonly text: string;
  readonly fields: readonly Field[];
}

const training = `train run on d { loss cross_entropy(net(x), label); optimizer sgd lr=0.01 momentum=0.9; batch 2 }\n`;

const fields = (...shape: number[]): Field[] => [
  { name: "x", shape },
  { name: "label", shape: [], classes: 4 },
];

/** He et al.'s network for small images, of 6n + 2 layers: 20, 110, 1202. */
function residual(layers: number): DeepProgram {
  const blocks = Math.max(1, Math.round((layers - 2) / 6));
  const text = `block basic(width, stride=1) {
  residual(skip=if stride == 1 and depth(it) == width then identity else { conv 1x1 width stride=stride nobias; batchnorm }) {
    conv 3x3 width stride=stride p1 nobias; batchnorm; relu
    conv 3x3 width p1 nobias; batchnorm
  }
  relu
}

model net(x: [32, 32, 3]) {
  conv 3x3 16 p1 nobias; batchnorm; relu
  for width in [16, 32, 64] {
    basic width stride=(if width == 16 then 1 else 2)
    repeat ${blocks - 1} { basic width }
  }
  avgpool global
  dense 4
}

${training}`;
  return { text, fields: fields(32, 32, 3) };
}

const looped = (layers: number): DeepProgram => ({
  text: `model net(x: [4]) {\n  for i in 1..${layers} { dense 4; relu }\n  dense 4\n}\n\n${training}`,
  fields: fields(4),
});

const written = (layers: number): DeepProgram => ({
  text: `model net(x: [4]) {\n${"  dense 4; relu\n".repeat(layers)}  dense 4\n}\n\n${training}`,
  fields: fields(4),
});

export const deepPrograms = { residual, looped, written };
