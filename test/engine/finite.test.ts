// Proves that a step whose loss is not finite changes nothing: parameters and optimizer states stay as they were.

import { expect, test } from "vitest";
import { compileText, startEngine } from "../support/engine.ts";

const PROGRAM = `
model line(x: [4]) { dense 8; relu; dense 1 }
train line on d { loss mse(line(x), y); optimizer sgd lr=0.1 momentum=0.9; batch 8 }
`;

test("infinite inputs leave the last good parameters", async () => {
  const fields = [
    { name: "x", shape: [4] },
    { name: "y", shape: [1] },
  ];
  const compiled = compileText(PROGRAM, fields, 8);
  const engine = await startEngine(compiled);
  await engine.run("initialise");
  engine.view("x").fill(0.5);
  engine.view("y").fill(1);
  await engine.run("train", 3);
  const learned = compiled.training.learned.map((l) => l.path).filter((path) => !path.endsWith("~t"));
  const good = learned.map((path) => engine.view(path).slice());
  engine.view("x").fill(Number.POSITIVE_INFINITY);
  await engine.run("train", 2);
  expect(Number.isFinite(engine.logged(1)[0])).toBe(false);
  learned.forEach((path, i) => {
    expect(engine.view(path), path).toEqual(good[i]);
  });
  engine.view("x").fill(0.5);
  await engine.run("train");
  expect(Number.isFinite(engine.logged(1)[0])).toBe(true);
  expect(engine.view(learned[0]!)).not.toEqual(good[0]);
});
