// The library is read definition by definition: each must stand by itself, in its place in the file. And what is wrong
// inside one is said at every call, at the argument that it comes from.

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { Library } from "../../compiler/check/program/library.ts";
import { openProgram } from "../../compiler/check/program/program.ts";
import { parse } from "../../grammar/parser/parse.ts";
import { library } from "../support/engine.ts";

const folder = new URL("../../stdlib/", import.meta.url);

test("every definition reads alone as it does in its file", () => {
  for (const name of readdirSync(folder)) {
    const file = `stdlib/${name}`;
    const whole = parse(readFileSync(new URL(name, folder), "utf8"), file);
    expect(whole.diagnostics).toEqual([]);
    for (const definition of whole.file.definitions) {
      if (!("name" in definition)) throw new Error(`${file} holds something that is no definition`);
      expect(library.get(definition.name.text)).toMatchObject({ kind: "definition", definition });
      expect(library.all()).toContain(definition.name.text);
      expect(`${library.headOf(definition.name.text)}-definition`).toContain(definition.kind);
    }
  }
});

test("a program reads the definitions that it uses, and no others", () => {
  const fresh = new Library(library.sources);
  const text = "model net(x: [3]) { dense 2; softmax }\nfn unused(x) { return relu(x) }\n";
  openProgram({ file: "test.dnn", text }, fresh).program.checkModel("net");
  expect([...fresh.read.keys()]).toEqual(["dense", "softmax", "relu"]);
});

test("the same mistake in two calls of a layer is said twice, and once where a call is checked twice", () => {
  const text = "model a(x: [3]) { dense 2.5 }\nmodel b(x: [3]) { dense 2.5 }\n";
  const { program } = openProgram({ file: "test.dnn", text }, library);
  for (const model of ["a", "b", "b"]) program.checkModel(model);
  expect(program.diagnostics.map((d) => [d.code, d.span?.file, d.span?.start])).toEqual([
    ["calls/out-of-range", "test.dnn", text.indexOf("2.5")],
    ["calls/out-of-range", "test.dnn", text.lastIndexOf("2.5")],
  ]);
});
