// Mistakes that no text of a program shows: damaged files of data and weights, and what the command finds around a program.

import { mkdirSync } from "node:fs";
import { gzipSync, zipSync } from "fflate";
import { outputFailed } from "../../cli/terminal/say.ts";
import { printDiagnostic } from "../../compiler/diagnostics/print.ts";
import { MemoryExceeded } from "../../compiler/layout/budget.ts";
import { arraysOf } from "../../embed/arrays.ts";
import { openArtifact } from "../../embed/module/open.ts";
import { asDnnError as asModuleError, type DnnError } from "../../embed/module/plainerror.ts";
import { warnOfBytes } from "../../project/check/bytes.ts";
import { warnOfConstants } from "../../project/check/constants.ts";
import { warnOfFieldUse } from "../../project/check/fielduse.ts";
import { warnOfPreparation } from "../../project/check/preparation.ts";
import { warnOfScales } from "../../project/check/scales.ts";
import { asFailure, Failure, failure } from "../../project/failure.ts";
import { noGpu } from "../../project/gpu.ts";
import { tooLarge } from "../../project/memory.ts";
import { unreadable } from "../../project/source.ts";
import { otherThanWeights } from "../../project/train/othertools.ts";
import { fitted } from "../../project/train/warmstart.ts";
import { rowsOf } from "../../report/showing.ts";
import { readWithDigests, writeWithDigests } from "../../runtime/checkpoint/digests.ts";
import { describeFailure } from "../../runtime/checkpoint/disk.ts";
import { lockFolder } from "../../runtime/checkpoint/lock.node.ts";
import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { loadDataset } from "../../runtime/data/sources/all.ts";
import { encodeWith } from "../../runtime/data/tokens/characters.ts";
import { nodeFiles } from "../../runtime/files/files.node.ts";
import { memoryFiles } from "../../runtime/files/files.ts";
import { batchesOf } from "../../runtime/stream/reading.ts";
import { readCheckpoint } from "../../runtime/train/checkpoint.ts";
import { GpuError } from "../../runtime/webgpu/device.ts";
import { Place } from "../cli/dnn.ts";
import { bytesOf, idx, load, npy, utf8 } from "../data/rawfiles.ts";
import { plainJpeg, png } from "../data/rawpictures.ts";
import { openText, texts } from "../support/opened.ts";

type Make = () => Promise<string>;

/** Warnings of a small table that this declaration reads. */
const table =
  (source: string, training: string): Make =>
  async () => {
    const text = `model m(x: [2]) { dense 2 }\ndata d = ${source}\ntrain m on d { ${training} }\n`;
    const { program } = openText("table.dnn", text);
    const cells = { "a.csv": utf8("a,b,kind\n1,7,u\n2,5,v\n3,7,u\n4,9,v\n") };
    const label = /label="(\w+)"/.exec(source)?.[1] ?? "kind";
    const dataset = await load("csv", cells, { positional: ["a.csv"], named: { label } });
    warnOfFieldUse(program, "d", dataset);
    return program.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false })).join("\n\n");
  };

async function said(work: () => unknown): Promise<string> {
  try {
    await work();
  } catch (error) {
    const failed = asFailure(error);
    if (failed) return failed.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false })).join("\n\n");
    throw error;
  }
  return "nothing was wrong";
}

// ---------------------------------------------------------------- data

const digits = idx(
  [5, 2, 3],
  Array.from({ length: 30 }, (_, i) => i),
);
const mnist = (imageBytes: Uint8Array, labelBytes = idx([5], [3, 1, 4, 1, 5])): Promise<string> =>
  said(() =>
    load(
      "mnist",
      { "d/t10k-images-idx3-ubyte": imageBytes, "d/t10k-labels-idx1-ubyte": labelBytes },
      { positional: ["d"] },
    ),
  );
const npz = (array: Uint8Array, more: Record<string, Uint8Array> = {}): Promise<string> =>
  said(() => load("npz", { "a.npz": zipSync({ "x.npy": array, ...more }) }, { positional: ["a.npz"] }));
const csv = (bytes: Uint8Array): Promise<string> =>
  said(() => load("csv", { "a.csv": bytes }, { positional: ["a.csv"] }));
const images = (files: Record<string, Uint8Array>): Promise<string> =>
  said(() => load("images", { "pets/cat/1.png": png(4, 6), ...files }, { positional: ["pets"] }));
const flipped = (bytes: Uint8Array, at: number): Uint8Array => bytes.with(at, bytes[at]! ^ 0x55);

const data: [string, Make][] = [
  ["data/bad-array", () => said(() => arraysOf({ x: [[1, 2], [3]] }, []))],
  ["data/folder-not-found", () => said(() => load("mnist", {}, { positional: ["nowhere"] }))],
  [
    "data/scales-differ",
    async () => {
      const { program } = openText("scales.dnn", 'data d = csv("a.csv")\n');
      const column = { name: "x", shape: [2], values: Float32Array.of(1, 3000, 2, -500, 3, 800) };
      const train = { length: 3, columns: [column] };
      const dataset = { unit: "rows", unitsPerExample: 1, train, heldout: { length: 0, columns: [] } };
      warnOfScales(program, "d", dataset);
      return program.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false })).join("\n\n");
    },
  ],
  [
    "data/large-numbers",
    async () => {
      const { program } = openText("bytes.dnn", 'data d = npz("a.npz")\n');
      const column = { name: "image", shape: [2, 2], values: Float32Array.of(0, 17, 255, 3, 9, 80, 4, 211) };
      const train = { length: 2, columns: [column] };
      const dataset = { unit: "examples", unitsPerExample: 1, train, heldout: { length: 0, columns: [] } };
      warnOfBytes(program, "d", dataset);
      return program.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false })).join("\n\n");
    },
  ],
  ["data/scaled-by-row", table('csv("a.csv", label="b") { y = y / max(y) }', "loss mse(m(x), y)")],
  ["data/unread-weight", table('csv("a.csv", label="kind", balance="weights")', "loss cross_entropy(m(x), label)")],
  [
    "data/other-rate",
    async () => {
      const text = 'data d = wav("words", rate=8000) { sound = logmel(sound) }\n';
      const { program } = openText("sounds.dnn", text);
      warnOfPreparation(program, "d", ["sound"]);
      return program.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false })).join("\n\n");
    },
  ],
  [
    "data/constant-column",
    async () => {
      const { program } = openText("constant.dnn", 'data d = csv("a.csv")\n');
      const dataset = await load(
        "csv",
        { "a.csv": utf8("a,b,kind\n1,7,u\n2,7,v\n3,7,u\n4,7,v\n") },
        { positional: ["a.csv"] },
      );
      warnOfConstants(program, "d", dataset);
      return program.diagnostics.map((d) => printDiagnostic(d, texts, { colour: false })).join("\n\n");
    },
  ],
  ["data/not-utf8", () => csv(Uint8Array.of(120, 44, 0xff, 10))],
  [
    "data/truncated",
    () =>
      mnist(
        idx(
          [6, 2, 3],
          Array.from({ length: 30 }, () => 0),
        ),
      ),
  ],
  [
    "data/idx-count",
    () =>
      mnist(
        idx(
          [4, 2, 3],
          Array.from({ length: 30 }, () => 0),
        ),
      ),
  ],
  ["data/not-idx", () => mnist(Uint8Array.of(7, ...digits.subarray(1)))],
  ["data/counts-differ", () => mnist(digits, idx([4], [0, 1, 2, 3]))],
  ["data/label-out-of-range", () => mnist(digits, idx([5], [3, 1, 10, 1, 5]))],
  ["data/corrupt-gzip", () => mnist(flipped(gzipSync(digits), gzipSync(digits).length - 6))],
  [
    "data/corrupt-zip",
    () =>
      said(() =>
        load("npz", { "a.npz": utf8("PK nothing of the kind, but long enough to look") }, { positional: ["a.npz"] }),
      ),
  ],
  [
    "data/parquet",
    () => said(() => load("parquet", { "a.parquet": utf8("PAR1, cut in") }, { positional: ["a.parquet"] })),
  ],
  ["data/npy-header", () => npz(utf8("text"))],
  ["data/npy-dtype", () => npz(npy("'<c8'", "(1,)", new Uint8Array(8)))],
  [
    "data/no-array",
    async () => {
      const place = new Place();
      place.write("graph.npz", zipSync({ "adjacency.npy": npy("'<f4'", "(2, 2)", new Uint8Array(16)) }));
      place.write("net.dnn", 'model net(x: [2, 3]) {\n  tensor("graph.npz", "adjacancy") @ it\n}\n');
      const { out } = await place.run("check", "net.dnn");
      place.remove();
      return out;
    },
  ],
  ["data/npy-object", () => npz(npy("'|O'", "(1,)", utf8("cos\nsystem\n")))],
  ["data/npy-size", () => npz(npy("'<f4'", "(1,)", new Uint8Array(8)))],
  ["data/file-unreadable", () => said(() => nodeFiles().read("stdlib"))],
  ["data/too-large", () => mnist(Uint8Array.of(0, 0, 8, 3, ...new Array<number>(12).fill(255)))],
  ["data/unknown-character", () => said(() => encodeWith("caf\u00e9", ["a", "c", "f"], "the prompt"))],
  [
    "data/bad-length",
    () => {
      const ints = (shape: string, ...values: number[]) => npy("'<i4'", shape, bytesOf(Int32Array.from(values)));
      return npz(ints("(2, 3)", 5, 7, 0, 2, 0, 0), { "length.npy": ints("(2,)", 2, 4) });
    },
  ],
  [
    "data/changed",
    () =>
      said(async () => {
        const files = memoryFiles({ "t.csv": utf8("n,kind\n1,a\n2,b\n3,a\n") });
        const request = { name: "csv", positional: ["t.csv"], named: { stream: true }, seed: 1, base: "" };
        const dataset = await loadDataset(request, files);
        for await (const _ of batchesOf(dataset, "train", 2, memoryFiles({ "t.csv": utf8("n,kind\n1,a\n") })));
      }),
  ],
  ["data/npz-scalar", () => npz(npy("'<f4'", "()", new Uint8Array(4)))],
  [
    "data/record-size",
    () => said(() => load("cifar10", { "d/test_batch.bin": new Uint8Array(3074) }, { positional: ["d"] })),
  ],
  ["data/no-pictures", () => images({ "pets/dog/list.txt": utf8("1.png") })],
  [
    "data/bad-box",
    () =>
      said(() =>
        load(
          "images",
          { "pets/1.png": png(4, 6), "boxes.csv": utf8("file,x,y,w,h,label\n1.png,3,1,4,2,cat\n") },
          { positional: ["pets"], named: { table: "boxes.csv", split: 1 } },
        ),
      ),
  ],
  ["data/no-files", () => said(() => load("texts", { "d/a/1.pdf": utf8("x") }, { positional: ["d"] }))],
  [
    "data/not-wav",
    () => said(() => load("wav", { "d/a/1.wav": utf8("OggS") }, { positional: ["d"], named: { split: 1 } })),
  ],
  [
    "data/tokenizer",
    () =>
      said(() =>
        load(
          "texts",
          { "d/a/1.txt": utf8("x"), "t.json": utf8("{}") },
          { positional: ["d"], named: { tokens: "t.json", split: 1 } },
        ),
      ),
  ],
  ["data/no-classes", () => images({ "pets/2.png": png(4, 6) })],
  ["data/picture-sizes", () => images({ "pets/dog/1.png": png(5, 8) })],
  ["data/picture-name", () => images({ "pets/dog/1.png": plainJpeg(4, 6, [9, 9, 9]) })],
  ["data/not-a-picture", () => images({ "pets/dog/1.gif": utf8("GIF89a") })],
  ["data/corrupt-picture", () => images({ "pets/dog/1.png": flipped(png(4, 6), 45) })],
];

// ---------------------------------------------------------------- weights

/** A file with this header, whatever it says, and eight bytes of data. */
function file(header: string, length?: number): Uint8Array {
  const text = utf8(header);
  const bytes = new Uint8Array(16 + text.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length ?? text.length), true);
  bytes.set(text, 8);
  return bytes;
}
const entry = (dtype: string, shape: readonly number[], from: number, to: number): string =>
  JSON.stringify({ dtype, shape, data_offsets: [from, to] });
const weights = (header: string, length?: number): Promise<string> =>
  said(() => readSafetensors(file(header, length), "model.safetensors"));

/** A checkpoint in whose last number one bit changed. */
function bent(): Uint8Array {
  const weight = { dtype: "F32", shape: [2], values: Float32Array.of(0.5, -1) } as const;
  const bytes = writeWithDigests({ tensors: new Map([["net.dense1.weight", weight]]), metadata: new Map() });
  return flipped(bytes, bytes.length - 1);
}

const tensors: [string, Make][] = [
  ["weights/damaged", () => said(() => readWithDigests(bent(), "model.safetensors"))],
  [
    "weights/nothing-fits",
    () =>
      said(() =>
        fitted(
          new Map([["net.dense1.weight", { dtype: "F32", shape: [2, 3], values: new Float32Array(6) }]]),
          { shapes: new Map([["net.dense1.weight", [2, 4]]]) },
          "runs/net-1",
        ),
      ),
  ],
  ["weights/truncated", () => weights(`{"a":${entry("U8", [9], 0, 9)}}`)],
  ["weights/header-too-large", () => weights("{}", 100_000_001)],
  ["weights/header-not-json", () => weights("<html>")],
  ["weights/duplicate-key", () => weights(`{"a":${entry("F32", [1], 0, 4)},"a":${entry("F32", [1], 4, 8)}}`)],
  ["weights/bad-entry", () => weights('{"a":{"dtype":"F32","shape":[2]}}')],
  ["weights/bad-shape", () => weights(`{"a":${entry("F32", [-1], 0, 8)}}`)],
  ["weights/bad-offsets", () => weights(`{"a":${entry("F32", [2], 8, 0)}}`)],
  ["weights/size-disagrees", () => weights(`{"a":${entry("F32", [3], 0, 8)}}`)],
  ["weights/unknown-dtype", () => weights(`{"a":${entry("F16", [4], 0, 8)}}`)],
  ["weights/bad-metadata", () => weights(`{"__metadata__":{"k":1},"a":${entry("U8", [8], 0, 8)}}`)],
  ["weights/overlap", () => weights(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [5], 3, 8)}}`)],
  ["weights/hole", () => weights(`{"a":${entry("U8", [4], 0, 4)},"b":${entry("U8", [3], 5, 8)}}`)],
  ["weights/trailing-bytes", () => weights(`{"a":${entry("U8", [4], 0, 4)}}`)],
];

/** The message for an error of the system where a checkpoint cannot be written or read. */
const system = (code: string, action = "write"): Promise<string> =>
  said(() => {
    throw describeFailure(Object.assign(new Error("the device does not answer"), { code }), action, "runs/net-1");
  });

/** The message of a built module that is loaded with such weights. */
const ofModule = (weights: Uint8Array | string): Promise<string> =>
  said(async () => {
    const artifact = { inputs: [], shape: [], ragged: [], fields: [], weights: [["w", 2]], key: 5, format: 1 } as const;
    const rest = { model: "net", seed: 1, batch: 1, isHalf: false };
    const opened = openArtifact({ ...artifact, ...rest }, { weights: () => weights });
    await opened.catch((error: Error) => Promise.reject(error.cause));
  });

/** The message of a run whose lock was replaced by another machine's. */
async function takenOver(): Promise<string> {
  const place = new Place();
  const lock = await lockFolder(place.path("run"));
  place.write("run/lock", `{"pid":7,"host":"elsewhere","since":"2026-01-01T00:00:00.000Z"}\n`);
  const text = await said(() => lock.confirm());
  await lock.release();
  place.remove();
  return text.replaceAll(place.folder, ".");
}

const disk: [string, Make][] = [
  [
    "weights/other-tool",
    () =>
      said(() => {
        throw otherThanWeights("resnet.pth");
      }),
  ],
  [
    "weights/not-a-checkpoint",
    () => said(() => readCheckpoint(file(`{"a":${entry("U8", [8], 0, 8)}}`), "model.safetensors")),
  ],
  ["module/other-build", () => ofModule(Uint8Array.of(0, 0, 0, 7, 1))],
  ["module/not-loaded", () => ofModule("data:nothing")],
  ["checkpoint/folder-lost", takenOver],
  ["checkpoint/not-found", () => system("ENOENT", "read")],
  ["checkpoint/disk-full", () => system("ENOSPC")],
  ["checkpoint/read-only", () => system("EROFS")],
  ["checkpoint/failed", () => system("EIO")],
  [
    "source/unreadable",
    () =>
      said(() => {
        throw unreadable("net.dnn", "EACCES");
      }),
  ],
];

// ---------------------------------------------------------------- the machine

const machine: [string, Make][] = [
  [
    "output/failed",
    () =>
      said(() => {
        throw new Failure([outputFailed(Object.assign(new Error("ENOSPC"), { code: "ENOSPC" }))]);
      }),
  ],
  [
    "machine/no-gpu",
    () =>
      said(() => {
        throw noGpu("no driver for Vulkan is installed");
      }),
  ],
  [
    "machine/old",
    () =>
      said(() => {
        const {
          code,
          message,
          hint = "",
        } = asModuleError(new WebAssembly.CompileError("simd opcode not available")) as DnnError;
        throw failure(code, message, { hint });
      }),
  ],
  [
    "machine/gpu-failed",
    () =>
      said(() => {
        throw new GpuError("kernel k3_sum does not compile on SwiftShader: line 12: unresolved value 'x'");
      }),
  ],
  [
    "limits/gpu",
    () =>
      said(() => {
        const need = { of: "a buffer of this GPU", bytes: 3 * 2 ** 30, most: 2 ** 27 };
        const largest = { name: "train0/conv", size: 2 ** 28, role: "temporary", dtype: "f32" } as const;
        texts.add("net.dnn", "model net(x: [224, 224, 3]) {\n  conv 3x3 64 p1; relu\n}\n");
        const span = { file: "net.dnn", start: 32, end: 46 };
        throw tooLarge("limits/gpu", new MemoryExceeded(need, largest, span), {
          batch: 512,
          fitting: 21,
          otherwise: "--device cpu",
        });
      }),
  ],
  [
    "sample/needs-data",
    () =>
      said(() => {
        texts.add("net.dnn", "train net on points {\n  show histogram(net(x))\n}\n");
        rowsOf({ length: 0, columns: [] }, "x", 4, { file: "net.dnn", start: 6, end: 9 });
      }),
  ],
];

// ---------------------------------------------------------------- the command

const PART = "block part(n) { dense n }\n";
const NET = "model net(x: [2]) { dense 8; tanh; dense 2 }\n\ndata points = xor()\n\n";
const RULE = `model net(x: [2]) { param w: [2] = 0; it * w }\n\ndata points = xor()\n\ntrain t on points {\n  step { update net.w += mean(x - net.w, over=batch) }\n  epochs 1\n}\n`;
const TRAIN = `${NET}train net on points {\n  loss cross_entropy(net(x), label)\n  epochs 1\n}\n`;

/** Refusals of the command, on stderr and stdout; the folder it ran in is left out of its messages. */
function command(files: Record<string, string | Uint8Array>, ...calls: readonly (readonly string[])[]): Make {
  return async () => {
    const place = new Place();
    try {
      mkdirSync(place.path("folder"));
      for (const [name, content] of Object.entries(files)) place.write(name, content);
      let text = "";
      for (const args of calls) {
        const { err, out } = await place.run(...args);
        text = `$ dnn ${args.join(" ")}\n${err.includes("error[") ? err : out}`;
      }
      return text.replaceAll(place.folder, ".").replaceAll(/\n.*\r/g, "\n");
    } finally {
      place.remove();
    }
  };
}

const cli: [string, Make][] = [
  ["names/no-model", command({ "a.dnn": PART }, ["summary", "a.dnn"])],
  ["train/none", command({ "a.dnn": NET }, ["train", "a.dnn"])],
  ["source/not-found", command({}, ["check", "a.dnn"])],
  ["source/folder", command({}, ["check", "folder"])],
  ["source/not-program", command({ "a.csv": "id,date\n1,2023-01-01\n" }, ["check", "a.csv"])],
  ["source/not-text", command({ "a.dnn": Uint8Array.of(109, 0xff, 0xfe) }, ["check", "a.dnn"])],
  ["imports/cannot-read", command({ "a.dnn": `import part from "parts.dnn"\n${NET}` }, ["check", "a.dnn"])],
  [
    "imports/no-such-name",
    command({ "a.dnn": `import pat from "parts.dnn"\n${NET}`, "parts.dnn": PART }, ["check", "a.dnn"]),
  ],
  ["syntax/not-text", command({ "a.dnn": `${NET}\0` }, ["check", "a.dnn"])],
  ["syntax/too-large", command({ "a.dnn": "# 1\n".repeat(300_000) }, ["check", "a.dnn"])],
  [
    "syntax/too-deep",
    command({ "a.dnn": `model m(x: [2]) { ${"(".repeat(201)}x${")".repeat(201)} }` }, ["check", "a.dnn"]),
  ],
  ["checkpoint/none", command({ "a.dnn": TRAIN }, ["eval", "a.dnn", "--weights", "folder"])],
  [
    "checkpoint/folder-has-run",
    command({ "a.dnn": TRAIN }, ["train", "a.dnn", "--out", "run"], ["train", "a.dnn", "--out", "run"]),
  ],
  [
    "checkpoint/bad-latest",
    command({ "a.dnn": TRAIN, "folder/latest": "../elsewhere\n" }, ["eval", "a.dnn", "--weights", "folder"]),
  ],
  [
    "checkpoint/folder-in-use",
    command({ "a.dnn": TRAIN, "folder/lock": `{"pid":1,"host":"elsewhere","since":"2026-01-01T00:00:00.000Z"}\n` }, [
      "train",
      "a.dnn",
      "--out",
      "folder",
    ]),
  ],
  ["train/no-loss", command({ "a.dnn": RULE }, ["lr-find", "a.dnn"])],
  [
    "sample/not-text",
    command(
      { "a.dnn": TRAIN },
      ["train", "a.dnn", "--out", "run"],
      ["sample", "a.dnn", "--weights", "run", "--prompt", "a"],
    ),
  ],
  [
    "weights/no-ensemble",
    command(
      { "a.dnn": TRAIN.replace("net(x), label", "net(x * 2), label") },
      ["train", "a.dnn", "--out", "run"],
      ["eval", "a.dnn", "--weights", "run,run"],
    ),
  ],
  [
    "batch/in-prediction",
    command(
      { "a.dnn": TRAIN.replace("dense 8", "it - mean(all_examples(it), over=0); dense 8") },
      ["train", "a.dnn", "--out", "run"],
      ["predict", "a.dnn", "--weights", "run", "--input", "[[1, 2]]"],
    ),
  ],
  [
    "weights/no-field",
    command(
      {
        "a.dnn": `${TRAIN}\nmodel other(z: [H, W, 1]) { flatten; dense 2 }\n`,
      },
      ["train", "a.dnn", "--out", "run"],
      ["predict", "a.dnn", "--weights", "run", "--model", "other", "--input", "[[1, 2]]"],
    ),
  ],
  [
    "weights/other-program",
    command(
      { "a.dnn": TRAIN, "b.dnn": TRAIN.replace("dense 8", "dense 9") },
      ["train", "a.dnn", "--out", "run"],
      ["eval", "b.dnn", "--weights", "run"],
    ),
  ],
  [
    "input/mismatch",
    command(
      { "a.dnn": TRAIN },
      ["train", "a.dnn", "--out", "run"],
      ["predict", "a.dnn", "--weights", "run", "--input", "[[1, 2, 3]]"],
    ),
  ],
  [
    "train/diverged",
    command({ "a.dnn": TRAIN.replace("loss cross_entropy(net(x), label)", "loss log(0 * sum(net(x)))") }, [
      "train",
      "a.dnn",
      "--out",
      "run",
    ]),
  ],
  [
    "limits/memory",
    command({ "a.dnn": TRAIN.replace("dense 8; tanh", "dense 20000; tanh; dense 40000; tanh") }, ["train", "a.dnn"]),
  ],
];

export const beyond: readonly (readonly [string, Make])[] = [...data, ...tensors, ...disk, ...machine, ...cli];
