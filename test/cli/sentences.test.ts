// Proves that a table of reviews, as it comes, trains a model that is given sentences afterwards, in every form in which rows are
// given, and that all of them get the same answer.

import { rmSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterAll, expect, test } from "vitest";
import { load } from "../../embed/index.node.ts";
import { wordPiece } from "../support/wordpiece.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const GOOD = ["great", "lovely", "superb"];
const BAD = ["awful", "dull", "boring"];
const PROGRAM = `data reviews = csv("reviews.csv", label="label", text="review", drop="id")
model sentiment(review: [T] of V) { embed 8; mean over=0; dense 2 }
train sentiment on reviews { loss cross_entropy(sentiment(review), label); optimizer adam lr=0.03; epochs 12 }
`;

function reviews(): string {
  const rows = Array.from({ length: 160 }, (_, i) => {
    const praise = (i * 7) % 5 < 2;
    const words = ["The film", ...new Array<string>((i * 5) % 7).fill("was"), (praise ? GOOD : BAD)[i % 3], "again!"];
    return `${i},"${words.join(" ")}, ""so""",${praise ? "pos" : "neg"}`;
  });
  return `id,review,label\n${rows.join("\n")}\n`;
}

test("a model of reviews takes sentences as words, JSON, CSV, JSON lines and values, and answers alike", async () => {
  place.write("reviews.csv", reviews());
  place.write("r.dnn", PROGRAM);
  const trained = await place.run("train", "r.dnn", "--out", "run");
  expect(trained.code, trained.err).toBe(0);
  expect(trained.err + trained.out).toContain("review holds texts of up to 15 words from a vocabulary of 15");
  const predict = async (...inputs: string[]) => {
    const { code, out, err } = await place.run("predict", "r.dnn", "--weights", "run", "--input", ...inputs);
    expect(code, err).toBe(0);
    return out.trim().split("\n");
  };
  const [good, dull] = ["What a GREAT film", "dull"];
  place.write("p.csv", `id,review\n1,"${good}"\n2,${dull}\n`);
  place.write("p.jsonl", `{"review": "${good}"}\n{"review": "${dull}"}\n`);
  const answers = await predict("p.csv");
  expect(answers.map((line) => line.split(" ")[0])).toEqual(["pos", "neg"]);
  expect(await predict("p.jsonl")).toEqual(answers);
  expect(await predict(`["${good}", "${dull}"]`)).toEqual(answers);
  expect([...(await predict(good)), ...(await predict(dull))]).toEqual(answers);
  expect(await predict(`{"review": "${dull}"}`)).toEqual(answers.slice(1));
  const long = `${good} ${"was ".repeat(40)}`;
  expect(await predict(long)).toEqual(await predict(long.split(" ").slice(0, 15).join(" ")));
  await using net = await load(place.path("run"));
  expect(await net.predict({ review: good })).toMatchObject({ label: "pos" });
  expect((await net.batch([dull, good])).map(({ label }) => label)).toEqual(["neg", "pos"]);
  expect((await place.run("build", "r.dnn", "--weights", "run", "--out", "m.mjs")).code).toBe(0);
  const built = await (await import(pathToFileURL(place.path("m.mjs")).href)).load();
  expect(await built.predict({ review: good })).toEqual(await net.predict({ review: good }));
  for (const [input, message] of [
    [" ", "the text for 'review' is empty"],
    ['{"review": ""}', "the text for 'review' is empty"],
    ["none.csv", "there is no file none.csv"],
  ] as const) {
    const refused = await place.run("predict", "r.dnn", "--weights", "run", "--input", input);
    expect([refused.code, refused.err]).toEqual([expect.any(Number), expect.stringContaining(message)]);
    expect(refused.code).not.toBe(0);
  }
});

test("a tokenizer.json travels with the weights into predictions and built modules", async () => {
  const vocab = Object.fromEntries(["[UNK]", ...GOOD, ...BAD].map((word, id) => [word, id]));
  place.write("reviews.csv", reviews());
  place.write("own.json", JSON.stringify(wordPiece(vocab)));
  place.write("t.dnn", PROGRAM.replace('text="review"', 'text="review", tokens="own.json"'));
  const trained = await place.run("train", "t.dnn", "--out", "own");
  expect(trained.code, trained.err).toBe(0);
  rmSync(place.path("own.json"));
  await using net = await load(place.path("own"));
  const wanted = await net.predict({ review: "What a GREAT film" });
  expect([wanted.label, (await net.predict("dull")).label]).toEqual(["pos", "neg"]);
  place.write("p.csv", 'review,id\n"What a GREAT film",1\n');
  const { out } = await place.run("predict", "t.dnn", "--weights", "own", "--input", "p.csv", "--json");
  expect(JSON.parse(out)).toEqual(wanted);
  expect((await place.run("build", "t.dnn", "--weights", "own", "--out", "t.mjs")).code).toBe(0);
  const built = await (await import(pathToFileURL(place.path("t.mjs")).href)).load();
  expect(await built.predict({ review: "What a GREAT film" })).toEqual(wanted);
});

test("the tokens of a field are counted as far as its texts go", async () => {
  place.write("c.csv", 'review,label\n"a a a",p\nb,q\na,p\nb,q\nb,p\n');
  place.write("c.dnn", 'data d = csv("c.csv", text="review", shuffle=false)\n');
  const { out } = await place.run("data", "c.dnn", "--json");
  expect(JSON.parse(out)).toMatchObject({
    fields: expect.arrayContaining([
      expect.objectContaining({
        name: "review",
        classes: [
          { name: "(unknown)", train: 0, heldout: 0 },
          { name: "a", train: 4, heldout: 0 },
          { name: "b", train: 2, heldout: 1 },
        ],
      }),
    ]),
  });
});
