// The workloads of the benchmark as programs: the sizes, losses and optimizers of bench/torch_steps.py.
import type { Field } from "../compiler/check/training/lines/types.ts";

export interface Workload {
  readonly text: string;
  readonly fields: readonly Field[];
  readonly batch: number;
}

const image = (...shape: number[]): Field[] => [
  { name: "image", shape },
  { name: "label", shape: [], classes: 10 },
];

const text = (steps: number): Field[] => [
  { name: "text", shape: [steps], classes: 65 },
  { name: "next", shape: [steps], classes: 65 },
];

const classify = (model: string, batch: number): string => `
train run on d { loss cross_entropy(${model}(image), label); optimizer sgd lr=0.01 momentum=0.9; batch ${batch} }
`;

const language = (batch: number): string => `
train run on d { loss cross_entropy(net(text), next); optimizer adam lr=1e-3; batch ${batch} }
`;

const residual = `
block basic(width, stride=1) {
  residual(skip=if stride == 1 and depth(it) == width then identity else { conv 1x1 width stride=stride nobias; batchnorm }) {
    conv 3x3 width stride=stride p1 nobias; batchnorm; relu
    conv 3x3 width p1 nobias; batchnorm
  }
  relu
}
`;

const resnet = (widths: string, blocks: number, first: number): string => `${residual}
model net(image: [32, 32, 3]) {
  conv 3x3 ${first} p1 nobias; batchnorm; relu
  for width in ${widths} {
    basic width stride=(if width == ${first} then 1 else 2)
    repeat ${blocks - 1} { basic width }
  }
  avgpool global
  dense 10
}
`;

export const workloads: Readonly<Record<string, Workload>> = {
  mlp: {
    text: `model net(image: [784]) { dense 512; relu; dense 256; relu; dense 10 }${classify("net", 128)}`,
    fields: image(784),
    batch: 128,
  },
  lenet: {
    text: `model net(image: [28, 28, 1]) {
  conv 5x5 6 p2; relu; maxpool 2x2
  conv 5x5 16; relu; maxpool 2x2
  flatten; dense 120; relu; dense 84; relu; dense 10
}${classify("net", 64)}`,
    fields: image(28, 28, 1),
    batch: 64,
  },
  charlstm: {
    text: `model net(text: [T] of V) { embed 64; lstm 128; lstm 128; dense V }${language(32)}`,
    fields: text(64),
    batch: 32,
  },
  chargru: {
    text: `model net(text: [T] of V) { embed 64; gru_after 128; gru_after 128; dense V }${language(32)}`,
    fields: text(64),
    batch: 32,
  },
  transformer: {
    text: `model net(text: [T] of V) {
  embed 128
  param place: [128, 128] = normal std=0.02
  it + place[0:T]
  repeat 4 { residual { layernorm; attention 4 causal }; residual { layernorm; dense 512; gelu; dense 128 } }
  layernorm
  dense V
}${language(16)}`,
    fields: text(128),
    batch: 16,
  },
  resnet20: { text: resnet("[16, 32, 64]", 3, 16) + classify("net", 32), fields: image(32, 32, 3), batch: 32 },
  resnet18: { text: resnet("[64, 128, 256, 512]", 2, 64) + classify("net", 8), fields: image(32, 32, 3), batch: 8 },
  vae: {
    text: `model decoder(z: [20]) { dense 400; relu; dense 784 }
model net(x: [784]) {
  dense 400; relu
  mu = dense(20)(it); logvar = dense(20)(it)
  mu + exp(logvar / 2) * normal([20])
  decoder
}
train run on d {
  y = net(x)
  loss sum(bce(y, x)) + 0.5 * sum(exp(y.logvar) + y.mu^2 - 1 - y.logvar)
  optimizer adam lr=1e-3
  batch 128
}
`,
    fields: [{ name: "x", shape: [784] }],
    batch: 128,
  },
  dcgan: {
    text: `model G(z: [100]) { dense 7*7*128; reshape [7, 7, 128]; batchnorm; relu; upconv 4x4 64 s2 p1; batchnorm; relu; upconv 4x4 1 s2 p1; sigmoid }
model D(x: [28, 28, 1]) { conv 4x4 64 s2 p1; leaky_relu 0.2; conv 4x4 128 s2 p1; batchnorm; leaky_relu 0.2; flatten; dense 1; sigmoid }
train run on d {
  step D { z = normal([100]); maximize mean(log(D(image))) + mean(log(1 - D(G(z)))) }
  step G { z = normal([100]); maximize mean(log(D(G(z)))) }
  optimizer adam lr=2e-4 beta1=0.5
  batch 64
}
`,
    fields: [{ name: "image", shape: [28, 28, 1] }],
    batch: 64,
  },
};
