// Proves in its long form, `SHIPPED=1 npx vitest run test/embed/examples.test.ts`, that examples of the gallery, trained for some steps, answer
// in one way: the library and a module on the processor give the bits of `dnn predict`, a module on the GPU nearly so, in Node and in a page; and
// as often right as `dnn eval` says, where that says it. The short form, of models of each kind, is in `build.test.ts` and `devices.test.ts`.

import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type InputFacts, load, type Prediction, type Row } from "../../embed/index.node.ts";
import { loadData } from "../../project/data/dataset.ts";
import { dataOf } from "../../project/data/declaration.ts";
import { placeOf } from "../../project/data/place.ts";
import { machineHost } from "../../project/machine.node.ts";
import { Sources } from "../../project/source.ts";
import { Random } from "../../runtime/data/random.ts";
import { Place } from "../cli/dnn.ts";
import { softwareGpu } from "../support/gpu.ts";
import { hasBrowser } from "../support/page.ts";
import { exampleFile } from "../support/prepared.ts";
import { askThere, type ModulePage, openModules } from "./modulepage.ts";

interface Case {
  readonly name: string;
  readonly model?: string;
  /** One of its trainings, where it has several. */
  readonly only?: string;
  readonly flags?: readonly string[];
}

const CASES: readonly Case[] = [
  // Points in the plane, tables, numbers.
  { name: "xor" },
  { name: "spirals" },
  { name: "linear_regression" },
  { name: "logistic_regression" },
  { name: "preprocessing", only: "on_scaled" },
  { name: "rbf" },
  // Pictures.
  { name: "mlp" },
  { name: "lenet" },
  { name: "batch_norm", only: "with_norm" },
  { name: "depthwise", only: "thin" },
  { name: "dilated", only: "wide" },
  { name: "autoencoder", model: "encoder" },
  { name: "denoising_autoencoder" },
  { name: "unet" },
  { name: "detection" },
  { name: "resnet20", flags: ["--data", "digits=digits(n=200, heldout=50, size=32x32)"] },
  // Texts and sequences, of one length or of several.
  { name: "names_rnn" },
  { name: "sentiment" },
  { name: "tagger" },
  { name: "seq2seq" },
  { name: "translate" },
  { name: "transformer" },
  { name: "custom_cell" },
  { name: "adding_lstm" },
  { name: "gru" },
  { name: "stacked_bidirectional" },
  { name: "copy_task", only: "with_gates" },
  // Sounds, moving pictures, several inputs.
  { name: "tones" },
  { name: "video" },
  { name: "captions" },
  // Models that make something out of noise.
  { name: "gan_gaussians", model: "G" },
  { name: "dcgan", model: "G", only: "gan" },
  { name: "vae", model: "decoder" },
  { name: "pixelcnn" },
];

const isLong = process.env.SHIPPED !== undefined;
const found = isLong ? await softwareGpu() : "";

/** On the GPU, of numbers of about one. */
const TOLERANCE = 1e-4;

/** A value for an input, somewhere among those that it may have. */
function valueFor({ shape, classes }: InputFacts, random: Random): Row {
  const draw = (): number => (classes === undefined ? random.uniform() : Math.floor(random.uniform() * classes));
  const size = shape.reduce((a, b) => a * b, 1);
  const flat = Array.from({ length: size }, draw);
  return shape.length === 0 ? flat[0]! : flat;
}

/** Rows; where sequences differ in length, of different ones. */
function rowsFor(inputs: readonly InputFacts[], count: number): Row[] {
  const random = new Random(7);
  return Array.from(
    { length: count },
    (_, i) =>
      Object.fromEntries(
        inputs.map((input) => {
          const steps = input.isRagged ? 1 + ((2 * i) % input.shape[0]!) : input.shape[0];
          const shape = input.shape.length === 0 ? [] : [steps!, ...input.shape.slice(1)];
          return [input.name, valueFor({ ...input, shape }, random)] as const;
        }),
      ) as Row,
  );
}

const numbersIn = (value: unknown): readonly number[] =>
  typeof value === "number"
    ? [value]
    : typeof value === "object" && value
      ? Object.values(value).flatMap(numbersIn)
      : [];

/** Probabilities and outputs; a label is not compared where two are equally likely. */
const figures = (answers: readonly Prediction[]): readonly number[] =>
  answers.flatMap((a) => numbersIn(a.probabilities ?? a.output));

function expectClose(there: readonly Prediction[], wanted: readonly Prediction[], tolerance: number): void {
  const [a, b] = [figures(there), figures(wanted)];
  expect(a.length).toBe(b.length);
  expect(a.length).toBeGreaterThan(0);
  const scale = Math.max(1, ...b.map(Math.abs));
  for (const [i, v] of b.entries())
    expect(Math.abs(a[i]! - v), `number ${i} of ${b.length}`).toBeLessThan(tolerance * scale);
}

interface Module {
  load(options?: object): Promise<{ batch(rows: readonly Row[]): Promise<Prediction[]>; dispose(): Promise<void> }>;
}

describe.runIf(isLong)("examples of the gallery", { timeout: 300_000 }, () => {
  const place = new Place();
  let there: ModulePage | undefined;
  beforeAll(async () => {
    place.write("folder", "");
    if (hasBrowser) there = await openModules(place.folder);
  }, 60_000);
  afterAll(async () => {
    await there?.close();
    place.remove();
  });

  test("are thirty", () => expect(CASES.length).toBeGreaterThanOrEqual(30));

  for (const { name, model, only, flags = [] } of CASES)
    test(name, async () => {
      const file = exampleFile(name);
      const training = only === undefined ? [] : ["--only", only];
      const chosen = model === undefined ? [] : ["--model", model];
      const trained = await place.run(
        "train",
        file,
        "--steps",
        "3",
        "--device",
        "cpu",
        "--out",
        name,
        ...flags,
        ...training,
      );
      expect([trained.code, trained.err]).toEqual([0, expect.anything()]);
      const run = only === undefined ? name : `${name}/${only}`;
      await using net = await load(place.path(run), model === undefined ? {} : { model });
      const rows = rowsFor(net.inputs, 5);
      place.write(`${name}.json`, JSON.stringify(rows));
      const { out, err, code } = await place.run(
        "predict",
        file,
        "--weights",
        run,
        "--input",
        `${name}.json`,
        "--json",
        ...chosen,
      );
      expect([code, err]).toEqual([0, expect.anything()]);
      const wanted = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as Prediction);
      expect(await net.batch(rows)).toEqual(wanted);
      if (flags.length === 0) await checkRight({ name, ...(only === undefined ? {} : { only }) }, net, place);
      const built = `${name}.mjs`;
      const more = ["--target", "wasm,wgsl", "--out", built, ...chosen];
      const { code: isBuilt, err: said } = await place.run("build", file, "--weights", run, ...more);
      expect([isBuilt, said]).toEqual([0, expect.anything()]);
      const { load: open } = (await import(/* @vite-ignore */ pathToFileURL(place.path(built)).href)) as Module;
      const ask = async (options: object): Promise<Prediction[]> => {
        const module = await open(options);
        return module.batch(rows).finally(() => module.dispose());
      };
      expect(await ask({ device: "cpu" })).toEqual(wanted);
      if (typeof found !== "string")
        expectClose(await ask({ device: "gpu", gpu: (await found.again()).instance }), wanted, TOLERANCE);
      if (!there) return;
      const inPage = async (device: string): Promise<readonly Prediction[]> =>
        (await askThere(there!.page, { file: built, rows, options: { device } })).answers as readonly Prediction[];
      // The exponential function of another version of V8 may differ in its last bit.
      expectClose(await inPage("cpu"), wanted, 1e-15);
      expectClose(await inPage("gpu"), wanted, TOLERANCE);
    });
});

/** On the rows that are held out, a model that ranks classes is right as often as `dnn eval` says. */
async function checkRight({ name, only }: Case, net: Awaited<ReturnType<typeof load>>, place: Place): Promise<void> {
  const { out } = await place.run(
    "eval",
    exampleFile(name),
    "--weights",
    only === undefined ? name : `${name}/${only}`,
    "--json",
  );
  const { accuracy } = figuresIn(out);
  if (accuracy === undefined || !net.labels) return;
  const opened = new Sources(machineHost()).openForUse(exampleFile(name));
  const definition = opened.program.trains.find((t) => only === undefined || t.name.text === only)!;
  const { dataset } = await loadData(opened.program, dataOf(opened.program, definition), placeOf(opened), { data: [] });
  const { columns, length } = dataset.heldout;
  const answers = columns.find((c) => c.labels?.join() === net.labels?.join() && c.shape.length === 0);
  const inputs = net.inputs.map((input) => columns.find((c) => c.name === input.name));
  if (!answers || inputs.some((c) => c === undefined) || net.inputs.some((i) => i.isRagged)) return;
  const rows = Array.from(
    { length },
    (_, row) =>
      Object.fromEntries(
        inputs.map((column) => {
          const size = column!.values.length / length;
          return [column!.name, column!.values.slice(row * size, (row + 1) * size)] as const;
        }),
      ) as Row,
  );
  const right = (await net.batch(rows)).filter((answer, row) => answer.class === answers.values[row]).length;
  expect(right / length, "as often right as `dnn eval` says").toBeCloseTo(accuracy, 5);
  checked.add(name);
}
const checked = new Set<string>();
afterAll(() => {
  if (isLong) console.log(`as often right as \`dnn eval\` says: ${[...checked].join(", ")}`);
});

/** Of a program with several trainings those of the first. */
function figuresIn(out: string): { readonly accuracy?: number } {
  const [first = ""] = out.trim().split("\n");
  return first.startsWith("{") ? JSON.parse(first) : {};
}
