// Proves that a sequence model which is given what it is to foretell is told so, by whatever way a step comes to see it, and that models
// which read a sequence otherwise on purpose are not: decoders, taggers, autoencoders, those that fill in or read backwards.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const said = (program: string): Promise<readonly Diagnostic[]> => checkOpened(openText("test.dnn", program));

const of = (source: string, layers: string, lines: string): string =>
  `model m(s: [T] of V) { embed 8; ${layers}; dense V }\ndata d = ${source}\ntrain m on d { ${lines} }\n`;
const names = (layers: string, lines: string): string => of("names(n=50)", layers, lines);
const prose = (layers: string, lines = "loss cross_entropy(m(text), next)"): string =>
  of("prose(n=20, seq=16)", layers, lines);
const waves = (layers: string, loss: string): string =>
  `model m(x: [T, D]) { ${layers}; dense 1 }\ndata d = sequences(n=50)\ntrain m on d { loss ${loss} }\n`;
const EARLY = "from = name[0:-1]; to = name[1:]; loss cross_entropy(m(from), to)";
const ATTEND = "q, k, v = split(dense(24)(it), 3); s = q @ transpose(k) / 3";

test.each([
  // The target is what the model is given.
  [names("lstm 8", "loss cross_entropy(m(name), name)"), "`name[0:-1]`"],
  [names("lstm 8", "from = name[0:-1]; loss cross_entropy(m(from), from)"), "`name[1:]`"],
  [names("lstm 8", "from = name[1:]; loss cross_entropy(m(from), from)"), "`name[0:-1]`"],
  [names("lstm 8", "y = m(name); loss cross_entropy(y[1:], name[1:])"), "`y[0:-1]`"],
  [prose("gru 8", "loss cross_entropy(m(text[1:]), next[:-1])"), "only to copy"],
  // It is shifted the wrong way.
  [names("lstm 8", "from = name[1:]; to = name[0:-1]; loss cross_entropy(m(from), to)"), "a later part of 'name'"],
  [names("attention 4 causal", "loss cross_entropy(m(name[2:]), name[0:-2])"), "a later part of 'name'"],
  [prose("lstm 8", "loss cross_entropy(m(next), text)"), "compare its answers with `next`"],
  [waves("lstm 8", "mse(m(next), x)"), "a later part of 'x'"],
  [waves("lstm 8", "mse(m(x[1:]), x[:-1])"), "`x[0:-1]`"],
  // A layer sees later steps.
  [names("bidirectional { lstm 8 }", EARLY), "`bidirectional`"],
  [names("attention 4", EARLY), "write `causal`"],
  [names("attention 4", "y = m(name); loss cross_entropy(y[0:-1], name[1:])"), "write `causal`"],
  [waves("conv 3 8 p1; relu", "mse(m(x[:-1]), x[1:])"), "write `causal`"],
  // So does what a program has written itself.
  [prose(`${ATTEND}; softmax(s) @ v`), "`softmax(s, where="],
  [prose("reverse(it, axis=0); lstm 8; reverse(it, axis=0)"), "see later ones"],
  [prose("concat(it[1:], zeros([1, 8]), over=0); lstm 8"), "see later ones"],
])("%j is told", async (program, part) => {
  const found = (await said(program)).filter((d) => d.code === "train/sees-target");
  expect(found.map((d) => `${d.message}; ${d.hint}`)).toEqual([expect.stringContaining(part)]);
});

test.each([
  names("lstm 8", EARLY),
  names("attention 4 causal", EARLY),
  names("conv 2 8 causal; relu; conv 2 8 causal dilation=2; relu", EARLY),
  names("lstm 8", "loss cross_entropy(m(name[0:-3]), name[3:])"),
  names("lstm 8", "y = m(name); loss cross_entropy(y[0:-1], name[1:])"),
  waves("lstm 8", "mse(m(x[:-1]), x[1:])"),
  waves("lstm 8", "mse(m(x)[:-4], x[4:])"),
  // Masks of one's own: by a choice, by a sum, by a product.
  prose(`${ATTEND}; softmax(s, where=index(s, -1) <= index(s, -2)) @ v`),
  prose(`${ATTEND}; softmax(if index(s, -1) <= index(s, -2) then s else -1e9) @ v`),
  prose(`${ATTEND}; softmax(s - 1e9 * (index(s, -1) > index(s, -2))) @ v`),
  prose(`${ATTEND}; a = exp(s) * (index(s, -1) <= index(s, -2)); (a / sum(a, over=-1, keep=true)) @ v`),
  prose("x = it; ((index(zeros([16, 16]), 1) <= index(zeros([16, 16]), 0)) / 16) @ x"),
  // The sequence moved by one within the model.
  prose("concat(zeros([1, 8]), it[0:-1], over=0); lstm 8", "loss cross_entropy(m(text), text)"),
  // Backwards on purpose: each step sees what follows it, and foretells what stands before.
  "model m(s: [16, 8]) { reverse(it, axis=0); lstm 8; reverse(it, axis=0) }\ndata d = prose(n=20, seq=16)\nmodel e(s: [T] of V) { embed 8 }\nmodel o(h: [T, 8]) { dense 36 }\ntrain m on d { loss cross_entropy(o(m(e(next))), text) }",
  // Each step from those around it, without itself.
  names("lstm 8; last", "loss cross_entropy(m(name), label)").replace("dense V", "dense 18"),
  "model m(a: [T] of V, b: [T] of V) { concat(lstm(8)(embed(8)(a)), embed(8)(b)); dense V }\ndata d = prose(n=20, seq=16)\ntrain m on d { loss cross_entropy(m(text[:-2], text[2:]), text[1:-1]) }",
  // A decoder that is given the sequence by way of one code, and its own steps so far.
  "model m(s: [T] of V, before: [U] of V) { code = last(lstm(8)(embed(8)(s))); h = lstm(8)(embed(8)(before)); h + code; dense V }\ndata d = names(n=50)\ntrain m on d { loss cross_entropy(m(name, name[0:-1]), name[1:]) }",
  // Autoencoders, a smaller sequence in the middle of a larger one, a part that is hidden.
  waves("conv 3 4 p1; relu", "mse(m(x), x)"),
  waves("conv 3 4; relu", "mse(m(x), x[1:-1])"),
  waves("bidirectional { lstm 8 }", "mse(m(x * bernoulli(0.8 * ones(shape(x)))), x)"),
  "model m(s: [T, 36]) { attention 4; dense 36 }\ndata d = prose(n=20, seq=16)\ntrain m on d { seen = bernoulli(0.8 * ones([16, 1])); loss cross_entropy(m(if seen then onehot(text) else 0), text) }",
])("of %j nothing is said", async (program) => {
  expect((await said(program)).map((d) => `${d.code}: ${d.message}`)).toEqual([]);
});
