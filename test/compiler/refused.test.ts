// Proves where arguments, places, lines of a training and sizes that make no sense are refused: at their own text in the program.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";

/** The code and the text of the first error. */
function refusedIn(text: string, fields: Parameters<typeof checkText>[1] = []): string {
  const found = checkText(text, fields).find((d) => d.severity === "error");
  return found ? `${found.code} ${text.slice(found.span!.start, found.span!.end)}` : "nothing";
}

const inModel = (body: string): string => refusedIn(`model m(x: [12, 12, 4]) { ${body} }`);
const inTraining = (line: string): string =>
  refusedIn(`model m(x: [4]) { dense 4 }\ntrain m on d { loss mse(m(x), x); ${line} }`, [{ name: "x", shape: [4] }]);

test.each([
  ["conv 4x4 4 padding=1.5", "calls/out-of-range 1.5"],
  ["conv 3x3 4 dilation=0", "calls/out-of-range 0"],
  ["upconv 2x2 4 s0", "calls/out-of-range s0"],
  ["convolve(it, ones([2, 2, 4, 1]), padding=-1)", "calls/out-of-range -1"],
  ["roll(it, 1.5)", "calls/out-of-range 1.5"],
  ["transpose(it, [0, 0, 1])", "shapes/no-such-axis [0, 0, 1]"],
  ["index(it, 1e9)", "shapes/no-such-axis 1e9"],
  ["put(it, 12, 0)", "shapes/index-range 12"],
  ["onehot(x, 2.5)", "shapes/bad-size 2.5"],
  ["exp(x, 2)", "calls/too-many-arguments 2"],
  ["exp(x, base=2)", "calls/unknown-parameter base"],
  ["dropout 0/0", "calls/out-of-range 0/0"],
  ["k = 1; conv 3x3 4 stride=k/2", "calls/out-of-range k/2"],
  ["upsample 0", "calls/out-of-range 0"],
])("`%s` is refused at its argument", (body, refused) => {
  expect(inModel(body)).toBe(refused);
});

test.each([
  ["x[0.5]", "shapes/index-range 0.5"],
  ["x[0:2.5]", "shapes/index-range 2.5"],
  ["x[0/0]", "shapes/index-range 0/0"],
  ["x[2:2]", "shapes/index-range 2:2"],
  ["x[0:13]", "shapes/index-range 0:13"],
  ["shape(x)[0.5]", "shapes/index-range 0.5"],
])("`%s` is no place of a tensor", (body, refused) => {
  expect(inModel(body)).toBe(refused);
});

test.each([
  ["maxpool 2x2 s2 p2", "shapes/padding-only p2"],
  ["avgpool 3x3 s2 p2 ceil", "shapes/padding-only p2"],
  ["max(windows(it, 2x2, padding=3, dilation=3, stride=1, fill=-infinity), over=[-1, -2])", "shapes/padding-only 3"],
  ["max(windows(it[0:1, 0:1], 2x2, padding=3, dilation=5, stride=1, covered=true), over=-1)", "shapes/padding-only 3"],
  ["maxpool 2x2 s2 p1", "nothing"],
  ["windows(it, 2x2, padding=5)", "nothing"],
])("`%s`: a pool's window covers something of its input", (body, refused) => {
  expect(inModel(body)).toBe(refused);
});

test.each([
  ["batch 8 9", "calls/too-many-arguments 9"],
  ["patience a=3", "calls/unknown-parameter a"],
  ["patience 3 of acuracy", "train/bad-figure acuracy"],
  ["patience 3 loss", "train/bad-figure patience 3 loss"],
  ["patience of loss", "train/bad-figure patience of loss"],
  ["best 3", "train/bad-figure best 3"],
  ["best highest loss", "train/bad-figure loss"],
  ["carry 3", "calls/too-many-arguments 3"],
  ["clip ones(3)", "train/bad-setting ones(3)"],
  ["ema true", "train/bad-setting true"],
  ["epochs 1e12", "train/bad-setting 1e12"],
  ["schedule 0/0", "train/bad-setting 0/0"],
  ["optimizer sgd lr=[1e-3, 1e-2]", "types/not-a-number [1e-3, 1e-2]"],
  ["optimizer sgd lr=ones(3)", "train/bad-setting ones(3)"],
  ["optimizer sgd lr=0.1 momentum=mean(x, over=[0, batch])", "types/not-decided mean(x, over=[0, batch])"],
  ["optimizer sgd lr=sum(x)", "train/bad-setting sum(x)"],
  ["clip sum(x)", "train/bad-setting sum(x)"],
  ["ema 0.9 + 0 * sum(x)", "train/bad-setting 0.9 + 0 * sum(x)"],
  ["show images(ones(4), grids=3)", "calls/unknown-parameter grids"],
])("`%s` is refused at what no training takes", (line, refused) => {
  expect(inTraining(line)).toBe(refused);
});

test.each([
  ["zeros([1e6, 1e6])", "limits/too-large zeros([1e6, 1e6])"],
  ["conv 5x5 1e308 s2 p2", "calls/out-of-range 1e308"],
  ["upconv 2x2 2 s2147483648", "calls/out-of-range s2147483648"],
  ["upconv 2x2 2 s1000000", "limits/too-large upconv 2x2 2 s1000000"],
  ["flatten; dense 1e7", "limits/too-large dense 1e7"],
  ["flatten; dense 1e6; relu; dense 1000", "limits/too-large dense 1000"],
])("`%s` has sizes that no machine can hold", (body, refused) => {
  expect(inModel(body)).toBe(refused);
});

test("a copy of a library definition keeps what it says of its settings", () => {
  const copy = "block mine(p: number from 0 below 1 = 0.5, n: whole from 1 per axis = 2) { it * p }\n";
  expect(refusedIn(`${copy}model m(x: [4]) { mine p=1 }`)).toBe("calls/out-of-range 1");
  expect(refusedIn(`${copy}model m(x: [4]) { mine n=[1, 0.5] }`)).toBe("calls/out-of-range [1, 0.5]");
  expect(refusedIn(`${copy}model m(x: [4]) { mine p="a" }`)).toBe('types/not-a-number "a"');
  expect(refusedIn(`${copy}model m(x: [4]) { mine 0.25 n=[1, 3] }`)).toBe("nothing");
});

const TWO =
  "model net(x: [4]) { dense 4 }\nmodel other(x: [4]) { dense 4 }\nfour = dense 4\npair = [fresh(net), fresh(net)]\n";

test.each([
  ["step { minimize mse(net(x), x) }", "this step names no model, so it trains none", "step net { ... }"],
  ["step other { minimize mse(net(x), x) }", "what this step names takes no part", "step net { ... }"],
  ["step net { minimize mse(four(x), x) }", "what this step names takes no part", "step four { ... }"],
  ["step pair[0] { minimize mse(pair[1](x), x) }", "what this step names takes no part", "step NAME { ... }"],
  ["freeze net; step net { minimize mse(net(x), x) }", "every parameter of this loss is frozen", "take out a `freeze`"],
  ["freeze net; loss mse(net(x), x)", "every parameter of this loss is frozen", "take out a `freeze`"],
  ["step net { minimize mse(x, 0) }", "no learned parameter takes part in this loss", "let the loss call a model"],
])("`%s` trains nothing, and the error says why", (line, message, hint) => {
  const text = `${TWO}train t on d { ${line} }`;
  const [found] = checkText(text, [{ name: "x", shape: [4] }]).filter((d) => d.severity === "error");
  expect(found?.code).toBe("train/nothing-trained");
  expect(found?.message).toContain(message);
  expect(found?.hint).toContain(hint);
});

test.each([
  ["grad(sum(onehot(argmax(x))), x)", "argmax"],
  ["grad(mean(argmax(x) == 2), x)", "argmax"],
  ["grad(mean(onehot(2, 4) == x), x)", "a comparison"],
])("`%s` names what jumps", (y, by) => {
  const [found] = checkText(`model m(x: [4]) { ${y} }`).filter((d) => d.severity === "error");
  expect(found?.code).toBe("grad/no-slope");
  expect(found?.message).toContain(by);
});
