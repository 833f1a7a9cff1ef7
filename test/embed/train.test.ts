// Proves that a training is a loop over events, on arrays in memory or the program's own data, and that it learns what `dnn train`
// learns; and that the lines of README.md run as they stand.

import { spawnSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test, vi } from "vitest";
import { check, load, summary, type TrainEvent, train } from "../../embed/index.node.ts";
import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { differences, Place } from "../cli/dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const root = new URL("../../", import.meta.url);

const POINTS = `model net(x: [2]) { dense 8; tanh; dense 2 }
data points = moons(n=64)
train net on points { loss cross_entropy(net(x), label); epochs 3; batch 8 }
`;

const eventsOf = (events: AsyncIterable<TrainEvent>): Promise<TrainEvent[]> => Array.fromAsync(events);

test("the lines of README.md run as they stand", () => {
  const readme = readFileSync(new URL("README.md", root), "utf8");
  const [, lines] = /## Embed.*?```js\n(.*?)```/s.exec(readme)!;
  expect(lines!.trim().split("\n").length).toBeLessThanOrEqual(12);
  mkdirSync(place.path("examples"));
  copyFileSync(new URL("examples/xor.dnn", root), place.path("examples", "xor.dnn"));
  const entry = fileURLToPath(new URL("embed/index.node.ts", root));
  const file = place.path(place.write("readme.mjs", lines!.replace('"dnn-lang"', JSON.stringify(entry))));
  const { status, stdout, stderr } = spawnSync(process.execPath, [file], { cwd: place.folder, encoding: "utf8" });
  expect([status, stderr]).toEqual([0, ""]);
  expect(stdout.trim().split("\n").at(-1)).toMatch(/^1 0\.9\d+$/);
});

test("a program's own data trains to the weights of `dnn train`", async () => {
  place.write("points.dnn", POINTS);
  expect((await place.run("train", "points.dnn", "--out", "points", "--device", "cpu")).code).toBe(0);
  const training = train(place.path("points.dnn"), { device: "cpu" });
  const kinds = (await eventsOf(training)).map((e) => e.kind);
  expect(kinds.filter((kind) => kind === "epoch")).toHaveLength(3);
  expect(kinds.at(-1)).toBe("end");
  expect(differences(place.checkpoint("points"), readSafetensors(await training.bytes(), "bytes"))).toEqual([]);
});

test("onNote takes what `dnn train` warns of, of data in memory and of files, in the words of a program", async () => {
  const notes: string[] = [];
  const onNote = (text: string): number => notes.push(text);
  const text =
    'model net(x: [2]) { dense 8; tanh; dense 2 }\ndata d = npz("d.npz")\ntrain net on d { loss cross_entropy(net(x), label) }\n';
  const x = Array.from({ length: 40 }, (_, i) => [5000 * i, i % 2]);
  const data = { x, label: x.map(([, b]) => b ?? 0) };
  await train({ text }, { data, steps: 1, device: "cpu", onNote }).bytes();
  expect(notes).toEqual([expect.stringMatching(/very different scales.*normalize\(x\)/)]);
  place.write(
    "t.csv",
    `zip,a,kind\n${x.map((_, i) => `${10000 + 137 * (i % 15)},${i % 3},${"uv"[i % 2]}`).join("\n")}\n`,
  );
  place.write("t.dnn", text.replace('npz("d.npz")', 'csv("t.csv") { x = normalize(x) }'));
  await train(place.path("t.dnn"), { steps: 1, device: "cpu", onNote }).bytes();
  const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await train({ text }, { data, steps: 1, device: "cpu" }).bytes();
  expect(warn.mock.calls).toEqual([[expect.stringMatching(/^dnn: .*very different scales/)]]);
  warn.mockRestore();
  expect(notes.slice(1)).toEqual([expect.stringContaining("holds numbers that are names")]);
});

test("arrays in memory stand in place of the data of the program: typed, listed or as texts", async () => {
  const x = Array.from({ length: 40 }, (_, i) => [i % 2 ? 1 + i / 40 : -1 - i / 40, Math.sin(i)]);
  const words = x.map(([a]) => (a! > 0 ? "right" : "left"));
  const options = { epochs: 40, set: { "optimizer.lr": 0.1 } };
  const source = { text: POINTS };
  const listed = train(source, { ...options, data: { x, label: words } });
  const typed = train(source, { ...options, data: { x: Float64Array.from(x.flat()), label: words } });
  await using net = await listed.net();
  expect(net.labels).toEqual(["left", "right"]);
  expect((await net.predict([1.5, 0])).label).toBe("right");
  expect((await net.predict({ x: [-1.5, 0] })).label).toBe("left");
  expect(await typed.bytes()).toEqual(await listed.bytes());
});

test("numbers without names are the classes that the program knows, though not all of them occur", async () => {
  const text = `model net(image: [4, 4, 1]) { flatten; dense 10 }
data digits = digits(n=64, heldout=8, size=4x4)
train net on digits { loss cross_entropy(net(image), label); epochs 1; batch 4 }
`;
  const image = Array.from({ length: 16 }, (_, i) => Float32Array.from({ length: 16 }, (_, k) => (i * k) % 3));
  await using net = await train({ text }, { data: { image, label: image.map((_, i) => i % 3) } }).net();
  expect(net.shape).toEqual([10]);
});

test("what cannot be trained on is said with a code, at its place in the program", async () => {
  const bad = { text: "model net(x: [2]) { dense 2 }\ndata d = moons()\ntrain net on d { loss mse(net(x), z) }\n" };
  const found = train(bad);
  await expect(eventsOf(found)).rejects.toMatchObject({
    name: "DnnError",
    diagnostics: [expect.objectContaining({ line: 3, severity: "error" })],
  });
  await expect(found.bytes()).rejects.toMatchObject({ code: "usage" });
  const short = train({ text: POINTS }, { data: { x: [[1, 2]], label: [0, 1] } });
  await expect(eventsOf(short)).rejects.toMatchObject({ code: "data/counts-differ" });
  const wide = train({ text: POINTS }, { data: { x: [[1, 2, 3]], label: [0] }, split: 1 });
  await expect(eventsOf(wide)).rejects.toMatchObject({ name: "DnnError" });
  const huge = train({ text: POINTS }, { set: { "optimizer.lr": 1e38 } });
  await expect(eventsOf(huge)).rejects.toMatchObject({ code: "train/diverged" });
});

test("a loop that is left ends the training and gives no weights", async () => {
  const training = train({ text: POINTS }, { epochs: 1000 });
  for await (const event of training) if (event.kind === "epoch") break;
  await expect(training.net()).rejects.toMatchObject({ code: "usage" });
});

test("`check` and `summary` give what the command prints as JSON", async () => {
  place.write("wrong.dnn", "model net(x: [2]) { dense 2; denze 3 }\n");
  const { events } = await place.run("check", "wrong.dnn", "--json");
  const found = await check(place.path("wrong.dnn"));
  expect(found.map(({ file: _, ...d }) => d)).toEqual(events.map(({ file: _, ...d }) => d));
  place.write("points.dnn", POINTS);
  const printed = await place.run("summary", "points.dnn", "--json");
  expect(await summary(place.path("points.dnn"))).toEqual(printed.events);
  await expect(summary(place.path("wrong.dnn"))).rejects.toMatchObject({ name: "DnnError" });
});

test("bytes that are no weights are refused", async () => {
  await expect(load(new Uint8Array(20))).rejects.toMatchObject({ name: "DnnError" });
});
