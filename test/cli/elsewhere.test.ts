// Proves that every verb works from another folder than the program's: data stands beside the program, runs where they are named, and what is
// not there is refused with the path that was looked for.

import { mkdirSync, renameSync, rmSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** The program and the run, from the folder `other`. */
const PROGRAM = "../project/lib/net.dnn";
const RUN = "../project/runs/net-1";

beforeAll(async () => {
  for (const folder of ["project/lib/data", "other"]) mkdirSync(place.path(folder), { recursive: true });
  const rows = Array.from({ length: 40 }, (_, i) => `${i / 20 - 1},${(i * 7) % 5},${"uv"[i % 2]}\n`).join("");
  place.write("project/lib/data/t.csv", `a,b,kind\n${rows}`);
  place.write("project/lib/parts.dnn", "block middle(n) { dense n; tanh }\n");
  place.write(
    "project/lib/net.dnn",
    `import "parts.dnn"
model net(x: [2]) { middle 4; dense 2 }
data d = csv("data/t.csv") { x = normalize(x) }
train net on d { loss cross_entropy(net(x), kind); metric accuracy(net(x), kind); epochs 1; show histogram(net(x)) }
`,
  );
  expect((await place.runIn("project", "train", "lib/net.dnn")).code).toBe(0);
}, 60_000);

const elsewhere = (...args: string[]) => place.runIn("other", ...args);

test.each([
  ["check", PROGRAM],
  ["summary", PROGRAM],
  ["data", PROGRAM],
  ["graph", PROGRAM],
  ["eval", PROGRAM, "--weights", RUN],
  ["sample", PROGRAM, "--weights", RUN],
  ["predict", PROGRAM, "--weights", RUN, "--input", "../project/lib/data/t.csv"],
  ["build", PROGRAM, "--weights", RUN, "--out", "net.mjs"],
  ["runs", "../project/runs"],
  ["compare", RUN, RUN],
  ["train", PROGRAM, "--out", "again"],
  ["train", PROGRAM, "--resume", RUN, "--epochs", "2"],
  ["train", PROGRAM, "--weights", RUN, "--out", "warm"],
  ["train", PROGRAM, "--data", 'd=csv("../project/lib/data/t.csv")', "--out", "named"],
])("dnn %s %s %s works from another folder", async (...args) => {
  const { code, err } = await elsewhere(...args);
  expect([code, /warning|error/.exec(err)]).toEqual([0, null]);
});

test("a report is whole from any folder, also of a run that --out put elsewhere or that moved with its program", async () => {
  expect((await place.runIn("project", "train", "lib/net.dnn", "--out", "kept/deep/one")).code).toBe(0);
  const reports = [
    ["other", RUN],
    ["other", place.path("project/runs/net-1")],
    ["project", "runs/net-1"],
    ["project/runs", "net-1"],
    ["project/runs/net-1", "."],
    ["other", "../project/kept/deep/one"],
  ] as const;
  for (const [folder, run] of reports) expect([run, (await place.runIn(folder, "report", run)).err]).toEqual([run, ""]);
  renameSync(place.path("project"), place.path("moved"));
  try {
    expect((await elsewhere("report", "../moved/kept/deep/one")).err).toBe("");
  } finally {
    renameSync(place.path("moved"), place.path("project"));
  }
});

test("a report without its data says which path was looked for", async () => {
  renameSync(place.path("project/lib/data"), place.path("project/lib/away"));
  try {
    const { err } = await elsewhere("report", RUN);
    expect(err).toContain(`there is no file ${place.path("project/lib/data/t.csv")}`);
  } finally {
    renameSync(place.path("project/lib/away"), place.path("project/lib/data"));
  }
});

test.each([
  ["eval", PROGRAM, "--weights", "runs/net-1"],
  ["predict", PROGRAM, "--weights", "runs/net-1", "--input", '{"x": [1, 2]}'],
  ["sample", PROGRAM, "--weights", "runs/net-1"],
  ["build", PROGRAM, "--weights", "runs/net-1", "--out", "net.mjs"],
  ["train", PROGRAM, "--weights", "runs/net-1"],
  ["train", PROGRAM, "--resume", "runs/net-1"],
  ["report", "runs/net-1"],
  ["compare", "runs/net-1", RUN],
])("dnn %s %s %s %s names the run that it looked for", async (...args) => {
  rmSync(place.path("other/runs"), { recursive: true, force: true });
  const { code, err } = await elsewhere(...args);
  expect(code).toBe(1);
  expect(err).toContain(`there is no run runs/net-1: ${place.path("other/runs/net-1")} is not there`);
});

test("a run that stands beside the program, or in runs/, is proposed", async () => {
  renameSync(place.path("project/runs"), place.path("project/lib/runs"));
  try {
    const { err } = await elsewhere("eval", PROGRAM, "--weights", "runs/net-1");
    expect(err).toContain("did you mean ../project/lib/runs/net-1?");
  } finally {
    renameSync(place.path("project/lib/runs"), place.path("project/runs"));
  }
  expect((await place.runIn("project", "report", "net-1")).err).toContain("did you mean runs/net-1?");
});

test.each([
  [["train", "net.dnn"], "relative paths start from the folder of the command, ", "other"],
  [["predict", PROGRAM, "--weights", RUN, "--input", "data/t.csv"], "start from the folder of the command, ", "other"],
  [["train", PROGRAM, "--data", 'd=csv("data/t.csv")'], "there is no file ", "other/data/t.csv"],
  [["runs"], "there are no runs in ", "other/runs"],
])("%s says where its path starts", async (args, says, path) => {
  rmSync(place.path("other/runs"), { recursive: true, force: true });
  const { code, err } = await elsewhere(...args);
  expect(code).toBe(1);
  expect(err).toContain(says + place.path(path));
});
