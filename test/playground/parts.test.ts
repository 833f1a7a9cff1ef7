// Parts of the playground that need no browser: programs in addresses, hints in the words of a page, programs for files, forms.

import { readdirSync, readFileSync } from "node:fs";
import fc from "fast-check";
import { deflateSync } from "fflate";
import { describe, expect, test } from "vitest";
import { libraryOn } from "../../embed/api.ts";
import { starterFor } from "../../playground/lab/starter.ts";
import { hintHere } from "../../playground/page/editor/hints.ts";
import { fragmentOf, programIn } from "../../playground/page/share.ts";
import { memoryHost } from "../../project/memoryhost.ts";
import { encodePng } from "../../runtime/pictures/png.ts";

const folder = new URL("../../stdlib/", import.meta.url);
const library = Object.fromEntries(
  readdirSync(folder).map((name) => [name, readFileSync(new URL(name, folder), "utf8")]),
);

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("a program in an address", () => {
  test("is the program again, whatever it holds", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 400 }), (text) => {
        expect(fragmentOf(text)).toMatch(/^#p=[\w-]*$/);
        expect(programIn(fragmentOf(text))).toBe(text);
      }),
    );
  });

  test("that is damaged, cut or no program gives none", () => {
    const whole = fragmentOf("model net(x: [2]) { dense 2 }\n".repeat(20));
    for (const wrong of ["", "#p=", "#p=%00", "#p=<script>", "#q=abc", whole.slice(0, -9), `${whole}=`])
      expect(programIn(wrong), wrong).toBeUndefined();
  });

  test("that would unpack to more than any program gives none", () => {
    const bomb = Buffer.from(deflateSync(new Uint8Array(2 ** 20), { level: 9 })).toString("base64url");
    expect(programIn(`#p=${bomb}`)).toBeUndefined();
  });
});

test("hints name what a page has in place of flags and folders", () => {
  expect(hintHere("data/file-not-found", "there is no file a.csv\nhint: put it there, or `dnn train`")).toBe(
    "there is no file a.csv\nhint: drop it on this page, or take it with the button Your data",
  );
  expect(hintHere("limits/memory", "a batch of 16 fits: `--set batch=16`")).toBe(
    "a batch of 16 fits: `batch 16` in the training",
  );
  expect(hintHere("machine/no-gpu", "--device cpu runs everywhere")).toBe("choose the device Processor");
  expect(hintHere("syntax/x", "write `dense 2`")).toBe("write `dense 2`");
});

describe("a program for files that were dropped", () => {
  const rows = Array.from({ length: 24 }, (_, i) => `${i},${(i * 7) % 5},${["red", "blue"][i % 2]}`);
  const picture = (shade: number): Uint8Array =>
    encodePng({ width: 40, height: 30, channels: 3, bytes: new Uint8Array(40 * 30 * 3).fill(shade) });
  const pictures = Object.fromEntries(
    ["cats", "dogs"].flatMap((name, k) => [0, 1, 2, 3].map((i) => [`pets/${name}/${i}.png`, picture(60 * k + i)])),
  );
  const cases: Readonly<Record<string, { files: Readonly<Record<string, Uint8Array>>; path: string; says: RegExp }>> = {
    "a table of classes": {
      files: { 'a "b".csv': utf8(["size,age,kind", ...rows].join("\n")) },
      path: 'a "b".csv',
      says: /cross_entropy\(net\(x\), label\)/,
    },
    "a table of numbers": {
      files: { "t.tsv": utf8(["colour\tsize\ty", ...rows.map((_, i) => `red\t${i}\t${i * 1.5}`)].join("\n")) },
      path: "t.tsv",
      says: /mse\(net\(x\), y\)/,
    },
    "rows of JSON": {
      files: { "r.jsonl": utf8(rows.map((_, i) => JSON.stringify({ a: i, b: i % 3, label: `k${i % 2}` })).join("\n")) },
      path: "r.jsonl",
      says: /dense 2\n/,
    },
    "a text": {
      files: { "poem.txt": utf8("the cat sat on the mat. ".repeat(40)) },
      path: "poem.txt",
      says: /text\("poem\.txt"/,
    },
    "a folder of pictures": { files: pictures, path: "pets", says: /images\("pets", size=32x32\)/ },
  };

  test.each(Object.entries(cases))("has no mistakes: %s", async (_, { files, path, says }) => {
    const text = await starterFor(files, path);
    expect(text).toMatch(says);
    const found = await libraryOn(memoryHost({ library, files })).check({ text, path: "program.dnn" });
    expect(found.filter((d) => d.severity === "error")).toEqual([]);
  });
});
