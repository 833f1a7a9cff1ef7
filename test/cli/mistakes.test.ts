// Mistakes in programs, arguments and files: one clear report, the right exit code, the right stream.

import { mkdirSync } from "node:fs";
import { afterAll, expect, test } from "vitest";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());
place.write("xor.dnn", xor);
place.write("act.dnn", xor.replace("(x: [2])", "(x: [2], act=tanh)"));
place.write(
  "bad.dnn",
  "model m(x: [4]) {\n  dense 8; rulu\n  conv 3x3 8 s3\n}\n\nmodel n(x: [28, 28, 1]) { conv 5x5 4 s4; colvolve 3 }\n",
);

test("check prints one object per diagnostic with the contract's keys, lines and columns from 1, and exits with 1", async () => {
  const { code, events } = await place.run("check", "bad.dnn", "xor.dnn", "--json");
  expect(code).toBe(1);
  const unknown = events.find((e) => String(e.message).includes("rulu"))!;
  expect(unknown).toMatchObject({
    file: "bad.dnn",
    line: 2,
    column: 12,
    endLine: 2,
    endColumn: 16,
    severity: "error",
    code: "names/unknown",
  });
  const allowed = new Set([
    "file",
    "line",
    "column",
    "endLine",
    "endColumn",
    "severity",
    "code",
    "message",
    "hint",
    "related",
  ]);
  for (const e of events) expect(Object.keys(e).filter((key) => !allowed.has(key))).toEqual([]);
  expect(events.some((e) => Number(e.line) === 6)).toBe(true);
});

test("check shows the line and underlines the place, without colour when it is not a terminal", async () => {
  const { code, out } = await place.run("check", "bad.dnn");
  expect(code).toBe(1);
  expect(out).toContain("--> bad.dnn:2:12\n  2 |   dense 8; rulu\n    |            ^^^^");
  expect(out).not.toContain("\x1b");
  const fine = await place.run("check", "xor.dnn");
  expect([fine.code, fine.out, fine.err]).toEqual([0, "no problems\n", ""]);
});

test("check finds mistakes in a training whose data needs no file, or whose file is not there", async () => {
  const training = (data: string, loss: string): string =>
    `model m(image: [28, 28, 1]) { flatten; dense 10 }\ndata d = ${data}\ntrain m on d { loss ${loss} }\n`;
  place.write("train.dnn", training("digits()", "cross_entropy(m(imagw), label)"));
  expect((await place.run("check", "train.dnn")).out).toContain("imagw");
  place.write("mnist.dnn", training('mnist("nowhere")', "cross_entropy(m(image), lable)"));
  expect((await place.run("check", "mnist.dnn")).out).toContain("lable");
  place.write("good.dnn", training('mnist("nowhere")', "cross_entropy(m(image), label)"));
  const good = await place.run("check", "good.dnn");
  expect([good.code, good.out]).toEqual([1, expect.stringContaining("error[data/folder-not-found]")]);
  expect(good.out).toContain("1 error\n");
});

test("check reads a small table for its fields, and where the table is not there says only that", async () => {
  const text = `model m(x: [D]) { dense 2 }\ndata d = csv("cells.csv", label="kind")\ntrain m on d { loss cross_entropy(m(x), KIND) }\n`;
  place.write("table.dnn", text.replace("KIND", "label"));
  place.write("wrong.dnn", text.replace("KIND", "kind2"));
  for (const name of ["table.dnn", "wrong.dnn"]) {
    const { out } = await place.run("check", name);
    expect(out.match(/error\[.*?\]/g)).toEqual(["error[data/file-not-found]"]);
  }
  place.write("cells.csv", "a,b,kind\n1,2,x\n2,3,y\n3,4,x\n");
  expect((await place.run("check", "table.dnn")).out).toBe("no problems\n");
  expect((await place.run("check", "wrong.dnn")).out).toContain("kind2");
  expect((await place.run("summary", "table.dnn", "--json")).events[0]).toMatchObject({ params: 6 });
});

test("check names the columns of a table whose scales differ, until they are brought to one", async () => {
  place.write("wide.csv", "age,income,label\n1,2000,a\n2,100,b\n3,4000,a\n4,3000,b\n5,9000,b\n6,600,a\n");
  const program = (body: string): string =>
    `model m(x: [2]) { dense 2 }\ndata d = csv("wide.csv")${body}\ntrain m on d { loss cross_entropy(m(x), label); batch 2 }\n`;
  place.write("wide.dnn", program(""));
  const { out } = await place.run("check", "wide.dnn");
  expect(out).toContain("warning[data/scales-differ]");
  expect(out).toMatch(/column "income" varies by about \d+, column "age" varies by about 1/);
  place.write("wide.dnn", program(" { more = normalize(income) }"));
  expect((await place.run("check", "wide.dnn")).out).toContain("warning[data/scales-differ]");
  place.write("wide.dnn", program(" { x = normalize(x) }"));
  expect((await place.run("check", "wide.dnn")).out).toBe("no problems\n");
});

test("check and train name columns that tell the label or count rows, and targets beyond the last activation", async () => {
  const rows = Array.from(
    { length: 40 },
    (_, i) => `${i + 1},${(i * 7) % 11},${i % 3},${"abc"[i % 3]},${5000 * ((i * 5) % 13)}`,
  );
  place.write("telling.csv", `id,width,code,kind,price\n${rows.join("\n")}\n`);
  const codes = async (source: string, loss: string, last: string, verb = "check"): Promise<readonly string[]> => {
    const model = `model m(x: [N]) { dense 4; tanh; ${last} }\n`;
    place.write("telling.dnn", `${model}data d = csv("telling.csv", ${source}\ntrain m on d { loss ${loss} }\n`);
    const { out, err } = await place.run(verb, "telling.dnn", ...(verb === "train" ? ["--steps", "1"] : []));
    return [...`${out}${err}`.matchAll(/(?:warning|error)\[(.*?)\]/g)].map((m) => m[1]!);
  };
  const kind = "cross_entropy(m(x), label)";
  const scaled = "{ x = normalize(x) }";
  const both = ["data/row-number", "data/says-label"];
  expect(await codes(`label="kind", drop="price") ${scaled}`, kind, "dense 3")).toEqual(both);
  expect(await codes(`label="kind", drop="price") ${scaled}`, kind, "dense 3", "train")).toEqual(both);
  expect(await codes(`label="kind", drop=["id", "code", "price"]) ${scaled}`, kind, "dense 3")).toEqual([]);
  const price = `label="price", drop=["id", "kind"]) { x = normalize(x); y = y / 1000 }`;
  expect(await codes(price, "mse(m(x), y)", "dense 1; sigmoid")).toEqual([]);
  const coded = `label="code", drop=["id", "kind", "price"]) ${scaled}`;
  expect(await codes(coded, "mse(m(x), y)", "dense 1; sigmoid")).toEqual(["train/target-out-of-reach"]);
  expect(await codes(coded, "mse(m(x), y)", "dense 1; relu")).toEqual([]);
  expect(await codes(coded, "mse(m(x), y)", "dense 1; tanh", "train")).toEqual(["train/target-out-of-reach"]);
  expect(await codes(coded, "mse(10 * m(x), y)", "dense 1; sigmoid")).toEqual([]);
});

test("check says where the body of a declaration scales a row by its own numbers, and which weights no loss reads", async () => {
  place.write("sizes.csv", "age,income,kind\n1,2,a\n2,1,b\n3,4,a\n4,3,b\n5,9,b\n6,6,a\n");
  const codes = async (body: string, more = "", loss = "cross_entropy(m(x), label)"): Promise<readonly string[]> => {
    const source = `csv("sizes.csv", label="kind"${more})`;
    place.write("rows.dnn", `model m(x: [2]) { dense 2 }\ndata d = ${source}${body}\ntrain m on d { loss ${loss} }\n`);
    const { out } = await place.run("check", "rows.dnn");
    return [...out.matchAll(/warning\[(.*?)\]/g)].map((m) => m[1]!);
  };
  expect(await codes(" { x = (x - mean(x)) / sqrt(var(x)) }")).toEqual(["data/scaled-by-row"]);
  expect(await codes(" { x = x / max(x) }")).toEqual(["data/scaled-by-row"]);
  expect(await codes(" { x = x - mean(x, over=data) }")).toEqual([]);
  expect(await codes("", ', balance="weights"')).toEqual(["data/unread-weight"]);
  expect(await codes("", ', weight="income"')).toEqual(["data/unread-weight"]);
  expect(await codes("", ', balance="weights"', "weight * cross_entropy(m(x), label)")).toEqual([]);
});

test("check warns of numbers, classes and preparations of a table that are rarely intended, and of no others", async () => {
  const rows = Array.from({ length: 60 }, (_, i) =>
    [i % 7 < 2 ? -999 : i % 5, 5000 * i, i < 40 ? "Cat" : "dog"].join(),
  );
  place.write("rows.csv", `size,price,kind\n${rows.join("\n")}\n`);
  const codes = async (source: string, body: string, loss: string): Promise<readonly string[]> => {
    const model =
      "model m(size: []) { reshape(it, [1]); dense 4; tanh; dense 2 }\nmodel n(size: []) { reshape(it, [1]); dense 1 }";
    place.write(
      "slips.dnn",
      `${model}\ndata d = csv("rows.csv", ${source})${body}\ntrain t on d { loss ${loss}; batch 8 }\n`,
    );
    const { out } = await place.run("check", "slips.dnn");
    return [...out.matchAll(/(?:warning|error)\[(.*?)\]/g)].map((m) => m[1]!).toSorted();
  };
  const kind = "cross_entropy(m(size), label)";
  expect(await codes('label="kind"', "", kind)).toEqual(["data/stand-in"]);
  expect(await codes('label="kind", shuffle=false', "", kind)).toEqual(["data/stand-in", "data/unseen-class"]);
  expect(await codes('label="price"', "", "mse(n(size), y)")).toEqual(["data/large-targets", "data/stand-in"]);
  expect(await codes('label="price"', " { y = normalize(y) }", "mse(n(size), y)")).toEqual(["data/stand-in"]);
  expect(await codes('label="price"', " { price = price / 1e5 }", "mse(n(size), y)")).toContain(
    "data/unread-preparation",
  );
  expect(await codes('label="price"', " { price = price / 1e5; y = price }", "mse(n(size), y)")).toEqual([
    "data/stand-in",
  ]);
  const hours = Array.from({ length: 40 }, (_, i) => `${i},${i % 7},${i % 2}`).join("\n");
  place.write("hours.csv", `hour,load,holiday\n${hours}\n`);
  const series = 'series("hours.csv", window=4, horizon=1, time="hour", target="load", known="holiday")';
  const past = "model m(past: [4, 2]) { flatten; dense 1; reshape [1, 1] }";
  place.write("hours.dnn", `${past}\ndata d = ${series}\ntrain m on d { loss mse(m(past), future); batch 4 }\n`);
  expect((await place.run("check", "hours.dnn")).out).toContain("no training reads `known`");
  place.write("rows.csv", "size,kind\n1,Cat\n2,cat\n3,dog\n4,dog\n5,cat\n6,Cat\n");
  expect(await codes('label="kind"', "", kind.replace("m(size)", "concat(m(size), m(size))"))).toContain(
    "data/alike-classes",
  );
});

test("where a text is missing, check gives the command that reads another, and it works as it stands", async () => {
  const program = `model m(text: [T] of V) { embed 4; dense V }
data corpus = text("gone.txt", seq=8)
train m on corpus { loss cross_entropy(m(text), next); epochs 1 }
`;
  place.write("my text.dnn", program);
  place.write("other.txt", "the cat sat on the mat. ".repeat(20));
  const { out } = await place.run("check", "my text.dnn");
  const command = /or give another: `dnn (.*)`/.exec(out)![1]!.replace("PATH", "other.txt");
  const words = [...command.matchAll(/'([^']*)'|(\S+)/g)].map((m) => m[1] ?? m[2]!);
  const { code, err } = await place.run(...words);
  expect([code, err]).toEqual([0, expect.not.stringContaining("error")]);
});

test("a missing file, a folder, a file that is no text and an empty one give one error or none, never a stack", async () => {
  mkdirSync(place.path("folder"));
  place.write("latin.dnn", Uint8Array.of(0x6d, 0xff, 0xfe, 0x20));
  place.write("nul.dnn", "model m\0");
  place.write("empty.dnn", "");
  const codes = {
    "gone.dnn": "source/not-found",
    folder: "source/folder",
    "latin.dnn": "source/not-text",
    "nul.dnn": "syntax/not-text",
  };
  for (const [file, code] of Object.entries(codes)) {
    const { events, code: exit } = await place.run("check", file, "--json");
    expect([file, exit, events.map((e) => e.code)]).toEqual([file, 1, [code]]);
    const train = await place.run("train", file);
    expect([file, train.code]).toEqual([file, 1]);
    expect(train.err).toContain(`error[${code}]`);
  }
  expect((await place.run("check", "empty.dnn")).code).toBe(0);
  expect((await place.run("train", "empty.dnn")).err).toContain("error[train/none]");
});

test("nonsense on the command line exits with 2 and a hint", async () => {
  const wrong: [string[], string][] = [
    [["trian", "xor.dnn"], "train"],
    [["train"], "missing required argument"],
    [["train", "xor.dnn", "--epoch", "3"], "--epochs"],
    [["train", "xor.dnn", "--epochs", "many"], "whole number"],
    [["train", "xor.dnn", "--threads", "0"], "whole number from 1"],
    [["train", "xor.dnn", "--set", "lr"], "key=value"],
    [["train", "xor.dnn", "--set", "rate=1"], "optimizer.lr"],
    [["train", "xor.dnn", "--set", "batch=1.5"], "whole number"],
    [["train", "xor.dnn", "--data", "point=xor()"], "did you mean points?"],
    [["train", "xor.dnn", "--only", "xorr"], "did you mean xor?"],
    [["train", "xor.dnn", "--device", "tpu"], "auto, gpu or cpu"],
    [["graph", "xor.dnn", "--format", "png"], "dot, mermaid, svg or html"],
    [["build", "xor.dnn", "--target", "wasm", "--out", "b", "--print-after", "magic"], "differentiate"],
    [["explain", "no/such-code"], "there is"],
    [["explain", "learning", "rate"], "write dnn explain 'learning rate'"],
    [["explain", "learning rate"], "did you mean lr?"],
    [["explain", "overfitting"], "examples/README.md"],
    [["export", "xor.dnn"], "dnn build FILE --weights RUN --out NAME.js"],
    [["train", "xor.dnn", "--folds", "5"], "dnn sweep FILE --folds 5"],
    [["train", "xor.dnn", "--set", "seed=2"], "--seed 2"],
    [["train", "xor.dnn", "--set", "split=0.5"], "--data 'NAME=csv"],
    [["train", "xor.dnn", "--set", "optimizer.lr=0.1..0.001"], "optimizer.lr=0.1,0.01,0.001` trains with each"],
    [["train", "xor.dnn", "--set", "optimizer.lr=[0.1, 0.03]"], "optimizer.lr=0.1,0.03` trains with each"],
    [["train", "xor.dnn", "--set", "batch=16-64"], "dnn sweep FILE --set batch=16,32,64` trains with each"],
    [["sweep", "xor.dnn", "--set", "batch=5-100"], "dnn sweep FILE --set batch=5,10,20,40,80,100`"],
    [["train", "xor.dnn", "--set", "optimizer=sgd,adam"], "dnn sweep FILE --set optimizer=sgd,adam`"],
    [["train", "xor.dnn", "--set", "optimizer=sgd lr=0.1"], "--set optimizer=sgd --set optimizer.lr=0.1"],
    [["train", "xor.dnn", "--data", "points=rows.csv"], `--data 'points=csv("rows.csv")'`],
    [["train", "xor.dnn", "--data", "rows.csv"], `--data 'NAME=csv("rows.csv")'`],
    [["train", "act.dnn", "--set", "act=relu"], "write `act = ...` there"],
    [["sweep", "xor.dnn", "--by", "acc"], "did you mean accuracy?"],
    [["sweep", "xor.dnn", "--set", "optimizer=sgd,adamm"], "did you mean `adam`?"],
    [["compare", "a", "b", "--out", "c.pdf"], "FILE.html takes a page"],
    [["report", "a", "--out", "r.pdf"], "FILE.html takes a page"],
    [["xor.dnn"], "`dnn train xor.dnn` trains it"],
    [["train", "xor.dnn", "act.dnn"], "one program at a time: dnn train xor.dnn"],
    [["sweep", "xor.dnn", "--set", "batch=8", "16", "32"], "dnn sweep FILE --set batch=8,16,32"],
    [["train", "xor.dnn", "--seed", "1,2,3"], "dnn sweep FILE --seeds 3"],
  ];
  for (const [args, hint] of wrong) {
    const { code, err } = await place.run(...args);
    expect([args, code, err]).toEqual([args, 2, expect.stringContaining(hint)]);
  }
});

test("mistakes of the data are shown at the declaration, those of --data at its text", async () => {
  place.write("data.dnn", xor.replace("xor()", 'csv("table.csv", label="kind")'));
  place.write("table.csv", "a,b,kind\n1,2,x\n1,y\n");
  const ragged = await place.run("train", "data.dnn");
  expect(ragged.code).toBe(1);
  expect(ragged.err).toContain("error[data/csv-ragged]");
  expect(ragged.err).toContain("--> data.dnn:3:15");
  const given = await place.run("train", "xor.dnn", "--data", "points=spirals(n=)");
  expect([given.code, given.err]).toEqual([1, expect.stringContaining("--> --data points:1:")]);
});

test("--help lists the verbs on stdout and exits with 0", async () => {
  const { code, out } = await place.run("--help");
  expect(code).toBe(0);
  for (const verb of [
    "check",
    "summary",
    "train",
    "eval",
    "predict",
    "sample",
    "fmt",
    "graph",
    "build",
    "new",
    "explain",
    "doctor",
  ])
    expect(out).toContain(`  ${verb} `);
});

test("a setting that is another's is called by its whole name, and a path of --data says where it was looked for", async () => {
  const rate = await place.run("train", "xor.dnn", "--set", "lr=0.1");
  expect([rate.code, rate.err]).toEqual([2, expect.stringContaining("did you mean `optimizer.lr`?")]);
  const near = await place.run("train", "xor.dnn", "--set", "epocks=4");
  expect(near.err).toContain("did you mean `epochs`?");
  const data = await place.run("train", "xor.dnn", "--data", 'points=csv("none.csv", label="l")');
  expect(data.err).toMatch(/relative paths in --data start from the folder of the command, \S+/);
});
