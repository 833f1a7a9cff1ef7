// Proves that the rows of a CSV file are cut as a reader cuts them that goes character by character, that numbers which are read from
// bytes are those of the cells' texts, and that columns which are read twice hold what columns hold that are read once.

import { expect, test } from "vitest";
import { plainNumber, pointOf } from "../../runtime/files/csvcells.ts";
import { FORM, RowScanner } from "../../runtime/files/csvscan.ts";
import { column, failure, load, utf8 } from "./rawfiles.ts";

/** Cells by RFC 4180 and nothing else: spaces around bare cells and before a quote are none of the cell; blank lines are no rows. */
function cutSlowly(text: string, separator: string): string[][] {
  const rows: string[][] = [];
  let cells: string[] = [];
  let at = 0;
  const isEnd = (): boolean => at >= text.length || text[at] === "\n" || text[at] === "\r";
  while (at < text.length) {
    while (text[at] === " ") at++;
    let cell = "";
    if (text[at] === '"') {
      for (at++; text[at] !== '"' || text[at + 1] === '"'; at++) {
        cell += text[at];
        if (text[at] === '"') at++;
      }
      at++;
      while (text[at] === " ") at++;
    } else {
      while (!isEnd() && text[at] !== separator) cell += text[at++];
      cell = cell.trim();
    }
    cells.push(cell);
    const goesOn = text[at] === separator && at < text.length;
    if (goesOn && at + 1 < text.length) {
      at++;
      continue;
    }
    if (goesOn) cells.push("");
    at += goesOn ? 1 : text[at] === "\r" && text[at + 1] === "\n" ? 2 : 1;
    if (cells.length > 1 || cells[0] !== "") rows.push(cells);
    cells = [];
  }
  return rows;
}

let state = 7;
const draw = (n: number): number => {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return Math.floor((state / 2 ** 32) * n);
};
const pick = <T>(items: readonly T[]): T => items[draw(items.length)]!;

const CELLS: readonly (() => string)[] = [
  () => String(draw(1000)),
  () => (draw(1e6) / 1000).toFixed(3),
  () => `-${draw(100)}.${draw(1000)}`,
  () =>
    pick([".5", "5.", "-", ".", "-0", "1.2.3", "00.125", "0.125", "+1", "1e3", "123456789012345", "1234567890123456"]),
  () => ` ${draw(50)}  `,
  () => pick(["red", "größe", "日本", "a b", "x\u00a0", "\u2028"]),
  () => `"${pick(["a,b", 'say ""x""', "two\nlines", "two\r\nlines", " padded ", "3.5", "", "ü"])}"${pick(["", "  "])}`,
  () => "",
];

test("rows are cut as a slow reader cuts them, and cells that are numbers have their values", () => {
  for (let round = 0; round < 1500; round++) {
    const [separator, end] = [pick([",", ";", "\t", "|"]), pick(["\n", "\r\n", "\r"])];
    const width = 1 + draw(6);
    const lines = Array.from({ length: draw(12) }, () =>
      draw(8) === 0 ? "" : Array.from({ length: width }, () => pick(CELLS)()).join(separator),
    );
    const text = lines.join(end) + pick(["", end]);
    if (text === "") continue;
    const scanner = new RowScanner(utf8(text), "t.csv", separator);
    const found: string[][] = [];
    while (scanner.next()) {
      const cells = Array.from({ length: scanner.width }, (_, k) => scanner.text(k));
      found.push(cells);
      for (const [k, cell] of cells.entries()) {
        if (scanner.forms[k] === FORM.text) continue;
        expect(scanner.values[k], cell).toBe(plainNumber(cell));
        const form = { none: FORM.whole, decimal: FORM.decimal, open: FORM.open }[pointOf(cell)];
        expect(scanner.forms[k], cell).toBe(form);
      }
    }
    expect(found, JSON.stringify(text)).toEqual(cutSlowly(text, separator));
  }
});

test("a bare cell that writes a number plainly is read from its bytes", () => {
  const scanner = new RowScanner(utf8("1,-2.5, 30 ,.5,1.500,007\n"), "t.csv", ",");
  expect(scanner.next()).toBe(true);
  expect([...scanner.values.subarray(0, 6)]).toEqual([1, -2.5, 30, 0.5, 1.5, 7]);
  const { whole, decimal, open } = FORM;
  expect([...scanner.forms.subarray(0, 6)]).toEqual([whole, decimal, whole, decimal, open, whole]);
});

/** A table whose words are so many that no dictionary holds them. */
const many = (cell: (row: number) => string, rows = 12_000): Uint8Array =>
  utf8(`word,n,y\n${Array.from({ length: rows }, (_, i) => `w${i},${cell(i)},${i % 7}.5`).join("\n")}\n`);
const read = (bytes: Uint8Array, named = {}) =>
  load("csv", { "t.csv": bytes }, { positional: ["t.csv"], named: { shuffle: false, split: 1, ...named } });

test("a column that is read again, since its words are many or its numbers are classes, holds what its cells say", async () => {
  const data = await read(
    many((i) => (i % 3 === 0 ? `0${i % 10}` : String(i % 10))),
    { types: ["n: class"] },
  );
  const [word, n] = [column(data, "word"), column(data, "n")];
  expect([word.classes, n.classes]).toEqual([12_000, 20]);
  for (const row of [0, 1, 9_999, 10_001, 11_999]) {
    expect(word.labels?.[word.values[row]!]).toBe(`w${row}`);
    expect(n.labels?.[n.values[row]!]).toBe(row % 3 === 0 ? `0${row % 10}` : String(row % 10));
  }
  const comma = await read(
    many((i) => `"${i % 100},5"`),
    { decimal: "," },
  );
  expect([...column(comma, "n").values.subarray(0, 3)]).toEqual([0.5, 1.5, 2.5]);
  const points = await read(utf8("a;y\n1.500;1,5\n2.250;2,5\n"), {});
  expect([...column(points, "a").values]).toEqual([1500, 2250]);
});

test("of several cells that are no numbers the first of the file is named, in whichever pass it is met", async () => {
  const mixed = (wrong: number) => many((i) => (i === wrong ? "x" : String(i)));
  expect((await failure(read(mixed(11_000)))).message).toBe(
    't.csv, line 11002, column "n": "x" is not a number, but most cells of this column are',
  );
  const marked = (first: number, second: number) =>
    utf8(
      `a,b\n${Array.from({ length: 11_000 }, (_, i) => `${i === first ? "x" : i},$${i === second ? "y" : i}`).join("\n")}\n`,
    );
  expect((await failure(read(marked(500, 400)))).message).toContain('t.csv, line 402, column "b": "$y"');
  expect((await failure(read(marked(300, 400)))).message).toContain('t.csv, line 302, column "a": "x"');
});

test("a byte that is not UTF-8 is refused in a column that is left out, too", async () => {
  const bytes = utf8("a,b,y\n1,x,2\n3,z,4\n");
  bytes[bytes.indexOf(122)] = 0xff;
  const error = await failure(read(bytes, { drop: "b" }));
  expect([error.code, error.message]).toEqual(["data/not-utf8", "t.csv is not UTF-8 text: byte 14 does not belong"]);
});
