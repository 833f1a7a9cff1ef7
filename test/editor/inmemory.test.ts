// A program without a disk: opened with its imports, checked, trained and used by what a page can import, on hosts whose files are
// in memory.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Workspace } from "../../editor/server/workspace.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { checkParts } from "../../project/check/parts.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { placeOf } from "../../project/data/place.ts";
import { startEngine } from "../../project/engine.ts";
import type { Host } from "../../project/host.ts";
import { memoryHost } from "../../project/memoryhost.ts";
import { type Opened, Sources } from "../../project/source.ts";
import { surroundingsOf } from "../../project/train/changed.ts";
import { prepare } from "../../project/train/job.ts";
import { savedField } from "../../project/train/savedfield.ts";
import { applyModel, chosenModel } from "../../project/use/model/apply.ts";
import { openWeights } from "../../project/use/model/weights.ts";
import { writeCheckpoint } from "../../runtime/train/checkpoint.ts";
import { Session } from "../../runtime/train/session.ts";

const folder = new URL("../../stdlib/", import.meta.url);
const library = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith(".dnn"))
    .map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
);

const PROGRAM = `import head from "parts.dnn"

data points = csv("points.csv", label="kind")

model net(x: [2]) {
  head 3
}

train fit on points {
  loss cross_entropy(net(x), label)
  batch 4
  epochs 2
}
`;

const ROWS = Array.from({ length: 20 }, (_, i) => `${i},${(i * 7) % 5},${["a", "b", "c"][i % 3]}`);
const THREE = ["u,v,kind", ...ROWS].join("\n");
const TWO = "u,kind\n1,a\n2,b\n3,a\n4,b\n";
const PARTS = "block head(n) { dense n }\n";

function hostWith(texts: Readonly<Record<string, string>>, rest: Readonly<Record<string, Uint8Array>> = {}): Host {
  const utf8 = Object.entries(texts).map(([path, text]) => [path, new TextEncoder().encode(text)] as const);
  return memoryHost({ library, version: "1.2.3", files: { ...Object.fromEntries(utf8), ...rest } });
}

const files = (csv: string) => ({ "page/p.dnn": PROGRAM, "page/parts.dnn": PARTS, "page/points.csv": csv });
const open = (host: Host): Opened => new Sources(host).open("page/p.dnn");

async function trained(opened: Opened) {
  const { program, host } = opened;
  const definition = program.trains[0]!;
  const data = await loadData(program, dataOf(program, definition), placeOf(opened));
  const settings = { seed: 1, set: {}, data: [] };
  const job = prepare(program, definition, data, settings);
  const batch = job.session.batch;
  const engine = await startEngine(host.devices, job.entries, job.sizes, batch, { device: "auto", revectorize: false });
  const session = await Session.open(engine, job.session, job.columns);
  for await (const event of session.run()) if (event.kind === "end") break;
  const tensors = await session.tensors();
  await engine.stop();
  const { version } = host;
  const bytes = writeCheckpoint({
    facts: {
      format: 1,
      file: opened.path,
      hash: "",
      training: "fit",
      progress: session.progress,
      settings,
      fields: data.dataset.train.columns.map((c) => savedField(c, true, true)),
      unit: data.dataset.unit,
      ...surroundingsOf(data.dataset, { batch, device: engine.device, version }),
      complete: true,
    },
    program: opened.text,
    tensors: new Map(
      [...tensors].map(([name, values]) => [name, { dtype: "F32", shape: job.shapes.get(name)!, values }]),
    ),
  });
  return { bytes, weight: [...tensors].find(([name]) => name.endsWith(".weight"))![1] };
}

test("a training on a table in memory is checked and compiled with the table's fields", async () => {
  const opened = open(hostWith(files(THREE)));
  const { program, syntax } = opened;
  const data = await checkParts(program, () => placeOf(opened));
  expect([...syntax, ...data, ...program.diagnostics]).toEqual([]);
  const definition = program.trains[0]!;
  const loaded = await loadData(program, dataOf(program, definition), placeOf(opened));
  const job = prepare(program, definition, loaded, { seed: 1, set: {}, data: [] });
  expect(job.entries.map((e) => e.name)).toContain("train");
  expect(job.params).toBe(2 * 3 + 3);
  expect(job.session.examples + job.session.heldout).toBe(20);
});

test("a run in memory is found by its folder, and another host applies its weights", async () => {
  const own = files(THREE);
  const { bytes, weight } = await trained(open(hostWith(own)));
  const saved = { "runs/fit-1/epoch-2.safetensors": bytes };
  const host = hostWith({ ...own, "runs/fit-1/latest": "epoch-2.safetensors\n" }, saved);
  const weights = await openWeights("page/p.dnn", { weights: "runs/fit-1", data: [] }, new Sources(host), () => {});
  expect(weights.checkpoints[0]!.checkpoint.facts.version).toBe("1.2.3");
  const model = await applyModel(weights, chosenModel(weights, undefined), 1);
  const shift = [...(await model.run(1, new Map([["x", new Float32Array(2)]])))];
  const output = [...(await model.run(1, new Map([["x", new Float32Array([1, 0])]])))];
  await model.stop();
  expect(output.length).toBe(3);
  for (const [i, y] of output.entries()) expect(y - shift[i]!).toBeCloseTo(weight[i]!, 5);
});

test("the files of two hosts in one process are their own", async () => {
  const load = async (csv: string) => {
    const opened = open(hostWith(files(csv)));
    const { program } = opened;
    return (await loadData(program, dataOf(program, program.trains[0]!), placeOf(opened))).fields;
  };
  expect(await Promise.all([THREE, TWO].map(load))).toMatchObject([
    [{ name: "x", shape: [2] }, { classes: 3 }, { name: "u" }, { name: "v" }, { name: "kind" }],
    [{ name: "x", shape: [1] }, { classes: 2 }, { name: "u" }, { name: "kind" }],
  ]);
});

test("a program that a host does not have is missing, and so is what it imports", () => {
  const host = hostWith({ "page/p.dnn": PROGRAM });
  expect(() => new Sources(host).open("page/q.dnn")).toThrow("there is no file page/q.dnn");
  expect(open(host).program.diagnostics[0]).toMatchObject({
    code: "imports/cannot-read",
    message: "there is no file page/parts.dnn",
  });
});

test.each([
  'data other = csv("moths.csv")',
  "data other = digits(n=-1)",
  `${PROGRAM.replace('import head from "parts.dnn"', "block head(n) { dense n }")}\ndata other = csv("moths.csv")`,
])("an editor says of data that no training uses what check says: %s", async (text) => {
  const host = hostWith({ "points.csv": THREE });
  const workspace = new Workspace(host);
  workspace.set("p.dnn", text);
  const told = (await workspace.analysis("p.dnn"))?.diagnostics.map((d) => d.code);
  const checked = await checkOpened(new Sources(host).openText("p.dnn", text));
  expect(checked.length).toBeGreaterThan(0);
  expect(told).toEqual(checked.map((d) => d.code));
});
