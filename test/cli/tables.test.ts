// Proves that tables as people have them go from the raw file to predictions by what the manual says, and that what the training
// found in its data prepares the rows that are predicted.

import { parquetWriteBuffer } from "hyparquet-writer";
import { afterAll, expect, test } from "vitest";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const classifier = (inputs: number, classes: number, data: string) =>
  `model net(x: [${inputs}]) { dense 8; tanh; dense ${classes} }\ndata d = ${data}\ntrain net on d { loss cross_entropy(net(x), label); epochs 40; batch 8; optimizer adam lr=0.05 }\n`;

async function trained(name: string, program: string): Promise<string> {
  place.write(`${name}.dnn`, program);
  const { code, err } = await place.run("train", `${name}.dnn`, "--out", name);
  expect(code, err).toBe(0);
  return err;
}

async function predicted(name: string, input: string) {
  const { code, err, out } = await place.run("predict", `${name}.dnn`, "--weights", name, "--input", input);
  return {
    code,
    err,
    lines: out
      .trim()
      .split("\n")
      .map((line) => line.split(/\s+/)[0]),
  };
}

test("measurements without a line of names, as iris.data comes, are learned and predicted", async () => {
  const row = (i: number) =>
    i % 2 ? `5.${i % 10},3.5,1.4,0.2,Iris-setosa` : `6.${i % 10},2.9,4.${i % 7},1.3,Iris-versicolor`;
  place.write("iris.data", `${Array.from({ length: 40 }, (_, i) => row(i)).join("\n")}\n\n`);
  await trained("iris", classifier(4, 2, 'csv("iris.data", header=false)'));
  place.write("new.csv", "5.0,3.4,1.5,0.2\n6.1,2.8,4.5,1.3\n");
  expect((await predicted("iris", "new.csv")).lines).toEqual(["Iris-setosa", "Iris-versicolor"]);
});

test("a spreadsheet with semicolons, decimal commas, dates and empty cells is prepared alike for predictions", async () => {
  const colours = ["rot", "blau", ""];
  const row = (i: number) =>
    `${i % 31 === 9 ? "" : `1.2${10 + i},5 €`};${1 + (i % 28)}.02.2024;${colours[i % 3]};${i % 3 === 0 ? "ja" : "nein"}`;
  place.write("sheet.csv", `Preis;Datum;Farbe;Treffer\n${Array.from({ length: 60 }, (_, i) => row(i)).join("\n")}\n`);
  const said = await trained(
    "sheet",
    classifier(6, 2, 'csv("sheet.csv", missing="flag", categories="onehot") { x = normalize(x) }'),
  );
  expect(said).toContain('cells are separated by ";"');
  expect(said).toContain(
    "Preis (decimal comma, in €), Preis_missing, Datum (days since 1970-01-01), Farbe=blau, Farbe=rot",
  );
  place.write("rows.csv", "Farbe;Preis;Datum\nrot;1.230,5 €;3.02.2024\nblau;;4.02.2024\n");
  expect((await predicted("sheet", "rows.csv")).lines).toEqual(["ja", "nein"]);
  place.write("odd.csv", "Farbe;Preis;Datum\ngelb;1.230,5 €;3.02.2024\n");
  expect((await predicted("sheet", "odd.csv")).err).toContain('"gelb" is none of the words of column "Farbe"');
  place.write("late.csv", "Farbe;Preis;Datum\nrot;1.230,5 €;2024-02-03\n");
  const { err } = await predicted("sheet", "late.csv");
  expect(err).toContain('"2024-02-03" is not a date as the training\'s table writes it');
  expect(err).toContain("write it as 31.01.2020");
});

test("a label of whole numbers is predicted by its number", async () => {
  place.write(
    "grades.csv",
    `a,grade\n${Array.from({ length: 40 }, (_, i) => `${i % 2 ? 2 : -2},${i % 2 ? 10 : 7}`).join("\n")}\n`,
  );
  await trained("grades", classifier(1, 2, 'csv("grades.csv")'));
  place.write("g.csv", "a\n2\n-2\n");
  expect((await predicted("grades", "g.csv")).lines).toEqual(["10", "7"]);
});

test("JSON lines and Parquet are learned, and rows of either are predicted", async () => {
  const rows = Array.from({ length: 40 }, (_, i) => ({
    a: i % 2 ? 2 + i / 80 : -2 - i / 80,
    kind: i % 2 ? "up" : "down",
  }));
  place.write("r.jsonl", rows.map((row) => JSON.stringify(row)).join("\n"));
  const columnData = [
    { name: "a", data: rows.map(({ a }) => a), type: "DOUBLE" as const },
    { name: "kind", data: rows.map(({ kind }) => kind), type: "STRING" as const },
  ];
  place.write("r.parquet", new Uint8Array(parquetWriteBuffer({ columnData })));
  place.write(
    "n.parquet",
    new Uint8Array(parquetWriteBuffer({ columnData: [{ name: "a", data: [2, -2], type: "DOUBLE" }] })),
  );
  place.write("n.jsonl", '{"a": 2}\n{"a": -2}\n');
  for (const source of ["jsonl", "parquet"]) {
    await trained(source, classifier(1, 2, `${source}("r.${source}")`));
    for (const input of ["n.jsonl", "n.parquet"])
      expect([source, input, (await predicted(source, input)).lines]).toEqual([source, input, ["up", "down"]]);
  }
});
