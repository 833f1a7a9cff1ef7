// A call of everything that the language and its library give to a program, on a value `z` whose size can be chosen: what the op
// matrix puts into every context. Names that are missing here stand in EXCEPT with the reason.

export interface SampleCall {
  readonly name: string;
  /** The shape of z for a size. */
  readonly shape: (n: number) => readonly number[];
  /** An expression, or lines that end with one, over z. */
  readonly text: (n: number) => string;
  /** Within a cell it would mean a step of its own. */
  readonly isCell?: true;
}

const vector = (n: number): number[] => [n];
const rows = (n: number): number[] => [n, 3];
const square = (n: number): number[] => [Math.min(n, 17), Math.min(n, 17)];
const picture = (n: number): number[] => [Math.min(n, 17) + 2, 5, 2];
const volume = (n: number): number[] => [Math.min(n, 5) + 2, 4, 3, 2];

const call = (name: string, shape: SampleCall["shape"], text: string | ((n: number) => string)): SampleCall => ({
  name,
  shape,
  text: typeof text === "string" ? () => text : text,
});
const cell = (name: string, text: string): SampleCall => ({ ...call(name, rows, text), isCell: true });

export const CALLS: readonly SampleCall[] = [
  // Of each number.
  ...["exp", "sin", "cos", "tanh", "sigmoid", "softplus", "erf", "abs", "sign", "floor"].map((f) =>
    call(f, vector, `${f}(z)`),
  ),
  ...["relu", "leaky_relu", "elu", "gelu", "silu", "softmax", "log_softmax"].map((f) => call(f, rows, `${f}(z)`)),
  call("log", vector, "log(z^2 + 0.2)"),
  call("sqrt", vector, "sqrt(z^2 + 0.2)"),
  call("+", rows, "z + z[0]"),
  call("-", rows, "z[:, 0] - z[:, 2]"),
  call("*", rows, "z * z[:, 0:1]"),
  call("/", rows, "z / (1 + z[0]^2)"),
  call("^", rows, "z^2 - z^3 / 2 + (z^2 + 1)^0.7"),
  call("comparisons", rows, "(z > z[0]) * z + (z <= 0.1) + (z == z) + (z != 0) * z"),
  call("where", rows, "where(z > 0, z * 2, z[0])"),
  call("if", rows, "if z > 0 then sqrt(z^2 + 0.1) else z^3"),
  call("identity", vector, "identity(z) * z"),
  // Sums, means, extremes.
  ...["sum", "mean", "var", "max", "min"].flatMap((f) => [
    call(f, rows, `${f}(z)`),
    call(f, picture, `concat(flat(${f}(z, over=0)), flat(${f}(z, over=space)), flat(${f}(z, over=[0, 2], keep=true)))`),
  ]),
  call("moments", rows, "m, v = moments(z, over=0); concat(m, v)"),
  call("softmax", rows, "softmax(z, over=0) * log_softmax(z, over=0)"),
  call("argmax", rows, "onehot(argmax(z, over=0)) @ z"),
  call("concat", rows, "concat(z, z * z, over=0)"),
  call("stack", rows, "stack(z, z * z, over=1) * stack(z[0], z[0])"),
  call("sort", rows, "sort(z) * z + sort(z, over=0, descending=true)"),
  call("topk", rows, "values, places = topk(z, 2); values * z[:, 0:2] + sum(onehot(places) * sin(z)[0])"),
  call("conv", picture, "conv(3x2, 2, stride=2, same=true)(z)"),
  call("conv", rows, "conv(2, 2, dilation=2, causal=true)(z)"),
  call("maxpool", picture, "maxpool(3x2, stride=2, same=true)(z)"),
  call("avgpool", picture, "avgpool(3x2, stride=2, same=true)(z)"),
  call("solve", square, "solve(z / 4 + 2 * eye(shape(z)[0]), z[0] + z)"),
  call("cholesky", square, "cholesky(z @ transpose(z) / 8 + eye(shape(z)[0]))"),
  call("norm", rows, "z / norm(z) + norm(z, over=0) * norm(z, over=-1, keep=true)"),
  call("grad", rows, "grad(sum(sin(z) * z^2), z)"),
  call("grad", rows, "v = tanh(z); y = sum(v^3); grad(sum(grad(y, v) * v[0]), z)"),
  call("all", rows, "all(z > -10) * z"),
  call("argmax", rows, "onehot(argmax(z), 3) * z"),
  call("argmin", rows, "onehot(argmin(z), 3) * z"),
  call("over=batch", rows, "z - mean(z, over=batch) + max(z, over=batch) * sum(z, over=batch)"),
  // Other examples of the batch.
  call(
    "all_examples",
    rows,
    "others = all_examples(sin(z)); sum(others * z, over=0) + z * max(others, over=0) * others[argmax(mean(others, over=[1, 2]))]",
  ),
  call("all_examples", rows, "v = flat(z); softmax(all_examples(v) @ v) @ all_examples(v * v) * sum(v)"),
  call("all_examples", rows, "z * sum(where(z > 0, sqrt(max(all_examples(z), 0) + 0.1), 0), over=0)"),
  call("all_examples", rows, "z * sort(all_examples(z), over=0)[argmax(all_examples(z[0, 0]))]"),
  call(
    "example_index",
    rows,
    "all_examples(z * z)[example_index()] * z + sum(onehot(example_index()) * all_examples(z[0, 0]))",
  ),
  // Shapes.
  call("reshape", rows, (n) => `reshape(z * z, [3, ${n}])`),
  call("flat", rows, "flat(z) * sum(z)"),
  call("transpose", rows, "transpose(z) * z[:, 0]"),
  call("transpose", picture, "transpose(z, [2, 0, 1])"),
  call("concat", rows, "concat(z, z * z, z[:, 0:1])"),
  call("split", rows, "a, b = split(z, [1, 2]); a * b"),
  call("reverse", rows, "reverse(z) * z + reverse(z, 1)"),
  call("roll", rows, "roll(z, 1) * z"),
  call("slice", rows, (n) => `z[${Math.floor(n / 2)}:, 1:] * z[0, 0:2]`),
  call("index", rows, "index(z, 0) * z + index(z, 1)"),
  call("onehot", rows, "onehot(argmax(z), 3) @ transpose(z)"),
  call("put", rows, "put(z, [0], z[0] * z[0]) + put(z, [0, 1], sum(z))"),
  call(
    "a row by class",
    rows,
    (n) => `t = reshape(index(zeros([${n} * 3]), 0), [${n}, 3]); sin(t)[argmax(z[:, 0])] * z[0]`,
  ),
  call("sizes", rows, "z * count(sizes(2, 3))"),
  // Products and windows.
  call("@", square, "z @ z"),
  call("@", rows, "z @ transpose(z)"),
  call("@", rows, "z[:, 0] @ z"),
  call("outer", vector, "outer(z, z)"),
  call("convolve", picture, (n) => {
    const height = Math.min(n, 17) + 2;
    return `w = reshape(z[0:3, 0:2, :], [3, 2, 2, 1]); convolve(z, concat(w, w * w), stride=2, padding=1, floor=true) + 0 * ${height}`;
  }),
  call("convolve", rows, "convolve(z, reshape(concat(z[0], z[0] * 2), [1, 3, 2]), stride=3, floor=true)"),
  call("convolve", picture, "w = reshape(z[0:2, 0:2, :], [2, 2, 2, 1]); convolve(z, w, dilation=2)"),
  call("convolve", picture, "w = reshape(z[0:3, 0:2, 0], [3, 2, 1, 1]); convolve(z, concat(w, 2 * w), groups=2)"),
  call("deconvolve", picture, "deconvolve(z, reshape(z[0:2, 0:2, :], [2, 2, 2, 1]), stride=2, padding=1)"),
  call("windows", picture, "mean(windows(z, 3x2, stride=2x1, padding=1x0, floor=true), over=[-1, -2]) * 2"),
  // Filled tensors and draws.
  ...["zeros", "ones"].map((f) => call(f, rows, `(${f}([3]) + 1) * z`)),
  call("eye", square, "eye(shape(z)[0]) * z"),
  call("stop", rows, "z * z[0] + 0 * stop(z)"),
  // Layers.
  call("dense", rows, "dense(2)(z)"),
  call("conv", picture, "conv(3x3, 2, stride=2, padding=1, floor=true)(z)"),
  call("conv", volume, "conv([2, 2, 2], 2)(z)"),
  call("upconv", picture, "upconv(2x2, 2, stride=2)(z)"),
  call("maxpool", picture, "maxpool(3x3, stride=2, padding=1, floor=true)(z)"),
  call("maxpool", volume, "maxpool([2, 2, 2], stride=1)(z)"),
  call("avgpool", picture, "avgpool(2x2, stride=1)(z)"),
  call("avgpool", picture, "avgpool(global=true)(z)"),
  call("flatten", picture, "({ flatten })(z)"),
  call("embed", rows, "embed(2)(argmax(z)) * z[:, 0:1]"),
  call("batchnorm", rows, "batchnorm()(z * z)"),
  call("layernorm", rows, "layernorm()(z * 2)"),
  call("residual", rows, "residual(body={ dense 3; tanh })(z)"),
  call("maxout", rows, "maxout(2, 3)(z)"),
  call("lrn", picture, "lrn(z, 3)"),
  call("upsample", picture, "upsample(z, 2)"),
  call("last", rows, "last(z) * z[0]"),
  call("heads", rows, "heads(z, 3)"),
  call("attend", rows, "attend(z, z * 2, z * z)"),
  call("attention", rows, "attention(1, causal=true)(z)"),
  call("cosine_similarity", rows, "cosine_similarity(z, z[0] + 1)"),
  call("inverse_root", square, "inverse_root(z @ transpose(z) / 10 + eye(shape(z)[0]), steps=6)"),
  call("logmel", rows, "logmel(concat(z[:, 0:1], z[:, 1:2], over=0), rate=8, bands=2, size=2, hop=1, eps=0.5)"),
  call("lab_scale", vector, "lab_scale(z^2 + 0.1)"),
  call("lab", picture, "lab(concat(z, z[:, :, 0:1])^2 + 0.1)"),
  // Losses and metrics.
  call("cross_entropy", rows, "cross_entropy(z, argmax(reverse(z, 1)))"),
  call("nll", rows, "nll(log_softmax(z), argmax(reverse(z, 1)))"),
  call("chosen", rows, "chosen(z, argmax(reverse(z, 1)))"),
  call("mse", rows, "mse(z, z * z)"),
  call("bce", rows, "bce(z, z > 0.1)"),
  call("hinge", vector, "hinge(z, sign(reverse(z)))"),
  call("multi_hinge", rows, "multi_hinge(z, argmax(reverse(z, 1)))"),
  call("accuracy", rows, "accuracy(z, argmax(reverse(z, 1))) * sum(z)"),
  // Cells.
  ...["rnn", "lstm", "lstm_peephole", "lstm_coupled", "gru", "gru_after"].map((f) => cell(f, `${f}(2)(z)`)),
  cell("each", "each({ it * z[0] + sum(it) })(z)"),
  cell("bidirectional", "bidirectional({ rnn 2 })(z)"),
];

/** Functions that are no computation on a value, or are compared with something else. */
export const EXCEPT: Readonly<Record<string, string>> = {
  tensor: "an array of a file, proven in its own test",
  shape: "a size",
  rank: "a size",
  depth: "a size",
  classes: "a size",
  length: "a size",
  count: "a size, in `sizes`",
  given: "known when the program is compiled",
  fresh: "makes a layer",
  weights: "lists a layer's weights",
  moved: "moves a layer's parameters: `moved.test.ts`",
  normal: "a draw",
  uniform: "a draw",
  bernoulli: "a draw",
  dropout: "a draw in training",
  noise: "a draw in training",
  mask: "a draw in training",
  flip: "a draw in training",
  crop: "a draw in training",
  pi: "a number",
  infinity: "a number",
  normalize: "statistics of the data",
  centre: "statistics of the data",
  whiten: "statistics of the data",
  fan_in: "sizes of an initialiser",
  he: "an initialiser",
  xavier: "an initialiser",
  orthogonal: "an initialiser",
  spectral: "an initialiser",
  sparse: "an initialiser",
  window_axes: "a size",
  places: "a size",
  classed: "makes classes of numbers",
  inside: "axes",
  l2: "a sum over a layer's weights",
  warmed: "a number of an optimizer",
  sgdr_start: "a number of a schedule",
  whole_near: "a number of a schedule",
};
