// Proves that an error about a field of the data says what the field holds, by where its value comes from and not by its text; and that
// columns whose cells are names or several tags, and shares that are probably those of the held-out part, are warned of, and others not.

import { expect, test } from "vitest";
import { checkOpened } from "../../project/check/opened.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { openText } from "../support/opened.ts";

const TABLE = "size,town,kind\n1,Bern,a\n2,Zug,b\n3,Bern,a\n4,Zug,b\n5,Bern,a\n6,Zug,b\n";
const NOTE = 'x holds size; town is left out of x: its cells are 2 different words, such as "Bern"';

const notesOf = async (model: string, call: string) => {
  const text = `${model}\ndata d = csv("t.csv")\ntrain net on d { loss cross_entropy(${call}, label) }\n`;
  const files = memoryFiles({ "t.csv": new TextEncoder().encode(TABLE) });
  const [first] = await checkOpened(openText("net.dnn", text), { base: "", files });
  return [first?.code, first?.notes];
};

test("an input that a table's numbers do not fit says which columns these are, whatever the input is called", async () => {
  expect(await notesOf("model net(x: [2]) { dense 2 }", "net(x)")).toEqual(["shapes/input-mismatch", [NOTE]]);
  expect(await notesOf("model net(row: [2]) { dense 2 }", "net(x)")).toEqual(["shapes/input-mismatch", [NOTE]]);
});

test("an input that is called like a field and given another says nothing of the field", async () => {
  expect(await notesOf("model net(x: [2]) { dense 2 }", "net(onehot(town)[0:1])")).toEqual([
    "shapes/input-mismatch",
    undefined,
  ]);
});

/** Codes and hints of what is said of a table and a training on it. */
const saidOf = async (table: string, source: string, rest: string): Promise<readonly string[]> => {
  const files = memoryFiles({ "t.csv": new TextEncoder().encode(table) });
  const found = await checkOpened(openText("net.dnn", `data d = ${source}${rest}`), { base: "", files });
  return found.map((d) => `${d.code}: ${d.hint}`);
};
const table = (head: string, row: (i: number) => string, count = 40): string =>
  `${head}\n${Array.from({ length: count }, (_, i) => `${row(i)}\n`).join("")}`;

const SCALED =
  " { x = normalize(x) }\nmodel net(x: [N]) { dense 4; tanh; dense 1 }\ntrain t on d { loss mse(net(x), y); batch 8 }\n";
const ZIPS = (name: string, value: (i: number) => number = (i) => 10000 + 137 * (i % 15)): string =>
  table(`${name},rooms,rent`, (i) => `${value(i)},${1 + (i % 4)},${1 + ((i * 3) % 7) / 2}`);

test.each([
  ["zip", "", 'types=["zip: class"]'],
  ["Postal Code", "", 'drop="Postal Code"'],
  ["store_id", "", "for `embed`"],
])("a column %s of numbers is names", async (name, more, hint) => {
  const said = await saidOf(ZIPS(name), `csv("t.csv", label="rent"${more})`, SCALED);
  expect(said).toEqual([expect.stringMatching(/^data\/code-as-number/)]);
  expect(said[0]).toContain(hint);
});

test("a number of its own in each row is left out", async () => {
  const own = ZIPS("customer_id", (i) => 100000 + ((i * 7919) % 90001));
  expect((await saidOf(own, 'csv("t.csv", label="rent")', SCALED))[0]).toContain('drop="customer_id"');
});

test.each([
  ["zip", ', types=["zip: number"]', undefined],
  ["paid", "", undefined],
  ["area", "", undefined],
  ["year", "", (i: number) => 1950 + (i % 60)],
  ["code", "", (i: number) => i % 4],
  ["id", "", (i: number) => (i % 15) + 0.5],
] as const)("a column %s%s is quantities", async (name, more, value) => {
  expect(await saidOf(ZIPS(name, value), `csv("t.csv", label="rent"${more})`, SCALED)).toEqual([]);
});

const TAGS = ["red", "round", "soft", "red|round", "round|soft", "red|round|soft"];
const TAGGED = table("size,weight,tags", (i) => `${i % 9},${i % 5},${TAGS[i % 6]}`);
const CLASSES = "\nmodel net(x: [2]) { dense 6 }\ntrain t on d { loss cross_entropy(net(x), label); batch 8 }\n";

test("several tags in a cell are no classes, unless the declaration says so", async () => {
  const label = await saidOf(TAGGED, 'csv("t.csv", label="tags")', CLASSES);
  expect(label).toEqual([
    expect.stringContaining('get_dummies("|")`), then label=["red", "round", "soft"] and `bce(net(x), y)`'),
  ]);
  const input = await saidOf(
    TAGGED,
    'csv("t.csv", label="weight")',
    " { size = normalize(size) }\nmodel net(size: []) { reshape(it, [1]); dense 1 }\ntrain t on d { loss mse(net(size), y) }\n",
  );
  expect(input).toEqual([expect.stringContaining('text="tags" makes it a sequence')]);
  expect(await saidOf(TAGGED, 'csv("t.csv", label="tags", types=["tags: class"])', CLASSES)).toEqual([]);
  const listed = table(
    "size,weight,tags",
    (i) => `${i % 9},${i % 5},"['${(TAGS[i % 6] ?? "").replaceAll("|", "', '")}']"`,
  );
  expect(await saidOf(listed, 'csv("t.csv", label="tags")', CLASSES)).toEqual([
    expect.stringContaining(
      `.str.strip("[]").str.replace("'", "").str.get_dummies(", ")\`), then label=["red", "round", "soft"]`,
    ),
  ]);
  const towns = table(
    "size,weight,town",
    (i) => `${i % 9},${i % 5},"${["Bern", "Biel", "Zug", "Chur"][i % 4]}, ${["BE", "BE", "ZG", "GR"][i % 4]}"`,
  );
  expect(await saidOf(towns, 'csv("t.csv", label="town")', CLASSES.replace("dense 6", "dense 4"))).toEqual([]);
});

test("a share that is probably that of the test part is asked about, and a fraction is taken as it is", async () => {
  const small = (split: string): Promise<readonly string[]> =>
    saidOf("", `moons(split=${split})`, CLASSES.replace("dense 6", "dense 2"));
  expect(await small("0.2")).toEqual([
    "data/small-split: to hold out 20%, write `split=0.8`; if so few are to train, a fraction says so: `split=1/5`",
  ]);
  expect(await small("0.33")).toEqual([
    expect.stringContaining("`split=0.67`; if so few are to train, a fraction says so: `split=33/100`"),
  ]);
  for (const meant of ["1/5", "33/100", "0.5", "0.8", "0.02"]) expect([meant, await small(meant)]).toEqual([meant, []]);
});

test("a training without data is answered with the data that there is", async () => {
  const lines = "model net(x: [2]) { dense 2 }\ntrain net { loss cross_entropy(net(x), label) }\n";
  expect(await saidOf("", "moons()\n", lines)).toEqual([expect.stringContaining("`train net on d { ... }`")]);
  const [none] = await checkOpened(openText("net.dnn", lines));
  expect(none?.hint).toContain('`data points = csv("FILE.csv")`, and write `train net on points { ... }`');
  const [nameless] = await checkOpened(openText("net.dnn", lines.replace("train net", "train")));
  expect(nameless?.hint).toContain("train net on DATA { ... }");
});
