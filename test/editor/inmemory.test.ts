// A program without a disk: opened, checked, its data loaded from memory and its training compiled, by what a page can import.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { pageHost } from "../../editor/page.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { checkParts } from "../../project/check/parts.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { prepare } from "../../project/train/job.ts";
import { memoryFiles } from "../../runtime/files/files.ts";

const folder = new URL("../../stdlib/", import.meta.url);
const library = Object.fromEntries(
  readdirSync(folder)
    .filter((name) => name.endsWith(".dnn"))
    .map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
);

const PROGRAM = `data points = csv("points.csv", label="kind")

model net(x: [2]) {
  dense 3
}

train fit on points {
  loss cross_entropy(net(x), label)
  batch 4
  epochs 2
}
`;

const ROWS = Array.from({ length: 20 }, (_, i) => `${i},${(i * 7) % 5},${["a", "b", "c"][i % 3]}`);

const placeWith = (csv: string) => ({
  base: "/page",
  files: memoryFiles({ "/page/points.csv": new TextEncoder().encode(csv) }),
});

const open = () => pageHost(library).open("/page/p.dnn", PROGRAM, parse);

test("a training on a table in memory is checked and compiled with the table's fields", async () => {
  const { program, syntax } = open();
  const place = placeWith(["u,v,kind", ...ROWS].join("\n"));
  expect([...syntax, ...(await checkParts(program, () => place)), ...program.diagnostics]).toEqual([]);
  const definition = program.trains[0]!;
  const data = await loadData(program, dataOf(program, definition), place);
  const job = prepare(program, definition, data, { seed: 1, set: {}, data: [] });
  expect(job.entries.map((e) => e.name)).toContain("train");
  expect(job.params).toBe(2 * 3 + 3);
  expect(job.session.examples + job.session.heldout).toBe(20);
});

test("the files of two places in one process are their own", async () => {
  const [three, two] = [placeWith(["u,v,kind", ...ROWS].join("\n")), placeWith("u,kind\n1,a\n2,b\n3,a\n4,b\n")];
  const load = async (place: typeof three) => {
    const { program } = open();
    return (await loadData(program, dataOf(program, program.trains[0]!), place)).fields;
  };
  expect(await Promise.all([three, two].map(load))).toMatchObject([
    [{ name: "x", shape: [2] }, { classes: 3 }, { name: "u" }, { name: "v" }, { name: "kind" }],
    [{ name: "x", shape: [1] }, { classes: 2 }, { name: "u" }, { name: "kind" }],
  ]);
});
