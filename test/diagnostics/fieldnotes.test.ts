// Proves that an error about a field of the data says what the field holds, by where its value comes from and not by its text.

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
