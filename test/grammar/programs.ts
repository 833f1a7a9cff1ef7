// Whole programs that the grammar must read: the architectures and trainings of a deep-learning course. Twenty are files, which
// other tests run; the rest are texts that are only read.

import { readdirSync, readFileSync } from "node:fs";

const folder = new URL("../programs/", import.meta.url);
const files = readdirSync(folder).filter((name) => name.endsWith(".dnn"));

export const programs: Readonly<Record<string, string>> = {
  ...Object.fromEntries(files.map((name) => [name.slice(0, -4), readFileSync(new URL(name, folder), "utf8")])),
  lenet: `model lenet(image: [28, 28, 1]) {
  conv 5x5 6 p2; tanh
  avgpool 2x2
  conv 5x5 16; tanh
  avgpool 2x2
  flatten
  dense 120; tanh
  dense 84; tanh
  dense 10
}
data digits = digits()
train lenet on digits {
  loss cross_entropy(lenet(image), label)
  metric accuracy(lenet(image), label)
  optimizer sgd lr=0.1 momentum=0.9 nesterov decay=5e-4
  schedule sgdr period=2 growth=2
  batch 64
  epochs 6
}
`,
  blocksAndBranches: `block basic(width, stride=1) {
  residual(skip=if stride == 1 and depth(it) == width then identity else { conv 1x1 width stride=stride nobias; batchnorm }) {
    conv 3x3 width stride=stride p1 nobias; batchnorm; relu
    conv 3x3 width p1 nobias; batchnorm
  }
  relu
}
model resnet18(image: [224, 224, 3]) {
  conv 7x7 64 s2 p3 nobias; batchnorm; relu
  maxpool 3x3 s2 p1
  for width in [64, 128, 256, 512] {
    basic width stride=(if width == 64 then 1 else 2)
    basic width
  }
  avgpool global
  dense 1000
}
block residual(skip=identity, body) { body(it) + skip(it) }
block inception(a, b, c, d, e, f) {
  concat {
    branch { conv 1x1 a; relu }
    branch { conv 1x1 b; relu; conv 3x3 c p1; relu }
    branch { conv 1x1 d; relu; conv 5x5 e p2; relu }
    branch { maxpool 3x3 s1 p1; conv 1x1 f; relu }
  }
}
model unet(image: [H, W, 3]) {
  double 64 -> top
  maxpool 2x2; double 128 -> mid
  maxpool 2x2; double 256
  upconv 2x2 128 s2; concat(it, mid); double 128
  upconv 2x2 64 s2; concat(it, top); double 64
  conv 1x1 1
}
`,
  cells: `cell lstm(n) {
  state h: [n], c: [n]
  f = sigmoid(dense(n)(it, h))
  i = sigmoid(dense(n)(it, h))
  o = sigmoid(dense(n)(it, h))
  g = tanh(dense(n)(it, h))
  c = f * c + i * g
  h = o * tanh(c)
  h
}
model charlm(text: [T] of V) {
  embed 64
  lstm 128
  lstm 128
  dense V
}
model tagger(words: [T] of V) { embed 32; bidirectional { gru 64 }; dense 5 }
model sentiment(words: [T] of V) { embed 32; lstm 64; last; dense 2 }
`,
  bricks: `block dense(n, bias=true) {
  param weight: [depth(it), n] = he; param shift: [n] = 0; it @ weight + (if bias then shift else 0)
}
block batchnorm(momentum=0.9, eps=1e-5) {
  param gain: [depth(it)] = 1, shift: [depth(it)] = 0
  state mean: [depth(it)] = 0, variance: [depth(it)] = 1
  m, v = if training then moments(it, over=[batch, space]) else (mean, variance)
  if training { mean = momentum * mean + (1 - momentum) * m; variance = momentum * variance + (1 - momentum) * v }
  gain * (it - m) / sqrt(v + eps) + shift
}
`,
  trainings: `model G(z: [100]) {
  dense 7*7*128; reshape 7x7x128; batchnorm; relu; upconv 4x4 64 s2 p1; batchnorm; relu; upconv 4x4 1 s2 p1; sigmoid
}
model D(x: [28, 28, 1]) {
  conv 4x4 64 s2 p1; leaky_relu 0.2; conv 4x4 128 s2 p1; batchnorm; leaky_relu 0.2; flatten; dense 1; sigmoid
}
train gan(k=1) on digits {
  repeat k {
    step D { z = normal([100]); maximize mean(log(D(image))) + mean(log(1 - D(G(z)))) }
  }
  step G { z = normal([100]); maximize mean(log(D(G(z)))) }
  optimizer adam lr=2e-4 beta1=0.5
  batch 64
  epochs 10
  show images(G(normal([100])), 8x8) every epoch
}
train kohonen(rate=0.5, radius=5) on colours {
  step {
    fade = 1 - progress
    update map.weight += rate * fade * mean(near(map(x), radius * fade) * (x - map.weight), over=batch)
  }
}
optimizer sgd(lr, momentum=0, nesterov=false, decay=0) {
  state v = 0
  g = grad + decay * param
  v = momentum * v + g
  param -= lr * (if nesterov then g + momentum * v else v)
}
optimizer nesterov(lr, rho=0.9) { state v = 0; v = rho * v - lr * grad(param + rho * v); param += v }
schedule cosine(t, total, low=0) = low + (1 - low) * 0.5 * (1 + cos(pi * t / total))
`,
};
