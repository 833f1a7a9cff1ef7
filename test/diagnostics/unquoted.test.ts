// Proves that a text without its quotes is told as one, wherever a text belongs, and that a name which looks like that of a text or a
// number of the program is taken for it misspelled.

import { expect, test } from "vitest";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import { checkOpened } from "../../project/check/opened.ts";
import { openText } from "../support/opened.ts";

const town = (more: { show?: string; header?: string; data?: string }): string => `hidden = 8
model town(text: [T] of V) { embed hidden; gru 32; dense V }
data corpus = ${more.data ?? "prose(seq=16)"}
train town${more.header ?? ""} on corpus {
  loss cross_entropy(town(text), next)
  show generate(${more.show ?? "town"})
}
`;

const said = async (text: string): Promise<readonly Diagnostic[]> =>
  (await checkOpened(openText("net.dnn", text))).filter((d) => d.severity === "error");

test.each([
  [town({ show: "town, The, 120" }), "a prompt is text in quotes", '"The"'],
  [town({ show: "town, The town was, 120" }), "a prompt is text in quotes", '"The town was"'],
  [town({ show: "town, prompt=The" }), "a prompt is text in quotes", '"The"'],
  [town({ show: "town, town.txt, 120" }), "a prompt is text in quotes", '"town.txt"'],
  [town({ show: "town, prompt", header: "(prompt=The)" }), "nothing is called 'The' here", '"The"'],
  [town({ data: "text(town.txt, seq=16)" }), "a path is text in quotes", '"town.txt"'],
  [town({ data: "text(shakespeare)" }), "a path is text in quotes", '"shakespeare"'],
  [town({ data: "csv(my-table.csv)" }), "a path is text in quotes", '"my-table.csv"'],
  [town({ data: "images(small pictures)" }), "a path is text in quotes", '"small pictures"'],
  [town({ data: 'csv("t.csv", label=species)' }), "'label' is text in quotes", '"species"'],
  ["model m(x: [2]) { x * sum(tensor(adj.npy)) }\n", "a path is text in quotes", '"adj.npy"'],
  [
    'model m(x: [2]) { x * sum(tensor("a.npz", adjacency)) }\n',
    "the name of an array is text in quotes",
    '"adjacency"',
  ],
])("quotes are missing: %s", async (text, message, quoted) => {
  const [first, ...others] = await said(text);
  expect(others).toEqual([]);
  expect(first?.message).toContain(message);
  expect(first?.hint).toContain(`\`${quoted}\``);
  expect(first?.fix?.edits.map((e) => e.text)).toEqual([quoted]);
});

test("a model in the place of a file is one, and may be meant as a name in quotes", async () => {
  const [first] = await said(town({ data: "text(town)" }));
  expect(first).toMatchObject({ code: "data/bad-argument", hint: 'a path is text in quotes: `"town"`' });
});

test.each([
  [town({ show: "town, promt", header: '(prompt="The")' }), "`prompt`"],
  [town({ header: "(size=hiden)" }), "`hidden`"],
  [town({ data: "prose(seq=hiden)" }), "`hidden`"],
])("a name of a value is near: %s", async (text, name) => {
  expect((await said(text)).map((d) => d.hint)).toEqual([`did you mean ${name}?`]);
});

test("where a number belongs, no layer or function is proposed", async () => {
  for (const word of ["bar", "gruu"]) {
    const [first] = await said(town({ data: `prose(seq=${word})` }));
    expect(first).toMatchObject({ code: "names/unknown", hint: expect.stringContaining(`a line \`${word} = ...\``) });
  }
});
