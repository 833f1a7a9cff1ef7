// No program of a few hundred characters keeps the checker busy: whatever repeats, calls itself or grows ends in one mistake at
// the place that does. The times stand in no expectation; a test that hangs fails by itself. Programs that are greedy in other ways
// are checked by an editor in test/editor/hostile.test.ts.

import { expect, test, vi } from "vitest";
import { Elaborator } from "../../compiler/check/evaluate/elaborator.ts";
import { Instance } from "../../compiler/check/values/instance.ts";
import { parameter } from "../../compiler/graph/build.ts";
import { forgetNodes } from "../../compiler/graph/node.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { DATA, model, named, training } from "../support/greedy.ts";
import { openText } from "../support/opened.ts";

const MANY = Array.from({ length: 3000 }, (_, i) => i);

test("calls that call themselves twice end, each with one mistake", async () => {
  for (const text of [
    `fn f(x) = f(x) + f(x)\n${model("f(x)")}`,
    `fn f(x) = g(x) + g(x)\nfn g(x) = f(x) * f(x)\n${model("f(x)")}`,
    `block b() { b; b; b }\n${model("b")}`,
  ]) {
    const found = await checkOpened(openText("test.dnn", text));
    expect(found.some((d) => d.code.startsWith("limits/"))).toBe(true);
    expect(found.length).toBeLessThan(10);
  }
}, 60_000);

test("a mistake in a body of many turns is said, once, and the turns after it are not worked out", async () => {
  for (const count of [2, 15, 16, 30000]) {
    const found = await checkOpened(openText("test.dnn", model(`repeat ${count} { mose }`)));
    expect([count, found.map((d) => d.code)]).toEqual([count, ["names/unknown"]]);
    const inTraining = await checkOpened(openText("test.dnn", training(`repeat ${count} { y = mose(x) }`)));
    expect([count, inTraining.map((d) => d.code)]).toEqual([count, ["names/unknown"]]);
  }
});

test("thousands of unknown names, and names of thousands of letters, are looked for without comparing all with all", async () => {
  const long = "a".repeat(3000);
  for (const text of [
    MANY.map((i) => `model m${i}(x: [2]) { dens${i} 2 }`).join("\n"),
    training(MANY.map((i) => `y${i} = unknown${i}`).join("\n")),
    model(
      MANY.slice(0, 100)
        .map((i) => `${long}${i} = x; z = ${long}b${i}`)
        .join("\n"),
    ),
  ])
    expect((await checkOpened(openText("test.dnn", text))).some((d) => d.code === "names/unknown")).toBe(true);
}, 60_000);

test("what one program takes is not missing to the next that the same process checks", async () => {
  const names = Array.from({ length: 300 }, (_, i) => `p${i} = 1`).join(", ");
  const text = `fn f(x, ${names}) = x * 1.5\n${model(`${"f(it); ".repeat(200)}dense 2`)}`;
  for (let i = 0; i < 4; i++) expect(await checkOpened(openText("test.dnn", text))).toEqual([]);
}, 60_000);

test("a default that is dear is part of the work of its calls", async () => {
  const text = `fn g(n) = if n == 0 then 1 else g(n - 1) + g(n - 1)
fn h(x, f, n = f(10)) = x * n\n${model(`${"h(it, g); ".repeat(20)}dense 2`)}`;
  const found = await checkOpened(openText("test.dnn", text));
  expect(found.map((d) => d.code)).toContain("limits/too-large");
}, 60_000);

test("a loop of alike turns that no budget is enough for is refused after two of them, also within other loops", async () => {
  const run = vi.spyOn(Elaborator.prototype, "body");
  for (const [text, bodies] of [
    [model("repeat 65536 { dense 2 }"), 20],
    [model("for i in 0..65536 { lstm 2 }", "[T, 2]"), 60],
    [model("repeat 90 { repeat 90 { repeat 90 { dense 2 } } }"), 20],
    [model("concat { for i in 0..90000 { branch { dense 2 } } }"), 30],
  ] as const) {
    run.mockClear();
    const found = await checkOpened(openText("test.dnn", text));
    expect([text, found.filter((d) => d.severity === "error").map((d) => d.code)]).toEqual([
      text,
      ["limits/too-large"],
    ]);
    expect([text, run.mock.calls.length < bodies]).toEqual([text, true]);
  }
  run.mockRestore();
});

test("derivatives in the turns of a loop are taken of what their turn does alone, whatever the turns before it left", async () => {
  const nodesMade = async (turns: number): Promise<number> => {
    const text = training(`z = x; for i in 0..${turns} { z = z - 0.1 * grad(sum(m(z)^2), z) }; loss mean(z^2)`).replace(
      "dense 2",
      "dense 4 nobias; batchnorm; tanh; dense 2",
    );
    const { id } = parameter("before", []);
    const found = await checkOpened(openText("test.dnn", text));
    expect(found.filter((d) => d.severity === "error")).toEqual([]);
    return parameter("after", []).id - id;
  };
  // Each works with the running means that the turn before it has moved, by its derivative.
  for (const turns of [10, 20, 40]) {
    forgetNodes();
    const few = await nodesMade(turns);
    forgetNodes();
    expect([turns, (await nodesMade(2 * turns)) < 2.2 * few]).toEqual([turns, true]);
  }
});

test("a second derivative in each turn of a loop is of that turn alone", async () => {
  const text = training(
    "z = x; for i in 0..150 { z = z - 0.1 * grad(sum(grad(sum(tanh(z)^3), z)^2), z) }; loss mean(z^2)",
  );
  expect((await checkOpened(openText("test.dnn", text))).filter((d) => d.severity === "error")).toEqual([]);
});

test("what grows by derivatives of derivatives is refused with a way out that works", async () => {
  const grown = (taken: string): string => model(`for i in 0..30 { it - ${taken} }; dense 2`);
  const [found] = await checkOpened(openText("test.dnn", grown("grad(sum(dense(2)(it)^3), x)")));
  expect(found).toMatchObject({ code: "limits/too-large", hint: expect.stringContaining("`stop(...)`") });
  const stopped = await checkOpened(openText("test.dnn", grown("stop(grad(sum(dense(2)(it)^3), x))")));
  expect(stopped.filter((d) => d.severity === "error")).toEqual([]);
});

test("parameters that a definition makes by calling itself add nothing to the budget", async () => {
  const text = `block b(n) { if n > 0 { b (n - 1); b (n - 1) } else { dense 2 } }\n${model("b 40")}`;
  const found = (await checkOpened(openText("test.dnn", text))).filter((d) => d.severity === "error");
  expect(found.map((d) => d.message)).toEqual(["the program takes more than 150,000 steps to write out"]);
});

test("a loop whose first turns alone are dear is not refused for them", async () => {
  const text = model("for i in 0..15000 { if i < 3 { repeat 40 { dense 2; relu } } }");
  expect((await checkOpened(openText("test.dnn", text))).filter((d) => d.severity === "error")).toEqual([]);
});

test("loops that large networks are written with stay within the budget", async () => {
  const text =
    model("repeat 1000 { dense 2; relu }") +
    named("", "optimizer adam lr=0.1").replace(/^[\s\S]*?train/, `${DATA}train`);
  const found = await checkOpened(openText("test.dnn", text));
  expect(found.filter((d) => d.severity === "error")).toEqual([]);
}, 60_000);

test("ten thousand layers are checked, and in loops of loops whether a loop can stay one is tried once", async () => {
  const tried = vi.spyOn(Instance.prototype, "mark");
  const text = training("metric accuracy(m(x), label)").replace(
    "dense 2",
    "repeat 20 { repeat 20 { repeat 25 { dense 2 nobias } } }",
  );
  expect((await checkOpened(openText("test.dnn", text))).filter((d) => d.severity === "error")).toEqual([]);
  expect(tried.mock.calls.length).toBeLessThan(10);
  tried.mockRestore();
}, 60_000);

test("ten thousand convolutions are checked", async () => {
  const text = model("repeat 10000 { conv 3x3 2 p1 }; flatten; dense 2", "[2, 2, 2]");
  expect((await checkOpened(openText("test.dnn", text))).filter((d) => d.severity === "error")).toEqual([]);
}, 60_000);

test("what many definitions ask for is added up", async () => {
  const trainings = MANY.slice(0, 13).map((i) => `train t${i} on d { loss mse(m(x), x * ${i}) }\n`);
  const text = `${model("repeat 10 { repeat 10 { repeat 40 { dense 2 nobias } } }")}${DATA}${trainings.join("")}`;
  const found = (await checkOpened(openText("test.dnn", text))).filter((d) => d.severity === "error");
  expect(found[0]?.message).toBe("the program takes more than 650,000 steps to write out");
}, 60_000);

test("a size beyond all numbers is infinity in words, wherever it stands", async () => {
  const said = async (text: string): Promise<string[]> =>
    (await checkOpened(openText("test.dnn", text))).map((d) => d.message);
  const sizes = "a size is a whole number from 1, and this is infinity";
  expect(await said(model("flatten", "[281e928, 1]"))).toEqual([sizes]);
  expect(await said(model("param w: [1e999, 1] = 0; it * sum(w)"))).toEqual([sizes]);
  const [huge] = await said(model("flatten", "[1e200, 1e200]"));
  expect(huge).toContain("has more than 1e+308 numbers");
  const [turns] = await said(model("repeat 1e999 { dense 2 }"));
  expect(turns).toContain("and this is infinity");
});
