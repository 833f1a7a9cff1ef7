// Trains every example as its test does and keeps what it reached in examples/figures.json, from which the gallery page is
// made: `npm run gallery`, then `npm run docs`. With names, only those.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TARGETS } from "../test/examples/targets.ts";

const root = fileURLToPath(new URL("../", import.meta.url));
const place = join(root, "examples/figures.json");

export interface Figure {
  readonly params: number;
  readonly metric: string;
  readonly value: number;
}

type End = { readonly train: Record<string, number>; readonly heldout: Record<string, number> };

function reach(name: string): Figure {
  const { metric, flags = [], own } = TARGETS[name]!;
  const out = mkdtempSync(join(tmpdir(), "dnn-gallery-"));
  const args = [
    join(root, "cli/bin.ts"),
    "train",
    join(root, `examples/${name}.dnn`),
    "--json",
    "--seed",
    "1",
    "--out",
  ];
  const text = execFileSync(process.execPath, [...args, join(out, name), ...flags], {
    encoding: "utf8",
    maxBuffer: 2 ** 28,
  });
  rmSync(out, { recursive: true });
  const events = text.trim().split("\n");
  const start = JSON.parse(events.findLast((e) => e.includes('"event":"start"'))!) as { params: number };
  const end = JSON.parse(events.at(-1)!) as End;
  return { params: start.params, metric, value: Number((own ? end.train : end.heldout)[metric]!.toPrecision(4)) };
}

const chosen = process.argv.slice(2);
const figures = JSON.parse(readFileSync(place, { encoding: "utf8", flag: "a+" }) || "{}") as Record<string, Figure>;
for (const name of Object.keys(TARGETS)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue;
  figures[name] = reach(name);
  console.log(name, figures[name]);
}
const kept = Object.fromEntries(Object.entries(figures).filter(([name]) => name in TARGETS));
writeFileSync(place, `${JSON.stringify(kept, undefined, 2)}\n`);
