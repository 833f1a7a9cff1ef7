// Where boxes and lines of drawings lie: no line crosses a box, no box another, whatever is open.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { type GraphBox, parentsOf } from "../../report/graph/boxes.ts";
import { openGroups } from "../../report/graph/folding.ts";
import { layoutGraph, type Placed, type Rectangle } from "../../report/graph/layout.ts";
import { boxesOfGradients, boxesOfOperations } from "../../report/graph/ofmodel.ts";
import { pathOf } from "../../report/graph/svg.ts";
import { drawDot } from "../../report/graph/text.ts";
import { openText } from "../support/opened.ts";
import { drawn, placeOf } from "./drawings.ts";

type Point = readonly [x: number, y: number];

/** Points along a path as it is drawn: the ends of its straight lines, and many of its bends. */
function along(path: string): {
  readonly straight: readonly (readonly [Point, Point])[];
  readonly bent: readonly Point[];
} {
  const straight: (readonly [Point, Point])[] = [];
  const bent: Point[] = [];
  let [x, y] = [0, 0];
  for (const [, word, rest] of path.matchAll(/([MVC])([^MVC]+)/g)) {
    const n = rest!.trim().split(" ").map(Number);
    const end: Point = word === "V" ? [x, n[0]!] : [n.at(-2)!, n.at(-1)!];
    if (word === "V") straight.push([[x, y], end]);
    for (let i = 0; word === "C" && i <= BENDS; i++) {
      const t = i / BENDS;
      const s = 1 - t;
      const mix = (k: 0 | 1): number =>
        s ** 3 * [x, y][k]! + 3 * s * s * t * n[k]! + 3 * s * t * t * n[k + 2]! + t ** 3 * end[k];
      bent.push([mix(0), mix(1)]);
    }
    [x, y] = end;
  }
  return { straight, bent };
}

const BENDS = 40;
const SLACK = 0.2;
const holds = (r: Rectangle, [x, y]: Point): boolean =>
  x > r.x + SLACK && x < r.x + r.width - SLACK && y > r.y + SLACK && y < r.y + r.height - SLACK;

/** Whether a line straight down passes through a box. */
const cuts = (r: Rectangle, [x, from]: Point, [, to]: Point): boolean =>
  x > r.x + SLACK && x < r.x + r.width - SLACK && to > r.y + SLACK && from < r.y + r.height - SLACK;

/** Faults of a drawing, in words. */
function faults(placed: Placed, roots: readonly GraphBox[]): string[] {
  const parents = parentsOf(roots);
  const around = (id: string): Set<string> => {
    const found = new Set<string>();
    for (let p = id; p; p = parents.get(p)?.id ?? "") found.add(p);
    return found;
  };
  const crossed = placed.lines.flatMap((line) => {
    const inside = around(line.group);
    const { straight, bent } = along(pathOf(line));
    const [top, bottom] = [line.points[0]![1], line.points.at(-1)![1]];
    return placed.boxes
      .filter((b) => b.y < bottom && b.y + b.height > top && !inside.has(b.box.id))
      .filter((b) => bent.some((p) => holds(b, p)) || straight.some(([from, to]) => cuts(b, from, to)))
      .map((b) => `the line from ${line.from} to ${line.to} crosses ${b.box.title}`);
  });
  const byGroup = Map.groupBy(placed.boxes, (b) => parents.get(b.box.id)?.id ?? "");
  const overlaps = [...byGroup.values()].flatMap((boxes) =>
    boxes.flatMap((a, i) =>
      boxes.slice(i + 1).flatMap((b) => {
        const apart = a.x >= b.x + b.width || b.x >= a.x + a.width || a.y >= b.y + b.height || b.y >= a.y + a.height;
        return apart ? [] : [`${a.box.title} lies on ${b.box.title}`];
      }),
    ),
  );
  const places = new Map(placed.boxes.map((b) => [b.box.id, b]));
  const outside = placed.boxes.flatMap((b) => {
    const frame = places.get(parents.get(b.box.id)?.id ?? "") ?? {
      x: 0,
      y: 0,
      width: placed.width,
      height: placed.height,
    };
    const within =
      b.x >= frame.x &&
      b.y >= frame.y &&
      b.x + b.width <= frame.x + frame.width &&
      b.y + b.height <= frame.y + frame.height;
    return within ? [] : [`${b.box.title} leaves its frame`];
  });
  return [...crossed, ...overlaps, ...outside];
}

const programs = ["../../examples/", "../programs/"].flatMap((folder) => {
  const url = new URL(folder, import.meta.url);
  return readdirSync(url)
    .filter((f) => f.endsWith(".dnn"))
    .map((f) => ({ file: f, text: readFileSync(new URL(f, url), "utf8"), folder }));
});

describe("no line crosses a box and no box another, of all models", () => {
  for (const { file, text, folder } of programs)
    test(`${folder}${file}`, () => {
      const opened = openText(file, text);
      const roots = [...opened.program.models.keys()].map((name) => drawn(opened, name));
      for (const folding of ["auto", "open"] as const) {
        const placed = layoutGraph(roots, openGroups(roots, folding));
        expect(faults(placed, roots), folding).toEqual([]);
        expect(placed.boxes.length).toBeGreaterThanOrEqual(roots.length);
      }
    });
});

test("lines of operations and of gradients cross no box either", () => {
  for (const { file, text } of programs.filter((p) => /^(lenet|charlm|vae|transformer)\.dnn$/.test(p.file))) {
    const { program } = openText(file, text);
    for (const name of program.models.keys()) {
      const { result } = program.checkModel(name);
      if (result.kind !== "tensor") continue;
      for (const boxes of [boxesOfOperations([result.node], placeOf), boxesOfGradients([result.node], placeOf)])
        expect(faults(layoutGraph(boxes, new Set()), boxes), file).toEqual([]);
    }
  }
});

test("in blocks of operations a value of another block is named where it is taken, and one line stands for all of a way", () => {
  const { text = "" } = programs.find((p) => p.file === "resnet50.dnn") ?? {};
  const { program } = openText("resnet50.dnn", text);
  const { result } = program.checkModel("resnet50");
  if (result.kind !== "tensor") throw new Error("resnet50 gives a tensor");
  const blocks = boxesOfGradients([result.node], placeOf);
  expect(blocks.length).toBeGreaterThan(5);
  const [all, parents] = [blocks.flatMap((b) => b.children), parentsOf(blocks)];
  for (const { id, inputs } of all) for (const input of inputs) expect(parents.get(input)).toBe(parents.get(id));
  const named = (word: RegExp) => all.flatMap((b) => b.notes.filter((n) => word.test(n)));
  const taken = named(/^← operation \d+$/);
  expect(taken.length).toBeGreaterThan(200);
  expect(new Set(taken.map((n) => n.slice(2)))).toEqual(new Set(named(/^operation \d+$/)));
  const open = new Set(blocks.map((b) => b.id));
  const placed = layoutGraph(blocks, open);
  expect(placed.lines.filter((l) => l.group === "").length).toBeLessThan((blocks.length * (blocks.length - 1)) / 2 + 1);
  expect(faults(placed, blocks)).toEqual([]);
  expect(drawDot("r", blocks, open)).toMatch(/n\d+ -> n\d+ \[ltail=cluster_n\d+ lhead=cluster_n\d+\];/);
});

test("every value that flows between boxes that are drawn has a line, through the frames on its way", () => {
  const box = (id: string, inputs: string[] = [], children: GraphBox[] = []): GraphBox => ({
    id,
    kind: children.length > 0 ? "group" : "layer",
    title: id,
    notes: [],
    children,
    inputs,
  });
  const roots = [
    box(
      "m",
      [],
      [box("x"), box("g", [], [box("a", ["x"]), box("h", [], [box("b", ["a", "x"])])]), box("c", ["b", "a"])],
    ),
  ];
  const lines = (open: string[]) =>
    layoutGraph(roots, new Set(open))
      .lines.map((l) => `${l.from} ${l.to}`)
      .toSorted();
  expect(lines(["m"])).toEqual(["g c", "x g"]);
  expect(lines(["m", "g"])).toEqual(["a h", "a out:a", "g c", "g c", "h out:h", "in:x a", "in:x h", "x g"]);
  expect(lines(["m", "g", "h"])).toContain("in:a b");
});
