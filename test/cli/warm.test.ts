// Proves that the process in which the tests give most commands does what a process for each would do.

import { afterAll, expect, test } from "vitest";
import { differences, Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

test("a command among others says, writes and returns what it does in a process of its own", async () => {
  place.write("xor.dnn", xor);
  place.write("wrong.dnn", xor.replace("tanh", "tanhh"));
  place.write("rows.csv", "0,1\n1,1\n");
  const commands = [
    ["check", "wrong.dnn"],
    ["check", "xor.dnn"],
    ["train", "wrong.dnn"],
    ["train", "xor.dnn", "--out", "run"],
    ["summary", "xor.dnn"],
    ["train", "xor.dnn", "--epochs", "none"],
    ["chek", "xor.dnn"],
    ["train", "xor.dnn", "--resume", "run", "--epochs", "8"],
    ["eval", "xor.dnn", "--weights", "run"],
    ["predict", "xor.dnn", "--weights", "run", "--input", "rows.csv"],
    ["--help"],
    ["explain", "dense"],
  ];
  const alone = new Place();
  for (const file of ["xor.dnn", "wrong.dnn", "rows.csv"]) alone.write(file, place.bytes(file));
  const withoutTimes = (text: string): string => text.replaceAll(/[\d.]+(k|M)? ?(s|ms|points\/s)\b/g, "TIME");
  for (const words of commands) {
    const { out, err, code } = await place.run(...words);
    const own = await alone.start(...words).done;
    expect([code, withoutTimes(out), withoutTimes(err)], words.join(" ")).toEqual([
      own.code,
      withoutTimes(own.out),
      withoutTimes(own.err),
    ]);
  }
  expect(differences(place.checkpoint("run"), alone.checkpoint("run"))).toEqual([]);
  alone.remove();
}, 60_000);

test("a process that a command ends is an error of the test, and the next command has another", async () => {
  const ended = place.run("lsp", "--stdio");
  await expect(ended).rejects.toThrow("dnn lsp --stdio ended its process with 1");
  expect((await place.run("check", "xor.dnn")).code).toBe(0);
});
