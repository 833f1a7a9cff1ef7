// `dnn compare`: runs beside one another, as a table, and as a page with the curves of all of them.

import { EXIT, usage } from "../../../project/failure.ts";
import { namedRuns, type RunFacts } from "../../../project/train/runs.ts";
import { comparisonOf, comparisonReport, differencesOf } from "../../../report/run/comparison.ts";
import { reportPage } from "../../../report/run/page.ts";
import { table } from "../../../report/tables.ts";
import { type Flags, path, type Values } from "../../command/flag.ts";
import { shared } from "../../command/shared.ts";
import { defineVerb } from "../../command/verb.ts";
import { machine } from "../../terminal/machine.ts";
import { outKind, writeOut } from "../../terminal/outfile.ts";
import { note, out, outJson } from "../../terminal/say.ts";
import { objectOf } from "./runs.ts";

const flags = {
  out: { value: "file", type: path(".html"), description: "a page with the curves of all runs" },
  json: { ...shared.json, description: "one object a run" },
} as const satisfies Flags;

type CompareFlags = Values<typeof flags>;

export const verb = defineVerb({
  arguments: [{ name: "runs", type: path(), description: "folders of runs, or folders that hold some", isList: true }],
  flags,
  example: "dnn compare runs/lenet-1 runs/lenet-2 --out compare.html",
  run: ([folders], flags) => compare(folders, flags),
});

async function compare(folders: readonly string[], flags: CompareFlags): Promise<number> {
  if (flags.out !== undefined) outKind(flags.out, { html: "a page" });
  const runs = await namedRuns(folders, machine.disk);
  if (runs.length < 2) throw usage(`${folders.join(" ")} is one run`, "name two, or a folder that holds several");
  const notes = differencesOf(runs);
  for (const text of notes) note(`warning: ${text}`);
  const comparison = comparisonOf(runs);
  if (flags.json) for (const run of runs) outJson(objectOf(run));
  else {
    const { head, rows } = comparison;
    out(table([head, ...rows], [...head.keys()].slice(1)));
  }
  if (flags.out !== undefined) {
    await writeOut(flags.out, reportPage(comparisonReport({ ...pageParts(runs), comparison, notes })));
    note(`the page is ${flags.out}`);
  }
  return EXIT.fine;
}

function pageParts(runs: readonly RunFacts[]) {
  const isOne = new Set(runs.map((r) => r.hash)).size === 1;
  return {
    title: `${runs.length} runs`,
    facts: [["programs", [...new Set(runs.map((r) => `${r.file}, training ${r.training}`))].join("; ")]] as const,
    program: isOne ? (runs[0]!.program ?? "") : "",
    runs: runs.map((run, i) => [run.folder, run, i] as const),
  };
}
