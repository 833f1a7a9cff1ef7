// Proves that what people write on their first try is answered by its first message: a student, an engineer who knows JavaScript,
// a researcher who knows PyTorch. And that a name is never taken for one of another kind.

import { expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { library } from "../support/engine.ts";
import { openText } from "../support/opened.ts";

const DIGITS = "model net(image: [28, 28, 1]) { flatten; dense 64; relu; dense 10 }\ndata d = digits(n=200)\n";
const training = (line: string, loss = "cross_entropy(net(image), label)"): string =>
  `${DIGITS}train net on d {\n  loss ${loss}\n  ${line}\n}\n`;
const model = (lines: string, header = "net(image: [28, 28, 1])"): string => `model ${header} {\n  ${lines}\n}\n`;

type Try = readonly [program: string, code: string, part: string];

const STUDENT: readonly Try[] = [
  [model("dense 64, relu, dense 10"), "syntax/unexpected", "write a new line or `;` before `relu`"],
  [model("y = w * x + b", "net(x: [3])"), "names/unknown", "`param w: [3]`"],
  ["model net(28, 28) { dense 10 }\n", "syntax/expected-name", "(image: [28, 28, 1])"],
  [training("", "cross_entropy"), "types/not-a-tensor", "`loss cross_entropy(net(x), label)`"],
  [training("lr 0.1"), "names/unknown", "`optimizer sgd lr=0.1`"],
  [training("schedule cosin"), "names/unknown", "did you mean `cosine`?"],
  // In the call form, the name of an input stands for a value like any other.
  [
    "model net(x: [2], Colour: [2]) { concat(x, Colour); dense 2 }\ndata d = xor()\ntrain net on d { loss cross_entropy(net(x, Colour, x), label) }\n",
    "names/unknown",
    "names of values here: x: [2]",
  ],
  [model("flatten; dense 10; sotfmax"), "names/unknown", "did you mean `softmax`?"],
  [training("", "accuracy(net(image), label)"), "train/flat-loss", "report this as a `metric`"],
  ["data d = csv(iris.csv)\ntrain net on d { loss 1 }\n", "names/unknown", '"iris.csv"'],
  [model("flatten; dense; relu; dense 10"), "calls/missing-argument", "`dense(n, bias=...)`"],
];

const ENGINEER: readonly Try[] = [
  [`const hidden = 64\n${model("flatten; dense 3")}`, "syntax/foreign-declaration", "hidden = ..."],
  [`fn square = (x) => x * x\n${model("flatten; dense 3")}`, "syntax/foreign-operator", "`fn square(x) = x * x`"],
  [model("flatten; x = it > 0 ? 1 : 0"), "syntax/unknown-character", "if c then a else b"],
  [model("flatten; if depth(it) === 10 { relu }"), "syntax/foreign-operator", "`==`"],
  [model("for (let i = 0; i < 3; i++) { dense 10 }"), "syntax/expected-name", "for i in 0..3 { ... }"],
  [model("image.flatten().dense(10)"), "names/no-field", "`flatten` is a line of its own"],
  [`import { part } from "./parts.dnn"\n${model("flatten")}`, "syntax/unexpected", 'import part from "./parts.dnn"'],
  [model("flatten\n  console.log(it)"), "names/unknown", "`show ...`"],
  ["data d = csv(`iris.csv`)\n", "syntax/single-quotes", '"iris.csv"'],
  [model("flatten; return dense(10)"), "names/unknown", "the last line of a body is its value"],
];

const RESEARCHER: readonly Try[] = [
  [model("x = image.view(784)\n  dense 10"), "names/no-field", "`flat(x)`"],
  [model("flatten; dense 10\n  F.relu(it)"), "names/unknown", "`relu`"],
  [training("optimizer adam lr=1e-3 betas=[0.9, 0.999]"), "calls/unknown-parameter", "`beta1=0.9 beta2=0.999`"],
  [training("optimizer adamw lr=1e-3 weight_decay=0.01"), "calls/unknown-parameter", "`decay`"],
  [model("flatten; dense 10 -> a\n  it += a"), "syntax/unexpected", "it = it + ..."],
  [model("x = mean(image, dim=0)\n  dense 10"), "calls/unknown-parameter", "`over`"],
  [training("", "cross_entropy(net(image), label, label_smoothing=0.1)"), "calls/unknown-parameter", "log_softmax(y)"],
  ["model net(x: [4]) = Sequential(dense(10), relu())\n", "syntax/unexpected", "model net(...) { ... }"],
  [training("schedule CosineAnnealingLR T_max=10"), "names/unknown", "`cosine`"],
  [training("net.dense1.requires_grad = false"), "syntax/unexpected", "a parameter is changed in a train's step"],
];

for (const [who, tries] of Object.entries({ student: STUDENT, engineer: ENGINEER, researcher: RESEARCHER }))
  for (const [program, code, part] of tries)
    test(`${who}: ${program.trim().split("\n").slice(-3).join(" ").slice(0, 90)}`, async () => {
      const [first] = await checkOpened(openText("test.dnn", program));
      expect(first?.code).toBe(code);
      expect(`${first?.message}\n${first?.hint}`).toContain(part);
    });

const kindsOf = (...kinds: readonly string[]): readonly string[] =>
  library.all().filter((name) => {
    const value = library.get(name);
    return value?.kind === "definition" && kinds.includes(value.definition.kind) && name.length > 3;
  });

test("a model's misspelt line is never taken for an optimizer or schedule, nor these for anything else", async () => {
  const rules = kindsOf("optimizer", "schedule");
  const layers = kindsOf("block-definition", "cell", "fn");
  expect([rules.length > 8, layers.length > 20]).toEqual([true, true]);
  const proposed = async (program: string): Promise<string | undefined> => {
    const said = await checkOpened(openText("test.dnn", program));
    return /did you mean `(\w+)`/.exec(said[0]?.hint ?? "")?.[1];
  };
  for (const name of rules) expect(rules).not.toContain(await proposed(model(`flatten; ${name.slice(0, -1)}z`)));
  for (const name of layers)
    for (const line of ["optimizer", "schedule"]) {
      const found = await proposed(training(`${line} ${name.slice(0, -1)}z`));
      if (found !== undefined) expect(kindsOf(line)).toContain(found);
    }
});
