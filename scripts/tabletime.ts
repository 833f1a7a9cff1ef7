// Processor time and memory of loading a large table. In: `node scripts/tabletime.ts [ROWS] [COLUMNS]`, a million rows of 30 columns
// where they are left out: numbers, whole and with decimals, a word, and empty cells. Out: seconds of the processor, of all threads, and
// the most memory that the process has had. The table is made in a temporary folder, and removed.

import { closeSync, mkdtempSync, openSync, rmSync, statSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadDataset } from "../runtime/data/sources/all.ts";
import { nodeFiles } from "../runtime/files/files.node.ts";

const [rows = 1_000_000, columns = 30] = process.argv.slice(2).map(Number);
const folder = mkdtempSync(join(tmpdir(), "dnn-table-"));
const path = join(folder, "table.csv");

/** One cell: every fifth column holds whole numbers, one words, and one in a thousand numbers is missing. */
function cellAt(row: number, column: number, noise: number): string {
  if (column === 3) return ["north", "south", "east", "west"][row % 4] ?? "";
  if (column % 5 === 0) return String((row * 7919 + column) % 1000);
  if (column === 7 && row % 1000 === 1) return "";
  return (noise * 100 - 50).toFixed(column % 4 === 1 ? 6 : 3);
}

function writeTable(): void {
  const file = openSync(path, "w");
  writeSync(file, `${Array.from({ length: columns }, (_, i) => `column_${i}`).join(",")}\n`);
  let state = 1;
  for (let from = 0; from < rows; from += 10_000) {
    const lines: string[] = [];
    for (let row = from; row < Math.min(rows, from + 10_000); row++) {
      const cells = Array.from({ length: columns }, (_, column) => {
        state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
        return cellAt(row, column, state / 2 ** 32);
      });
      lines.push(cells.join(","));
    }
    writeSync(file, `${lines.join("\n")}\n`);
  }
  closeSync(file);
}

try {
  writeTable();
  const megabytes = statSync(path).size / 2 ** 20;
  const before = process.cpuUsage();
  let reports = 0;
  const request = { name: "csv", positional: [path], named: { missing: "mean" }, seed: 0, base: "" };
  const dataset = await loadDataset(request, nodeFiles(), () => {
    reports++;
  });
  const { user, system } = process.cpuUsage(before);
  const seconds = (user + system) / 1e6;
  const most = process.resourceUsage().maxRSS / 1024;
  const fields = dataset.train.columns.length;
  console.log(
    `${rows} rows x ${columns} columns, ${megabytes.toFixed(0)} MiB: ${fields} fields, ${reports} reports of progress`,
  );
  console.log(`${seconds.toFixed(2)} s of the processor, at most ${most.toFixed(0)} MiB of memory`);
} finally {
  rmSync(folder, { recursive: true });
}
