// Programs of a few hundred characters that would keep a checker busy for hours, if it let them.

export const DATA = "data d = xor()\n";
export const model = (body: string, input = "[2]"): string => `model m(x: ${input}) {\n  ${body}\n}\n`;
export const training = (body: string): string =>
  `${model("dense 2")}${DATA}train t on d {\n  ${body}\n  loss cross_entropy(m(x), label)\n}\n`;
export const named = (definition: string, use: string): string =>
  `${definition}\n${model("dense 2")}${DATA}train t on d {\n  loss cross_entropy(m(x), label)\n  ${use}\n}\n`;

/** Programs, and what stands at the place of the one mistake. */
export const GREEDY: Readonly<Record<string, readonly [program: string, place: string]>> = {
  "a loop of a training": [training("repeat 1e5 { y = 1 }"), "repeat 1e5"],
  "a loop of a training that is too long to begin": [training("repeat 1e9 { y = 1 }"), "1e9"],
  "loops in loops of a training": [training("for i in 0..100000 { for j in 0..100000 { y = i } }"), "for i"],
  "losses in a loop": [training("repeat 60000 { loss mse(m(x), x) }"), "repeat"],
  "steps in a loop": [training("repeat 60000 { step { loss mse(m(x), x) } }"), "repeat"],
  "a model in a loop of a training": [training("y = x; repeat 50000 { y = m(y) }"), "repeat"],
  "a value that grows in a training": [training("y = x; repeat 50000 { y = y * 1.5 + x }"), "repeat"],
  "layers in a loop": [model("repeat 65536 { dense 2 }"), "repeat"],
  "layers of the library in a loop": [model("repeat 30000 { lstm 2 }", "[T, 2]"), "repeat"],
  "loops in loops": [model("for i in 0..100000 { for j in 0..100000 { param w: [2] = 0; it + w * i * j } }"), "for i"],
  "branches in a loop": [model("concat { for i in 0..90000 { branch { dense 2 } } }"), "for i"],
  "ranges in a loop": [model("repeat 10000 { l = 0..100000; dense 2 }"), "repeat"],
  "lists of lists": [model("l = [x, x]; repeat 60 { l = [l, l] }; concat(l)"), "repeat"],
  "parts in a loop": [model("repeat 1000 { l = split(x, 50000); param w: [2] = 0 }", "[50000]"), "repeat"],
  "a loop in a cell": [
    `cell c() { state h: [2] = 0; repeat 60000 { lstm 2 }; h = it }\n${model("c", "[T, 2]")}`,
    "repeat",
  ],
  "a loop in a start": [
    `fn i(shape) { y = normal(shape); repeat 90000 { y = y * normal(shape) }; y }\n${model("param w: [2] = i; x * w")}`,
    "repeat",
  ],
  "calls that double": [`fn f(x, n) = if n == 0 then x else f(x, n - 1) + f(x * 2, n - 1)\n${model("f(x, 60)")}`, ""],
  "a size that grows": [model("s = shape(x)[0]; repeat 15 { s = s * s }; x * s", "[a]"), "s = s * s"],
  "a sum of sizes that grows": [
    model("s = shape(x)[0] + 1; repeat 15 { s = s * (shape(x)[1] + s) }; x * s", "[a, b]"),
    "s =",
  ],
  "layers in loops in loops": [model("repeat 90 { repeat 90 { repeat 90 { dense 2 } } }"), "repeat 90"],
  "layers in calls that double": [
    `block b(n) { if n > 0 { b (n - 1); b (n - 1) } else { dense 2 } }\n${model("b 40")}`,
    "",
  ],
  "derivatives of derivatives": [model("y = sum(tanh(x)); for i in 0..40 { y = sum(grad(y, x)^2) }; x * y"), "for i"],
  "derivatives that are added to what is derived": [
    model("y = sum(tanh(x)); repeat 30 { y = y + sum(grad(y, x)) }; x * y"),
    "repeat 30",
  ],
  "derivatives of all layers by the input": [
    model("for i in 0..30 { it - grad(sum(dense(2)(it)^3), x) }; dense 2"),
    "for i",
  ],
  "derivatives through batch norm by the input": [
    model("for i in 0..30 { batchnorm; it - grad(sum(it^3), x) }; dense 2"),
    "for i",
  ],
  "derivatives in calls that call": [
    `fn f(y, x, n) = if n == 0 then y else sum(grad(f(y, x, n - 1), x)^3)\n${model("x * f(sum(exp(x)), x, 30)")}`,
    "grad",
  ],
  "derivatives by weights in a training": [
    training("y = mean(m(x)^2); repeat 30 { y = y + mean(grad(mean(y, over=batch), m)[0]^2) }; loss mean(y)"),
    "repeat 30",
  ],
  "derivatives through a recurrent layer": [
    model("y = sum(lstm(2)(x)); repeat 30 { y = sum(grad(y, x)^2) }; dense 2", "[9, 2]"),
    "repeat 30",
  ],
  "derivatives through attention": [
    model("y = sum(attention(1)(x)); repeat 30 { y = sum(grad(y, x)^2) }; dense 2", "[9, 2]"),
    "repeat 30",
  ],
  "derivatives through a system of equations": [
    model("y = sum(solve(x + 3 * eye(2), ones([2]))); repeat 30 { y = sum(grad(y, x)^2) }; dense 2", "[2, 2]"),
    "repeat 30",
  ],
  "derivatives in the steps of a cell": [
    `cell c() { state h: [2] = 0; y = sum(tanh(it + h)); for i in 0..12 { y = sum(grad(y, it)^2) }; h = h + y }\n${model("c; last", "[9, 2]")}`,
    "for i",
  ],
  "copies of every epoch": [training("epochs 1000000000; keep every 1"), "keep every 1"],
  "restarts of as many epochs": [
    training("epochs 100000000; schedule cosine(); keep every restart"),
    "keep every restart",
  ],
};
