// Diagnostics as text: the frame, several places, and sources that would garble a terminal.

import { expect, test } from "vitest";
import { toJson } from "../../compiler/diagnostics/json.ts";
import { Texts } from "../../compiler/diagnostics/lines.ts";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import type { Diagnostic, Span } from "../../grammar/syntax/span.ts";

const net = "model m(x: [7, 7, 1]) {\n  relu\n\n  conv 3x3 8 s3\n}\n";
const texts = new Texts();
texts.add("net.dnn", net);

function at(text: string, part: string, file = "net.dnn"): Span {
  const start = text.indexOf(part);
  return { file, start, end: start + part.length };
}

const window: Diagnostic = {
  code: "shapes/window-does-not-fit",
  severity: "error",
  message: "a 3x3 window with stride 3 does not fit a 7x7 input",
  span: at(net, "conv 3x3 8 s3"),
  detail: "(7 - 3 + 2*0)/3 + 1 = 2.33",
  notes: ["the last row and column of the input would be dropped"],
  hint: "p1 gives 3",
};

const print = (d: Diagnostic, t = texts): string => printDiagnostic(d, t, { colour: false });

test("a report has the message, the place, the line, the arithmetic under it, notes and a hint", () => {
  expect(print(window)).toBe(
    [
      "error[shapes/window-does-not-fit]: a 3x3 window with stride 3 does not fit a 7x7 input",
      "  --> net.dnn:4:3",
      "  4 |   conv 3x3 8 s3",
      "    |   ^^^^^^^^^^^^^ (7 - 3 + 2*0)/3 + 1 = 2.33",
      "  = the last row and column of the input would be dropped",
      "  = hint: p1 gives 3",
    ].join("\n"),
  );
});

test("places that explain it stand in the order of their lines, those of another file under its name", () => {
  texts.add("stdlib/layers.dnn", "block conv() { it }\n");
  texts.add("parts.dnn", "block part() { it }\n");
  const related = [
    { span: at(net, "[7, 7, 1]"), text: "7x7 since here" },
    { span: { file: "parts.dnn", start: 0, end: 10 }, text: "in 'part'" },
    // Of the library its name and line are enough: its text is not the reader's.
    { span: { file: "stdlib/layers.dnn", start: 0, end: 10 }, text: "in 'conv'" },
  ];
  expect(print({ ...window, notes: [], related })).toBe(
    [
      "error[shapes/window-does-not-fit]: a 3x3 window with stride 3 does not fit a 7x7 input",
      "  --> net.dnn:4:3",
      "  1 | model m(x: [7, 7, 1]) {",
      "    |            --------- 7x7 since here",
      "  ...",
      "  4 |   conv 3x3 8 s3",
      "    |   ^^^^^^^^^^^^^ (7 - 3 + 2*0)/3 + 1 = 2.33",
      "  --> parts.dnn:1:1",
      "  1 | block part() { it }",
      "    | ---------- in 'part'",
      "  = in 'conv', stdlib/layers.dnn:1",
      "  = hint: p1 gives 3",
    ].join("\n"),
  );
});

test("tabs keep the marks in place, control characters of the source are never printed, long lines are cut around", () => {
  const long = `${"a".repeat(500)}WRONG${"b".repeat(500)}\n\t\x1b[31mred\x07 here\r\n`;
  const other = new Texts();
  other.add("long.dnn", long);
  const first = print({ code: "a/b", severity: "error", message: "m", span: at(long, "WRONG", "long.dnn") }, other);
  const [, place, line, marks] = first.split("\n") as [string, string, string, string];
  expect(place).toBe("  --> long.dnn:1:501");
  expect(line.length).toBeLessThan(140);
  expect(line.indexOf("WRONG")).toBe(marks.indexOf("^^^^^"));
  const second = print(
    { code: "a/b", severity: "warning", message: "m\x1b[0m", span: at(long, "here", "long.dnn") },
    other,
  );
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they must not be there
  expect(second).not.toMatch(/[\x00-\x09\x0b-\x1f]/);
  const rows = second.split("\n");
  expect(rows[2]!.indexOf("here")).toBe(rows[3]!.indexOf("^^^^"));
});

test("a place at the end of the text, and one of many lines, are marked where they begin", () => {
  expect(
    print({
      code: "a/b",
      severity: "error",
      message: "m",
      span: { file: "net.dnn", start: net.length, end: net.length },
    }),
  ).toContain("^");
  const wide = print({
    code: "a/b",
    severity: "error",
    message: "m",
    span: { file: "net.dnn", start: 0, end: net.length },
  });
  expect(wide.split("\n").slice(1)).toEqual([
    "  --> net.dnn:1:1",
    "  1 | model m(x: [7, 7, 1]) {",
    `    | ${"^".repeat(23)}`,
  ]);
});

test("colour is only put around, the text stays the same", () => {
  const coloured = printDiagnostic(window, texts, { colour: true });
  expect(coloured).toContain("\x1b[1;31m");
  // biome-ignore lint/suspicious/noControlCharactersInRegex: colours are control characters
  expect(coloured.replace(/\x1b\[[\d;]*m/g, "")).toBe(print(window));
});

test("as JSON, lines and columns count from 1 and what is under the mark becomes a related place", () => {
  expect(toJson(window, texts, "net.dnn")).toEqual({
    file: "net.dnn",
    line: 4,
    column: 3,
    endLine: 4,
    endColumn: 16,
    severity: "error",
    code: "shapes/window-does-not-fit",
    message: "a 3x3 window with stride 3 does not fit a 7x7 input",
    hint: "p1 gives 3",
    related: [
      { file: "net.dnn", line: 4, column: 3, endLine: 4, endColumn: 16, message: "(7 - 3 + 2*0)/3 + 1 = 2.33" },
    ],
  });
  expect(toJson({ code: "data/x", severity: "error", message: "m" }, texts, "a.dnn")).toMatchObject({
    file: "a.dnn",
    line: 1,
    column: 1,
  });
});
