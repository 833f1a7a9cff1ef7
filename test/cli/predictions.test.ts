// Proves that `predict` takes rows from wherever they come (standard input, lines of JSON, several files, folders) and gives the same
// predictions in each of its forms.

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, symlinkSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "vitest";
import { encodePng } from "../../runtime/pictures/png.ts";
import { type Outcome, Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const MAP = `model map(x: [2]) { dense 6; reshape 3x2 }
data points = xor()
train map on points { loss mean(map(x) ^ 2); epochs 1 }
`;
const KIND = `model kind(image: [4, 4, 1]) { flatten; dense 2 }
data d = mnist("digits")
train kind on d { loss cross_entropy(kind(image), label); epochs 1 }
`;

beforeAll(async () => {
  place.write("xor.dnn", xor.replace("epochs    6", "epochs    25"));
  place.write("map.dnn", MAP);
  for (const name of ["xor", "map"]) await place.run("train", `${name}.dnn`, "--out", name);
}, 60_000);

const predict = (...args: string[]): Promise<Outcome> => place.run("predict", "xor.dnn", "--weights", "xor", ...args);
async function piped(input: string | Uint8Array, ...args: string[]): Promise<Outcome> {
  const { child, done } = place.start("predict", "xor.dnn", "--weights", "xor", "--input", "-", ...args);
  child.stdin!.end(input);
  return done;
}
const classes = ({ events }: Outcome): unknown[] => events.map((e) => e.class);

/** A NumPy array of two columns. */
function npy(values: readonly number[]): Uint8Array {
  const header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${values.length / 2}, 2), }`.padEnd(117, " ");
  const head = Uint8Array.of(0x93, ...new TextEncoder().encode("NUMPY"), 1, 0, 118, 0);
  return Buffer.concat([head, Buffer.from(`${header}\n`), new Uint8Array(Float32Array.from(values).buffer)]);
}

test("standard input is JSON, lines of JSON, a table or an array, by what is in it", async () => {
  const inputs = [
    "[[0, 1], [1, 1], [1, 0]]",
    "[0, 1]\n[1, 1]\n\n[1, 0]\n",
    '{"x": [0, 1]}\r\n{"x": [1, 1]}\r\n{"x": [1, 0]}',
    "a,b\n0,1\n1,1\n1,0\n",
    npy([0, 1, 1, 1, 1, 0]),
  ];
  for (const input of inputs) expect(classes(await piped(input, "--json")), String(input)).toEqual([1, 0, 1]);
}, 60_000);

test("lines of JSON are read from a file and as they stand, and the one that is none is named", async () => {
  place.write("rows.jsonl", "[0, 1]\n[1, 1]\n");
  expect(classes(await predict("--input", "rows.jsonl", "--json"))).toEqual([1, 0]);
  expect(classes(await predict("--input", "[0, 1]\n[1, 1]", "--json"))).toEqual([1, 0]);
  const wrong = await piped("[0, 1]\n\n[1, 1\n");
  expect([wrong.code, wrong.err]).toEqual([1, expect.stringContaining("standard input: line 3 is not JSON: [1, 1")]);
  const short = await piped("[0, 1]\n[1]\n");
  expect([short.code, short.out, short.err]).toEqual([1, "", expect.stringContaining("a row has 1")]);
}, 60_000);

test("nothing, or nothing but blanks, is an error and no prediction", async () => {
  for (const nothing of ["", "\n\n"]) {
    const { code, out, err } = await piped(nothing);
    expect([code, out, err.match(/error\[/g)]).toEqual([1, "", ["error["]]);
  }
  place.write("none.jsonl", "\n");
  expect(await predict("--input", "none.jsonl")).toMatchObject({ code: 1, out: "" });
}, 60_000);

test("several files and folders are predicted in their order, each row with its file", async () => {
  mkdirSync(place.path("folder", "inner"), { recursive: true });
  place.write("first.csv", "a,b\n1,1\n");
  place.write("folder/b.csv", "a,b\n0,1\n1,1\n");
  place.write("folder/a.json", "[1, 0]");
  place.write("folder/notes.md", "not for a model");
  place.write("folder/.hidden.csv", "a,b\n0,0\n");
  place.write("folder/inner/c.npy", npy([0, 0]));
  symlinkSync(place.path("folder"), place.path("folder", "inner", "back"));
  const found = await predict("--input", "first.csv", "--input", "folder", "--json");
  expect(found.events.map((e) => [e.input, e.class])).toEqual([
    ["first.csv", 0],
    ["folder/a.json", 1],
    ["folder/b.csv", 1],
    ["folder/b.csv", 0],
    ["folder/inner/c.npy", 0],
  ]);
  const listed = await predict("--input", "folder/a.json", "folder/b.csv");
  expect(listed.out).toMatch(/^folder\/a.json: 1 {2}\S+\nfolder\/b.csv: 1 {2}\S+\nfolder\/b.csv: 0 {2}\S+\n$/);
  mkdirSync(place.path("bare"));
  const bare = await predict("--input", "bare");
  expect([bare.code, bare.err]).toEqual([1, expect.stringContaining("nothing in this folder to predict")]);
}, 60_000);

test("of a folder with pictures the pictures are taken, whatever else lies there", async () => {
  mkdirSync(place.path("scans"));
  place.write("scans/labels.csv", "name,label\n");
  for (const name of ["2.png", "1.png"])
    place.write(`scans/${name}`, encodePng({ width: 4, height: 4, channels: 1, bytes: new Uint8Array(16) }));
  mkdirSync(place.path("digits"));
  const bytes = (sizes: readonly number[], length: number) =>
    Uint8Array.of(0, 0, 8, sizes.length, ...sizes.flatMap((n) => [0, 0, 0, n]), ...new Array<number>(length).fill(1));
  for (const part of ["train", "t10k"]) {
    place.write(`digits/${part}-images-idx3-ubyte`, bytes([4, 4, 4], 64));
    place.write(`digits/${part}-labels-idx1-ubyte`, bytes([4], 4));
  }
  place.write("kind.dnn", KIND.replace("dense 2", "dense 10"));
  expect((await place.run("train", "kind.dnn", "--out", "kind")).code).toBe(0);
  const found = await place.run("predict", "kind.dnn", "--weights", "kind", "--input", "scans", "--json");
  expect(found.events.map((e) => e.input)).toEqual(["scans/1.png", "scans/2.png"]);
}, 60_000);

test("a table of predictions has a line for each row, and says the same as JSON", async () => {
  const rows = "[[0, 1], [1, 1]]";
  const { events } = await predict("--input", rows, "--format", "json");
  const [head, ...lines] = (await predict("--input", rows, "--format", "csv")).out.trimEnd().split("\n");
  expect(head).toBe("label,probability,p_0,p_1");
  for (const [i, line] of lines.entries()) {
    const [label, probability, ...all] = line.split(",");
    expect(label).toBe(events[i]!.label);
    expect(Number(probability)).toBeCloseTo(events[i]!.probability as number, 8);
    all.forEach((p, k) => {
      expect(Number(p)).toBeCloseTo((events[i]!.probabilities as number[])[k]!, 8);
    });
  }
  expect(lines).toHaveLength(2);
  const maps = await place.run("predict", "map.dnn", "--weights", "map", "--input", "[1, 2]", "--format", "csv");
  const nested = await place.run("predict", "map.dnn", "--weights", "map", "--input", "[1, 2]", "--json");
  const [names, values] = maps.out.trimEnd().split("\n");
  expect(names).toBe("output_0_0,output_0_1,output_1_0,output_1_1,output_2_0,output_2_1");
  const same = (nested.events[0]!.output as number[][]).flat();
  expect(values!.split(",").map((v) => Math.fround(Number(v)))).toEqual(same);
}, 60_000);

test("--out writes a table, a list or lines by its ending, and nothing where a row is refused", async () => {
  const rows = "[[0, 1], [1, 1]]";
  for (const ending of ["csv", "json", "jsonl"]) {
    const { code, out, err } = await predict("--input", rows, "--out", `made/p.${ending}`);
    expect([code, out, err]).toEqual([0, "", `2 predictions saved in made/p.${ending}\n`]);
  }
  const read = (name: string): string => readFileSync(place.path("made", name), "utf8");
  const list = JSON.parse(read("p.json")) as { label: string }[];
  const lines = read("p.jsonl").trimEnd().split("\n");
  expect(lines.map((line) => JSON.parse(line))).toEqual(list);
  const table = read("p.csv").trimEnd().split("\n");
  expect(table.slice(1).map((line) => line.split(",")[0])).toEqual(list.map((p) => p.label));
  const half = await predict("--input", "[0, 1]", "--input", "[0, 1, 2]", "--out", "half.csv");
  expect([half.code, existsSync(place.path("half.csv"))]).toEqual([1, false]);
  const other = await predict("--input", rows, "--out", "p.xlsx");
  expect([other.code, other.err]).toEqual([2, expect.stringContaining("FILE.csv takes a table")]);
  expect(await predict("--input", rows, "--out", "p.json", "--format", "csv")).toMatchObject({ code: 2 });
}, 60_000);

test.skipIf(process.platform === "win32")(
  "pipes, circles of links and long rows are no crash",
  async () => {
    execFileSync("mkfifo", [place.path("pipe.csv")]);
    symlinkSync("circle", place.path("circle"));
    const pipe = await predict("--input", "pipe.csv");
    expect([pipe.code, pipe.err]).toEqual([1, expect.stringContaining("not an ordinary file")]);
    const circle = await predict("--input", "circle");
    expect([circle.code, circle.err]).toEqual([1, expect.stringContaining("lead round in a circle")]);
    const long = `[${Array.from({ length: 3000 }, () => "[0, 1]").join(", ")}]`;
    expect(classes(await predict("--input", long, "--json"))).toHaveLength(3000);
    const device = await predict("--input", "/dev/null");
    expect([device.code, device.err]).toEqual([1, expect.stringContaining("`--input -` reads standard input")]);
  },
  30_000,
);
