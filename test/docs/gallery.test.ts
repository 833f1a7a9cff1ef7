// Proves that the gallery has every program once, all kinds of the zoo and all cells of its chart, that what it says of a cell
// stands in the program it names, that each link leads somewhere, and that each program and definition names its source.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { galleryPage } from "../../scripts/gallerypage.ts";
import { CELLS, GROUPS, ROWS, ZOO } from "../../scripts/gallerytables.ts";

const root = new URL("../../", import.meta.url);
const filesIn = (folder: string): string[] => readdirSync(new URL(folder, root)).filter((f) => f.endsWith(".dnn"));
const textOf = (path: string): string => readFileSync(new URL(path, root), "utf8");
const examples = filesIn("examples/").map((f) => f.slice(0, -4));

test("every program stands in one group, and rows name programs", () => {
  expect(Object.values(GROUPS).flat().sort()).toEqual(examples.toSorted());
  const named = [...Object.values(ZOO), ...Object.values(ROWS).flatMap((part) => Object.values(part))].flat();
  expect(named.filter((name) => !examples.includes(name))).toEqual([]);
});

test("the zoo has its 27 kinds, each a program of its own, and its chart thirteen kinds of cells", () => {
  expect(Object.keys(ZOO)).toHaveLength(27);
  expect(new Set(Object.values(ZOO).map(([first]) => first))).toHaveProperty("size", 27);
  expect(Object.keys(CELLS)).toHaveLength(13);
});

test.each(Object.entries(CELLS))("a cell of the kind %s is written so in its example", (_kind, cell) => {
  expect(textOf(`examples/${cell.example}.dnn`)).toContain(cell.written);
});

test("each link of the page leads to a file, and to a heading of it where it names one", () => {
  const page = galleryPage();
  const links = [...page.matchAll(/\]\(([^)#]+)(?:#([^)]+))?\)/g)];
  expect(links.length).toBeGreaterThan(2 * examples.length);
  for (const [, path, heading] of links) {
    const place = new URL(path!, new URL("examples/", root));
    expect(existsSync(place), path).toBe(true);
    if (heading === undefined) continue;
    const headings = [...readFileSync(place, "utf8").matchAll(/^#+ (.*)$/gm)].map(([, h]) => h!.toLowerCase());
    expect(headings.map((h) => h.replaceAll(/[^\w -]/g, "").replaceAll(" ", "-"))).toContain(heading);
  }
});

test("every picture is shown beside its program", () => {
  const folder = new URL("examples/pictures/", root);
  const pictures = existsSync(folder) ? readdirSync(folder).filter((f) => f.endsWith(".png")) : [];
  const page = galleryPage();
  expect(pictures.filter((name) => !page.includes(`](pictures/${name})`))).toEqual([]);
});

/** A year, or a formula. */
const SOURCE = /\b(1[89]|20)\d\d\b|=/;

test.each(examples)("%s opens with what it is and a formula or source, and is no longer than 80 lines", (name) => {
  const text = textOf(`examples/${name}.dnn`);
  expect(/^(?:#.*\n)+/.exec(text)?.[0] ?? "").toMatch(SOURCE);
  expect(text.trimEnd().split("\n").length).toBeLessThanOrEqual(80);
});

const DEFINITION = /((?:^#.*\n)*)^(?:block|cell|fn|optimizer|schedule) (\w+)/gm;
const definitions = filesIn("stdlib/").flatMap((file) =>
  [...textOf(`stdlib/${file}`).matchAll(DEFINITION)].map(([, comment, name]) => ({ file, name: name!, comment })),
);

test.each(definitions)("$name of stdlib/$file has its formula or source above it", ({ comment }) => {
  expect(comment).toMatch(/\b(1[89]|20)\d\d\b|=|\^|-log| \/ |course/);
});

test("every definition of the library is used by an example, by `lr-find`, or by another definition that is", () => {
  const bodies = new Map<string, string>();
  for (const file of filesIn("stdlib/")) {
    const found = [...textOf(`stdlib/${file}`).matchAll(DEFINITION)];
    found.forEach((m, i) => {
      bodies.set(m[2]!, textOf(`stdlib/${file}`).slice(m.index + m[0].length, found[i + 1]?.index));
    });
  }
  /** Called, or at the head of a flow form; a binding of the same name is neither. */
  const uses = (text: string, name: string): boolean =>
    new RegExp(`(?<![.\\w])${name}(?=[( ;}),])(?! [=:])`).test(text.replaceAll(/#.*$/gm, ""));
  const used = new Set<string>();
  // The range test of `lr-find` is a schedule that it puts in place of the program's.
  const [ranged] = textOf("cli/verbs/trainings/lrfind.ts").match(/schedule \w+\(/)!;
  const waiting = [...examples.map((name) => textOf(`examples/${name}.dnn`)), ranged];
  for (const text of waiting)
    for (const [name, body] of bodies)
      if (!used.has(name) && uses(text, name)) {
        used.add(name);
        waiting.push(body);
      }
  expect([...bodies.keys()].filter((name) => !used.has(name))).toEqual([]);
});
