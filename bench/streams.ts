// Streams measured: memory against the size of the data, and the share of its time that the engine waits for examples. Makes folders of
// pictures, arrays and Parquet files in a temporary folder, trains on them by the command line with the least memory that it can be
// given, and prints a line for each: `node bench/streams.ts [--scale 4] [--only lenet]`. Timings mean something on a quiet machine.

import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { zipSync } from "fflate";
import { parquetWriteBuffer } from "hyparquet-writer";
import { Random } from "../runtime/data/random.ts";
import { encodePng } from "../runtime/pictures/png.ts";

const { values: flags } = parseArgs({
  options: {
    scale: { type: "string", default: "4" },
    only: { type: "string" },
    epochs: { type: "string", default: "3" },
  },
});
const SCALES = [1, Number(flags.scale)];

const root = fileURLToPath(new URL("..", import.meta.url));
const example = (name: string): string => readFileSync(join(root, "examples", `${name}.dnn`), "utf8");
const random = new Random(1);

interface Workload {
  readonly name: string;
  readonly examples: number;
  /** Bytes of an example in memory. */
  readonly bytes: number;
  /** Writes the examples into the folder, gives the program. */
  readonly make: (folder: string, count: number) => string;
}

/** Writes a file of data that looks some time old, as data mostly is: one of the last two seconds is decoded in every pass. */
function writeData(path: string, bytes: Uint8Array): void {
  writeFileSync(path, bytes);
  utimesSync(path, 1e9, 1e9);
}

function picturesIn(folder: string, count: number, side: number, channels: 1 | 3): void {
  for (let i = 0; i < count; i++) {
    const label = i % 10;
    mkdirSync(join(folder, "data", `${label}`), { recursive: true });
    const ground = random.integer(100);
    const bytes = Uint8Array.from({ length: side * side * channels }, (_, k) =>
      random.integer(8) === 0 ? random.integer(256) : ground + (k % 11 === label ? 90 : 0),
    );
    writeData(join(folder, "data", `${label}`, `${i}.png`), encodePng({ width: side, height: side, channels, bytes }));
  }
}

const withData = (program: string, data: string): string =>
  program.replace(/^data digits = .*$/m, `data digits = ${data}`);

function tableIn(folder: string, count: number, columns: number): void {
  const labels = Int32Array.from({ length: count }, () => random.integer(10));
  const columnData = Array.from({ length: columns }, (_, k) => ({
    name: `c${k}`,
    data: Float64Array.from(labels, (label) => ((label + k) % 10) + random.normal()),
    type: "DOUBLE" as const,
  }));
  const bytes = parquetWriteBuffer({
    rowGroupSize: 5000,
    columnData: [...columnData, { name: "label", data: Array.from(labels, String), type: "STRING" }],
  });
  writeData(join(folder, "data.parquet"), new Uint8Array(bytes));
}

/** A .npy file of bytes. */
function bytesFile(shape: readonly number[], bytes: Uint8Array): Uint8Array {
  const text = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(", ")},), }`;
  const head = Buffer.from(`${text.padEnd(117)}\n`);
  return Buffer.concat([Buffer.from([0x93]), Buffer.from("NUMPY"), Buffer.from([1, 0, head.length, 0]), head, bytes]);
}

function arraysIn(folder: string, count: number): void {
  const labels = Uint8Array.from({ length: count }, () => random.integer(10));
  const bytes = new Uint8Array(count * 784);
  for (let i = 0; i < bytes.length; i++)
    bytes[i] = random.integer(8) === 0 ? random.integer(256) : (i % 784) % 11 === labels[Math.floor(i / 784)] ? 90 : 0;
  const arrays = {
    "image.npy": bytesFile([count, 28, 28, 1], bytes),
    "label.npy": bytesFile([count], labels),
  };
  writeData(join(folder, "data.npz"), zipSync(arrays, { level: 0 }));
}

const MLP = `model mlp(x: [N]) { dense 256; relu; dense 256; relu; dense 10 }
data rows = parquet("data.parquet", buffer=10000) { x = normalize(x) }
train mlp on rows { loss cross_entropy(mlp(x), label); batch 64 }
`;

const WORKLOADS: readonly Workload[] = [
  {
    name: "lenet, pictures 28x28",
    examples: 4000,
    bytes: 4 * (28 * 28 + 1),
    make(folder, count) {
      picturesIn(folder, count, 28, 1);
      return withData(example("lenet"), 'images("data", grey=true)');
    },
  },
  {
    name: "resnet20, pictures 32x32",
    examples: 1000,
    bytes: 4 * (32 * 32 * 3 + 1),
    make(folder, count) {
      picturesIn(folder, count, 32, 3);
      return withData(example("resnet20"), 'images("data")');
    },
  },
  {
    name: "lenet, npz 28x28",
    examples: 40_000,
    bytes: 4 * (28 * 28 + 1),
    make(folder, count) {
      arraysIn(folder, count);
      return withData(example("lenet"), 'npz("data.npz") { image = image / 255 }');
    },
  },
  {
    name: "mlp, Parquet of 30 columns",
    examples: 40_000,
    bytes: 4 * 31,
    make(folder, count) {
      tableIn(folder, count, 30);
      return MLP;
    },
  },
];

/** Trains in a process of its own; the most memory that it held, in bytes. */
async function train(folder: string): Promise<number> {
  const args = [
    join(root, "cli", "bin.ts"),
    "train",
    "net.dnn",
    "--out",
    "run",
    "--memory",
    "1",
    "--epochs",
    flags.epochs,
  ];
  const child = spawn(process.execPath, args, { cwd: folder, stdio: ["ignore", "ignore", "inherit"] });
  let most = 0;
  const timer = setInterval(() => {
    try {
      const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
      most = Math.max(most, 1024 * Number(kilobytes ?? 0));
    } catch {
      // It has ended.
    }
  }, 50);
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`the training ended with code ${code}`);
  return most;
}

interface EpochLine {
  readonly waiting: number;
  readonly examplesPerSecond: number;
}

const mega = (bytes: number): string => (bytes / 2 ** 20).toFixed(0);

console.log(
  "workload | examples | MB of examples | MB of the process at most | waiting, by epochs | examples/s, last epoch",
);
for (const { name, examples, bytes, make } of WORKLOADS) {
  if (flags.only !== undefined && !name.startsWith(flags.only)) continue;
  for (const scale of SCALES) {
    const folder = mkdtempSync(join(tmpdir(), "dnn-streams-"));
    try {
      const count = examples * scale;
      writeFileSync(join(folder, "net.dnn"), make(folder, count));
      const most = await train(folder);
      const lines = readFileSync(join(folder, "run", "history.jsonl"), "utf8")
        .trim()
        .split("\n");
      const epochs = lines.map((line) => JSON.parse(line) as EpochLine);
      const waiting = epochs.map((e) => `${(100 * e.waiting).toFixed(1)}%`).join(" ");
      const rate = epochs.at(-1)?.examplesPerSecond.toFixed(0);
      console.log([name, count, mega(count * bytes), mega(most), waiting, rate].join(" | "));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
}
