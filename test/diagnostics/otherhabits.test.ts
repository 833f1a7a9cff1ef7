// Proves that habits from other languages and libraries, and slips of a first day, get one answer that names what to write.

import { expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const body = (lines: string, input = "[2]"): string => `model net(x: ${input}) { ${lines} }`;
const DATA = "data d = blobs(classes=2)\n";
const training = (line: string): string =>
  `${body("dense 2")}\n${DATA}train net on d { loss cross_entropy(net(x), label); ${line} }`;

/** Programs, and a part of the one answer that each gets. */
const ANSWERED: readonly (readonly [program: string, part: string])[] = [
  // words before a name that is bound: the name is known below
  [body("let h = dense 4; h(it)"), "write `h = ...`"],
  [body("const h: number = 4; dense h"), "write `h = ...`"],
  [body("var h = 3; dense h"), "write `h = ...`"],
  [`const hidden = 8\n${body("dense hidden")}`, "write `hidden = ...`"],
  // headers
  [`net = model(x: [2]) { dense 2 }\n${DATA}train net on d { loss cross_entropy(net(x), label) }`, "model net(...) {"],
  [
    `model net = (x: [2]) => { dense 2 }\n${DATA}train net on d { loss cross_entropy(net(x), label) }`,
    "model net(...) {",
  ],
  ["training net on d { batch 3 }", "did you mean `train`?"],
  ["modell net(x: [2]) { dense 2 }", "did you mean `model`?"],
  ["network net(x: [2]) { dense 2 }", "did you mean `model`?"],
  ["layer part(n) { dense n }", "did you mean `block`?"],
  ["dataset d = digits()", "did you mean `data`?"],
  [
    `model net(self, x: [2]) { dense 2 }\n${DATA}train net on d { loss cross_entropy(net(x), label); metric accuracy(net(x), label) }`,
    "leave `self` out",
  ],
  // shapes
  [`${body("dense 2", "28*28")}\n${DATA}train net on d { loss cross_entropy(net(x), label) }`, "[28*28]"],
  [body("dense 2", "28x28"), "[28, 28]"],
  [body("dense 2", "784"), "[784]"],
  [body("flatten; dense 2", "[28 x 28 x 1]"), "write 28, 28, 1"],
  [body("flatten; dense 2", "[28x28x1]"), "28, 28, 1"],
  [body("conv 3 x 3 4", "[8, 8, 1]"), "write 3x3"],
  [body("conv 3 x 3 x 3 4", "[8, 8, 8, 1]"), "write 3x3x3"],
  [body("flatten; dense 2", "[none, 28, 28, 1]"), "the batch is no part of a shape"],
  // sizes that are not whole
  [body("dense 64.5"), "this is 64.5\nwrite 64 or 65;"],
  [body("dense 0.5"), "this is 0.5\nwrite 1;"],
  [body("reshape(it, [-1])", "[28, 28, 1]"), "write 784:"],
  [body("reshape(it, [-1, 28])", "[28, 28, 1]"), "write 28:"],
  [body("reshape(it, [-1, 784])", "[28, 28, 1]"), "leave out the -1"],
  [body("param w: [2, 3] = he; it * w"), "`it @ w`"],
  // words of other libraries, whose literal counterpart would not work
  [body("view(-1, 784)", "[28, 28, 1]"), "`flatten`"],
  [body("dense(8).relu(); dense 2"), "`dense(8); relu`"],
  [body("dense 2 init=he"), "`it @ w`"],
  [body("mean(x, axis=0)"), "the batch not counted"],
  [training("optimizer adam lr=1e-3 betas=[0.9, 0.999]"), "`beta1=0.9 beta2=0.999`"],
  [training("optimizer adam momentum=0.9"), "`beta1`"],
  [training("schedule StepLR 10"), "`step_decay`"],
  [training("schedule step_decay step_size=3"), "`every`"],
  [training("schedule step_decay gamma=0.5"), "`factor`"],
  [training("schedule cosine T_max=10"), "leave it out"],
  [training("schedule cosine foo=10"), "it has low"],
  [training("schedule exponential 0.9"), "`gamma=0.9`"],
  [training("schedule ReduceLROnPlateau patience=3"), "`schedule cosine`"],
  [training("validation_split 0.2"), "split=0.8"],
  [training("verbose 1"), "leave the line out"],
  [training("metric m = mean(d.x)"), "write `x`"],
  [`${body("dense 1")}\n${DATA}train net on d { loss bce_with_logits(net(x), label) }`, "`bce`"],
  [`${body("dense 2")}\n${DATA}train net on d { loss cross_entropy(net(x), target) }`, "`label`"],
  // what nothing was said of
  [body("if 2 { dense 3 } else { dense 2 }"), "this is the number 2"],
  [body("if 2 then x else -x"), "this is the number 2"],
  [body("if not depth(x) { dense 3 } else { dense 2 }"), "compared with"],
  [body("if depth(x) and training { dense 3 } else { dense 2 }"), "compared with"],
  [body('if "a" { dense 3 } else { dense 2 }'), "true or false"],
  [body("conv 64; flatten; dense 2", "[28, 28, 1]"), "`conv 3x3 64`"],
  [body("conv 64; flatten; dense 2", "[100, 4]"), "`conv 3 64`"],
  [`${body("dense 1")}\n${DATA}train net on d { loss mse(net(x), label) }`, "`bce`"],
  [`${body("dense 1")}\ndata d = blobs(classes=3)\ntrain net on d { loss mse(net(x), label) }`, "`cross_entropy`"],
  [`${body("dense 2")}\ndata unused = read_csv("t.csv")`, "csv("],
  [`${body("dense 2")}\ndata unused = digits(n=-3)`, "n is -3"],
  // lines
  [body("flatten -> dense 64 -> relu"), "flatten; dense 64; relu"],
  [body("flatten -> relu -> dense"), "flatten; relu; dense"],
  [body("dense 2; dropout 0,5"), "write 0.5"],
  [training("optimizer adam lr=0,001"), "write 0.001"],
  [body("lambda x: x*2"), "its value alone"],
  [body("x[..., 0]", "[2, 3]"), "x[:, :, 0]"],
  [body("if train { dropout 0.5 }; dense 2"), "`training`"],
  ["data d = csv(`t.csv`)", 'write "t.csv"'],
];

for (const [program, part] of ANSWERED)
  test(`\`${program.slice(0, 90).replaceAll("\n", " ")}\` is answered once, with \`${part}\``, async () => {
    const said = await checkOpened(openText("test.dnn", `${program}\n`));
    expect(said.map((d) => `${d.message}\n${d.hint}`).join("\n")).toContain(part);
    expect(said).toHaveLength(1);
  });

test("a window that is written as one, or covers all there is, is no slip for filters", async () => {
  for (const layer of ["conv 16x16", "conv 28", "conv 5", "conv 16 filters=2"]) {
    const program = body(`${layer}; relu; flatten; dense 2`, "[28, 28, 1]");
    expect(await checkOpened(openText("test.dnn", `${program}\n`)), layer).toEqual([]);
  }
});

test("`var` stays the function that it is, with its own parameters by name", async () => {
  expect(await checkOpened(openText("test.dnn", `${body("dense 2; var over=depth")}\n`))).toEqual([]);
});
