// Proves that padding takes part in nothing: every definition of the library and every function of the language that a sequence can
// be given to, and random programs of them, train alike on sequences of different length whatever stands past their ends, with
// more padding and with none; or they are refused by name.

import { expect, test } from "vitest";
import { builtins } from "../../compiler/check/builtins/all.ts";
import { Place } from "../cli/dnn.ts";
import { library } from "../support/engine.ts";
import { arrangements, difference, meanOf } from "../support/padded.ts";
import { randomLines } from "../support/randomsequences.ts";

const training = (model: string, loss = "mean(m(x)^2)"): string =>
  `model ${model}\ntrain m on d { loss ${loss}; batch BATCH; optimizer sgd lr=1 }`;
const onSteps = (lines: string, loss?: string): string => training(`m(x: [T, 4]) { ${lines} }`, loss);

interface Case {
  readonly program: string;
  /** Why it is compared with other padding only, and not with each row alone. */
  readonly together?: string;
  /** The code that it is refused with. */
  readonly refused?: string;
}

const of = (lines: string, rest: Partial<Case> = {}): Case => ({ program: onSteps(lines), ...rest });
const labelled = (loss: string): Case => ({ program: onSteps("dense 5", `${loss}(m(x), mark)`) });
const measured = (loss: string): Case => ({ program: onSteps("dense 4", `${loss}(m(x), answer)`) });
const cell = (name: string): Case => of(`y = ${name}(4)(it); concat(y, x); rnn 3; last; it * sum(y.h)`);

const DRAWS = { together: "draws differ from example to example" };
const BATCH = { together: "it looks across the batch" };

/** A training for each definition of the library and each function of the language that a sequence can be given to. */
const CASES: Readonly<Record<string, Case>> = {
  relu: of("dense 4; relu"),
  leaky_relu: of("dense 4; leaky_relu"),
  elu: of("dense 4; elu"),
  gelu: of("dense 4; gelu"),
  silu: of("dense 4; silu"),
  softmax: of("dense 4; transpose; softmax; it @ x"),
  log_softmax: of("dense 4; transpose; log_softmax; it[:, 0]"),
  maxout: of("each { maxout 3 }"),
  norm: of("dense 4; it / (1 + norm(it)) * norm(it, over=-1, keep=true) + norm(it, over=time)"),
  heads: of("h = heads(dense(4)(it), 2); h @ transpose(h) @ h"),
  attend: of("attend(dense(4)(it), dense(4)(it), dense(3)(it), causal=true)"),
  attention: of("attention 2; attention 2 causal"),
  cosine_similarity: of("param v: [4] = he; cosine_similarity(dense(4)(it), v) @ x"),
  noise: of("dense 4; noise", DRAWS),
  mask: of("dense 4; mask", DRAWS),
  logmel: of("dense 1; logmel rate=8 bands=2 size=2 hop=1 eps=0.5; dense 2"),
  lab: of("dense 3; sigmoid; lab"),
  lab_scale: of("dense 3; sigmoid; lab_scale"),
  dense: of("dense 3; dense 2"),
  conv: of(
    "conv 3 4 p1; tanh; conv 3 5 s2 floor; conv 2 4 d2 p1; conv 2 4 same; conv 3 4 d2 causal; conv 3 4 padding=[[0, 1]]",
  ),
  upconv: of("upconv 3 4 s2 p1; tanh; conv 3 2 p1"),
  maxpool: of("dense 4; maxpool 2 floor; maxpool 3 s1 p1; maxpool 2 ceil; maxpool 2 s1 same"),
  avgpool: of("dense 4; avgpool 2 floor; avgpool 3 s1 p1; avgpool 2 ceil; avgpool 2 s1 same"),
  flatten: of("dense 3; flatten; it * it"),
  embed: { program: training("m(letters: [T] of 5) { embed 4; mean(it, over=time) }", "mean(m(letters)^2)") },
  dropout: of("dense 4; dropout; transpose; dropout; it @ x", DRAWS),
  batchnorm: of("dense 4; batchnorm; tanh; batchnorm", BATCH),
  layernorm: of(
    "layernorm; dense 4; a, b = moments(transpose(it), over=-1, keep=true); (it - a[:, 0]) / sqrt(b[:, 0] + 0.1)",
  ),
  residual: of("residual { conv 3 p1; tanh }; residual { rnn 4 }"),
  last: of("dense 3; last"),
  bidirectional: of("bidirectional { gru 3 }; bidirectional { rnn 2 }"),
  lrn: of("dense 8; reshape(it, [T, 1, 8]); lrn"),
  upsample: of("dense 6; reshape(it, [T, 2, 3]); upsample"),
  cross_entropy: labelled("cross_entropy"),
  nll: labelled("nll"),
  multi_hinge: labelled("multi_hinge"),
  accuracy: {
    program: onSteps("dense 5", "cross_entropy(m(x), mark) + 0 * accuracy(m(x), mark) + accuracy(m(x), mark, top=2)"),
  },
  mse: measured("mse"),
  bce: measured("bce"),
  hinge: measured("hinge"),
  rnn: cell("rnn"),
  lstm: cell("lstm"),
  lstm_peephole: cell("lstm_peephole"),
  lstm_coupled: cell("lstm_coupled"),
  gru: cell("gru"),
  gru_after: cell("gru_after"),
  each: of("each { dense 3; tanh }"),

  exp: of("dense 4; exp"),
  log: of("dense 4; log(it^2 + 1)"),
  sqrt: of("dense 4; sqrt(it^2 + 1)"),
  abs: of("dense 4; abs"),
  sign: of("dense 4; it * sign(it)"),
  floor: of("dense 4; it * floor(it)"),
  sin: of("dense 4; sin"),
  cos: of("dense 4; cos"),
  tanh: of("dense 4; tanh"),
  sigmoid: of("dense 4; sigmoid"),
  softplus: of("dense 4; softplus"),
  erf: of("dense 4; erf"),
  max: of("dense 4; max(it, over=time) + max(it) + max(it, 0)"),
  min: of("dense 4; min(it, over=time) + min(it) + min(it, 1)"),
  grad: of("dense 4; tanh -> h; y = sum(h^3); g = grad(y, h); g * h + grad(sum(g * h), x)[0, 0]"),
  stop: of("dense 4; it * stop(sum(it))"),
  sum: of("dense 4; sum(it, over=time) + sum(it, over=[time, depth]) + sum(it * sum(it, over=depth, keep=true))"),
  mean: of("dense 4; it - mean(it, over=time, keep=true) * mean(it); mean(it^2, over=space)"),
  var: of("dense 4; var(it, over=time)"),
  places: of("dense 4; sum(it, over=time) / places(it, over=time) + 1 / places(it)"),
  moments: of("dense 4; a, b = moments(it, over=time, keep=true); (it - a) / sqrt(b + 0.1); it * it * it"),
  all: of("dense 4; it * all(it > -100)"),
  argmax: of("dense 4; it * onehot(argmax(transpose(it)), 40)[:, 0:4][0]"),
  argmin: of("dense 4; it * onehot(argmin(transpose(it)), 40)[:, 0:4][1]"),
  onehot: { program: training("m(letters: [T] of 5) { onehot; dense 3 }", "mean(m(letters)^2)") },
  depth: of("dense 4; transpose; it / depth(it)"),
  classes: {
    program: training("m(letters: [T] of 5) { onehot; dense 3; it / classes(letters) }", "mean(m(letters)^2)"),
  },
  shape: of("dense 4; y = sum(it, over=time) / shape(it)[0]; y / T + 1 / (T - 1) + 0.1 * T"),
  count: of("dense 4; it / count(shape(it))"),
  concat: of("concat(it, dense(2)(it)); rnn 3"),
  solve: of("h = tanh(dense(3)(it)); h * solve(transpose(h) @ h / 9 + eye(3), sum(h, over=time))"),
  cholesky: of("h = tanh(dense(3)(it)); h @ cholesky(transpose(h) @ h / 9 + eye(3))"),
  stack: of("h = dense(4)(it); stack(h, it, over=1); mean(it, over=0)"),
  sort: of("dense 4; sort(it) * it"),
  topk: of("dense 4; values, places = topk(it, 2); values * onehot(places)[:, 0, 0:2]"),
  split: of("a, b = split(dense(4)(it), 2); a * tanh(b)"),
  reshape: of("dense 4; reshape(it, [T, 2, 2]); sum(it, over=1); reshape(it, [2 * T]); it * it"),
  transpose: of("dense 4; transpose; softmax; it @ x; it - mean(it, over=0, keep=true)"),
  flat: of("flat(dense(3)(it)); sum(it^2)"),
  reverse: of("dense 4; param v: [3, 4] = he; y = reverse(it); y[0:3] * v + reverse(transpose(it), axis=1)[:, 1]"),
  roll: of("dense 4; param v: [3, 4] = he; roll(it, 2)[0:3] * v + roll(it, -1)[-1] * roll(it, 8)[1]"),
  index: of("dense 4; it * index(it, 0) + index(it, 1); sum(it) / sum(index(x, 0))"),
  put: of("dense 4; put(it, 2, x[1]); conv 3 p1"),
  convolve: of("param w: [3, 2, 4] = he; convolve(it, w, padding=1, groups=2); convolve(it, w, groups=2, dilation=2)"),
  deconvolve: of("param w: [3, 4, 2] = he; deconvolve(it, w, stride=2)"),
  windows: of("dense 4; windows(it, [3], stride=1, padding=1); sum(it, over=-1)"),
  normal: of("dense 4; it * normal(shape(it)); transpose; it * normal(shape(it))", DRAWS),
  uniform: of("dense 4; it * uniform(shape(it)); it + uniform([4])", DRAWS),
  bernoulli: of("dense 4; it * bernoulli(sigmoid(it)); transpose; it * bernoulli(sigmoid(it)); it @ x", DRAWS),
  zeros: of("dense 4; it + zeros(shape(it)) + sum(zeros(shape(x)) + 1)"),
  ones: of("dense 4; it * sum(ones(shape(it)), over=time) / mean(ones([T]))"),
  eye: of("dense 4; eye(T) @ it / sum(eye(T))"),
  outer: of("dense 4; outer(it[:, 0], it[0]); sum(it, over=0)"),
  where: of("dense 4; where(it > 0, it, x); where(it > 1, 2 * it, it)"),
  identity: of("dense 4; identity"),
  fresh: of("r = rnn 4; fresh(r)(r(it))"),
  moved: of("r = rnn 4; moved(r, grad(sum(r(it)[-1]^2), r), times=-0.1)(it)"),
  "x[-1]": of("dense 4; it[-1] + it[-2] * it[0]"),
  "x[1:-1]": of("y = dense(4)(it); mean(y[1:-1], over=time) + mean(y[-3:], over=time) * sum(y[-4:-1]) + sum(y[2:])"),
  "two parts": of("y = dense(4)(it); y[1:] - y[:-1]"),
  "x[2:4]": of("y = dense(4)(it); sum(y[2:4]) + mean(y[3:5]) * y[4]"),
  "a part of another value": of("param place: [40, 4] = he; it * sum(place[0:T]) + place[0:T]; last"),
  "a comparison": of("dense 4; where(T > 6, it, 2 * it); if index(it, 0) == T - 1 then it else 0"),
  "what overflows past the end": of("dense 4; it * exp(20 * (index(it, 0) - T + 1)); dense 2"),
  "a product over time": of("w = softmax(dense(1)(it)[:, 0]); w @ it"),
  "products of sequences": of("y = dense(3)(it); transpose(y) @ x + 0.1; it @ transpose(x) @ x"),
  "a start of a cell": of("gru 4 h=mean(x, over=time); gru 4 h=x[-1]"),
  "a decoder that attends": {
    program: `cell decode(memory) { state h: [4]; a = softmax(memory @ h) @ memory; h = tanh(dense(4)(it, a, h)); h }
cell looked(memory) { state seen: [shape(memory)[0]]; a = softmax(memory @ it - seen); seen = seen + a; a @ memory * mean(seen) }
${onSteps("memory = dense(4)(it); decode(memory)(x); looked(memory)(it)")}`,
  },
  "figures of a sequence in a cell": of("m = dense(4)(it); m; each { h = it; it * sum(m) + sum(softmax(m @ h)) }"),
  "a mean over batch and time": of("y = dense(4)(it); y - mean(y, over=[batch, time])", BATCH),
  "a mean over the batch at each step": of(
    "y = dense(4)(it); y * mean(y, over=batch) + max(y, over=batch) + mean(mean(y, over=batch))",
    BATCH,
  ),
  all_examples: of(
    "y = mean(dense(4)(it), over=time); it * (softmax(all_examples(y) @ y) @ all_examples(tanh(y)))",
    BATCH,
  ),
  example_index: of("y = mean(dense(4)(it), over=time); it * all_examples(y)[example_index()]", BATCH),
  "all examples of a sequence": of("sum(all_examples(dense(4)(it)), over=0)", { refused: "side by side" }),
  "loops over layers": of("repeat 2 { residual { conv 3 p1; tanh } }; for k in 1..3 { it + roll(x, k) }"),
  "a step by step loop": of("h = zeros([4]); for t in 0..T { h = tanh(h + it[t]) }; h", {
    refused: "lengths/not-fixed",
  }),
  "two sequences that meet": {
    program: training(
      "m(x: [T, 4], letters: [T] of 5) { e = embed(4)(letters); dense 4; it + e }",
      "mean(m(x, letters)^2)",
    ),
    refused: "lengths/differ",
  },
  "two sequences side by side": {
    program: training(
      "m(x: [S, 4], letters: [T] of 5) { e = embed(4)(letters); attend(dense(4)(it), e, e); mean(it, over=time) * last(e) }",
      "mean(m(x, letters)^2)",
    ),
  },
  "heads and time in one axis": of("h = heads(dense(4)(it), 2); reshape(h, [2 * T, 2])", {
    refused: "lengths/reshaped",
  }),
  "steps joined": of("y = dense(4)(it)[:, 0]; concat(y, y)", { refused: "lengths/moved" }),
  "steps cut in halves": of("y = dense(4)(it)[:, 0]; a, b = split(y, [2, 3]); sum(a) * b", {
    refused: "lengths/moved",
  }),
};

/** Functions that take no sequence, or none that could differ in length. */
const EXCEPT: Readonly<Record<string, string>> = {
  chosen: "a part of losses, which are here",
  classed: "asks whether a value is of classes",
  normalize: "prepares fields over all data",
  centre: "prepares fields over all data",
  inverse_root: "takes a square matrix",
  whiten: "prepares fields over all data",
  flip: "takes a picture",
  crop: "takes a picture",
  window_axes: "a number of axes",
  inside: "a list of axes",
  l2: "takes a model",
  rank: "a number of axes",
  sizes: "a list of sizes",
  length: "counts a list",
  given: "asks whether there is a value",
  weights: "takes a layer",
  tensor: "an array of a file",
};
const ARE_NOT_LAYERS = ["initialisers", "optimizers", "schedules"];

const definitions = library.all().flatMap((name) => {
  const value = library.get(name);
  if (value?.kind !== "definition") return [];
  const { file } = value.definition.name.span;
  return ARE_NOT_LAYERS.some((f) => file === `stdlib/${f}.dnn`) ? [] : [name];
});

test("every definition of the library and every function of the language is here, or has a reason", () => {
  const all = [...definitions, ...Object.keys(builtins)];
  expect(definitions.length).toBeGreaterThan(40);
  expect(all.filter((name) => !(name in CASES) && !(name in EXCEPT))).toEqual([]);
  expect(Object.keys(EXCEPT).filter((name) => name in CASES || !all.includes(name))).toEqual([]);
});

/** Where padding shows; undefined where it does not. */
async function shown(program: string, together = false): Promise<string | undefined> {
  const { tight, loose, alone } = await arrangements(program);
  const padding = difference(tight, loose);
  if (padding) return `with more padding: ${padding}`;
  const one = together ? undefined : difference(meanOf(alone), loose);
  return one && `alone: ${one}`;
}

test.each(Object.entries(CASES))("%s sees no padding", async (_, { program, together, refused }) => {
  if (refused) await expect(arrangements(program)).rejects.toThrow(refused);
  else expect(await shown(program, together !== undefined)).toBeUndefined();
});

const COUNT = Number(process.env.PADDING_PROGRAMS ?? 40);
const FIRST = Number(process.env.PADDING_SEED ?? 1);

test(`${COUNT} random programs over sequences see no padding`, { timeout: 600_000 + COUNT * 2000 }, async () => {
  const refused = new Map<string, number>();
  for (let seed = FIRST; seed < FIRST + COUNT; seed++) {
    const lines = randomLines(seed);
    try {
      expect(await shown(onSteps(lines)), `seed ${seed}: ${lines}`).toBeUndefined();
    } catch (error) {
      const code = /^(lengths\/[\w-]+):/.exec((error as Error).message)?.[1];
      if (code === undefined) throw new Error(`seed ${seed}: ${lines}`, { cause: error });
      refused.set(code, (refused.get(code) ?? 0) + 1);
    }
  }
  // Refusals are the exception; a program that nothing is said of is the rule.
  expect([...refused.values()].reduce((a, b) => a + b, 0)).toBeLessThan(COUNT / 4);
});

test("what a trained model says of names is the same when their padding is cut", { timeout: 60_000 }, async () => {
  const place = new Place();
  try {
    place.write(
      "names.dnn",
      `model m(name: [T] of V) {
  embed 8; residual { attention 2 }; conv 3 8 p1; relu; maxpool 2; roll(it, 1)
  h = heads(it, 2)
  concat(flat(mean(h, over=1)), it[-1])
  dense 18
}

data people = names(n=600)

train m on people {
  whole = m(name)
  short = m(name[0:10])
  fits = places(name) <= 10
  loss cross_entropy(whole, label)
  metric fitting = fits
  metric other = fits * (argmax(whole) != argmax(short))
  metric apart = fits * max(abs(whole - short))
  optimizer adam lr=1e-2
  epochs 2
}
`,
    );
    const { code, events, err } = await place.run("train", "names.dnn", "--json");
    expect([code, err]).toEqual([0, ""]);
    const metrics = events.at(-1)!.heldout as Record<string, number>;
    expect(metrics.fitting).toBeGreaterThan(0.5);
    expect(metrics.other).toBe(0);
    expect(metrics.apart).toBeLessThan(1e-5);
  } finally {
    place.remove();
  }
});
