// Proves that every shape of tile computes what a product is, at sizes of one, of a little more than a thread's block and of a little
// more than a tile, in each layout of the operands, whole and in parts; and that neighbouring threads store neighbouring numbers
// whichever operand the stores walk. LONG_TILES=1 takes all sizes instead of a share. Skipped without a software adapter, but for the choice of tiles.

import { expect, test } from "vitest";
import { figuresOf } from "../../bench/gpu/figures.ts";
import { workloadEntries } from "../../bench/plans.ts";
import { BATCH } from "../../compiler/arithmetic/dim.ts";
import { einsum, make, parameter } from "../../compiler/graph/build.ts";
import type { Node } from "../../compiler/graph/node.ts";
import { lowerGraph } from "../../compiler/pipeline.ts";
import type { Program } from "../../compiler/targets/target.ts";
import { wgslTarget } from "../../compiler/targets/wgsl/program.ts";
import { chooseTile, pitchOf, sidesOf, threadsOf } from "../../compiler/targets/wgsl/tiles/shapes.ts";
import type { TileShape } from "../../compiler/targets/wgsl/tuning.ts";
import { GPU } from "../../compiler/targets/wgsl/tuning.ts";
import { onlyShape } from "../../project/tune/gputuning.ts";
import { Random } from "../../runtime/data/random.ts";
import { startGpu } from "../../runtime/webgpu/node.ts";
import { compileText } from "../support/engine.ts";
import { softwareGpu } from "../support/gpu.ts";

const gpu = await softwareGpu();
const LAYOUTS = ["mk,kn->mn", "km,kn->mn", "mk,nk->mn", "km,nk->nm"];
const isLong = process.env.LONG_TILES !== undefined;
/** One of so many products is taken otherwise, another one for each shape. */
const STRIDE = 7;
const SIZES = [1, 3, 17, 65];
/** Sizes at which a tile and a stretch of steps begin, end, and go one further. */
const edges = (side: number): number[] => [side - 1, side, side + 1];

interface Product {
  readonly spec: string;
  readonly sizes: Readonly<Record<string, number>>;
}

/** Each size beside each other one somewhere, in every layout. */
function productsFor(shape: TileShape): Product[] {
  const random = new Random(7);
  const any = (list: readonly number[]): number => list[random.integer(list.length)]!;
  const [rows, columns] = sidesOf(shape);
  const stretch = shape.depth * shape.slices;
  const products: Product[] = [];
  for (const spec of LAYOUTS)
    for (const size of SIZES)
      products.push(
        { spec, sizes: { m: size, n: any(SIZES), k: any([...SIZES, ...edges(stretch)]) } },
        { spec, sizes: { m: any(edges(rows)), n: size, k: any(edges(stretch)) } },
        { spec, sizes: { m: size, n: any(edges(columns)), k: size } },
      );
  return products;
}

const shapeOf = (letters: string, sizes: Product["sizes"]): number[] => [...letters].map((l) => sizes[l]!);
const sizeOf = (shape: readonly number[]): number => shape.reduce((n, s) => n * s, 1);

function wantedOf({ spec, sizes }: Product, a: Float32Array, b: Float32Array): number[] {
  const [inputs, output] = spec.split("->") as [string, string];
  const [left, right] = inputs.split(",") as [string, string];
  const at = (letters: string, place: Record<string, number>): number =>
    [...letters].reduce((n, l) => n * sizes[l]! + place[l]!, 0);
  const wanted = new Array<number>(sizeOf(shapeOf(output, sizes))).fill(0);
  for (let m = 0; m < sizes.m!; m++)
    for (let n = 0; n < sizes.n!; n++)
      for (let k = 0; k < sizes.k!; k++) {
        const place = { m, n, k };
        wanted[at(output, place)]! += a[at(left, place)]! * b[at(right, place)]!;
      }
  return wanted;
}

function entriesOf(values: readonly Node[]): Program["entries"] {
  const goals = values.map((node, i) => ({ name: `out${i}`, node, into: `out${i}` }));
  return [{ name: "run", parts: [{ name: "run", lowered: lowerGraph(goals, 1), logged: [], fields: [] }] }];
}

for (const [i, shape] of GPU.tile.shapes.entries()) {
  const [rows, columns] = sidesOf(shape);
  const parts = i % 2 === 0 ? 1 : 3;
  const how = parts === 1 ? "whole" : `in up to ${parts} parts`;
  test.skipIf(typeof gpu === "string")(
    `tiles of ${rows} x ${columns} multiply operands of every size, ${how}`,
    async () => {
      if (typeof gpu === "string") return;
      const all = productsFor(shape);
      const products = isLong ? all : all.filter((_, at) => at % STRIDE === i % STRIDE);
      const random = new Random(11);
      const leaf = (name: string, letters: string, sizes: Product["sizes"]): Node =>
        parameter(name, shapeOf(letters, sizes), "f32", "parameter");
      const values = products.map(({ spec, sizes }, p) => {
        const [left, right] = spec.split("->")[0]!.split(",") as [string, string];
        return einsum(spec, leaf(`a${p}`, left, sizes), leaf(`b${p}`, right, sizes));
      });
      const plan = wgslTarget.plan({ entries: entriesOf(values), batch: 1 }, { tuning: onlyShape(shape, parts) });
      const tiles = plan.kernels.filter((k) => k.schedule.includes("contraction"));
      const count = tiles.flatMap((k) => k.schedule.match(/contraction/g)).length;
      expect(count).toBeGreaterThanOrEqual(isLong ? 40 : 5);
      expect(tiles.some((k) => k.nest.includes("split"))).toBe(parts > 1);
      const engine = await startGpu(await gpu.again(), plan);
      engine.set("batch", 1);
      const given = new Map<string, Float32Array>();
      for (const b of plan.buffers.filter((b) => b.role === "parameter" && !b.name.startsWith("out"))) {
        given.set(
          b.name,
          Float32Array.from({ length: b.size }, () => random.uniform(-1, 1)),
        );
        await engine.write(b.name, given.get(b.name)!);
      }
      await engine.run("run");
      for (const [p, product] of products.entries()) {
        const found = await engine.read(`out${p}`);
        const wanted = wantedOf(product, given.get(`a${p}`)!, given.get(`b${p}`)!);
        const most = 1e-6 * (product.sizes.k! + 1);
        const off = wanted.filter((w, at) => !(Math.abs(found[at]! - w) <= most)).length;
        expect([found.length, off], `${product.spec} of ${JSON.stringify(product.sizes)}`).toEqual([wanted.length, 0]);
      }
      await engine.stop();
    },
  );
}

test("every tile fits the threads and the workgroup memory of a device without any features", () => {
  const x = make("parameter", [], {
    name: "x",
    type: { shape: [BATCH, 64], dtype: "f32" },
    role: "field",
    batched: true,
  });
  for (const shape of GPU.tile.shapes) {
    expect(threadsOf(shape)).toBeLessThanOrEqual(256);
    for (const each of shape.each) expect(each % 4).toBe(0);
    const values = [einsum("bk,kn->bn", x, parameter("w", [64, 64], "f32", "parameter"))];
    const goals = values.map((node) => ({ name: "out", node, into: "out" }));
    const entries = [{ name: "run", parts: [{ name: "run", lowered: lowerGraph(goals, 64), logged: [], fields: [] }] }];
    const plan = wgslTarget.plan({ entries, batch: 64 }, { tuning: onlyShape(shape, 1) });
    const quads = plan.kernels.flatMap((k) => k.code.match(/array<vec4f, (\d+)>/)?.[1] ?? []);
    expect(quads.length).toBe(1);
    expect(16 * Number(quads[0])).toBeLessThanOrEqual(16384);
  }
});

test("a large product takes the largest tile whole, and one of few results and many steps is cut into parts", () => {
  const large = chooseTile({ m: 4096, n: 4096, outer: 1, steps: 4096, cuttable: 4096 }, GPU);
  expect([...sidesOf(large.shape), large.parts]).toEqual([128, 128, 1]);
  const gradient = chooseTile({ m: 512, n: 512, outer: 1, steps: 65536, cuttable: 65536 }, GPU);
  expect(sidesOf(gradient.shape)).toEqual([128, 128]);
  expect(gradient.parts).toBeGreaterThan(4);
  const narrow = chooseTile({ m: 32768, n: 16, outer: 1, steps: 144, cuttable: 3 }, GPU);
  expect(sidesOf(narrow.shape)[1]).toBe(16);
});

test("in the steps of four workloads no tile stores apart what neighbouring threads hold, and all hold four rows by four columns or more", () => {
  for (const name of ["mlp", "lenet", "resnet20", "vae"]) {
    const { workload, entries } = workloadEntries(name);
    const { uncoalesced, blocks, flops } = figuresOf({ entries, batch: workload.batch }, GPU);
    expect(uncoalesced, name).toBe(0);
    expect(Object.keys(blocks).filter((b) => !["4x4", "8x8"].includes(b))).toEqual([]);
    expect(flops.tiles / (flops.tiles + flops.others), name).toBeGreaterThan(0.85);
  }
});

test("a gradient that goes into a padded picture is stored in runs of its channels", () => {
  const text = `model net(image: [16, 16, 3]) { conv 3x3 16 p1; relu; maxpool 2x2; conv 3x3 16 p1; relu; flatten; dense 64; relu; dense 5 }
train net on d { loss cross_entropy(net(image), label); batch 64 }`;
  const fields = [
    { name: "image", shape: [16, 16, 3] },
    { name: "label", shape: [], classes: 5 },
  ];
  const { entries } = compileText(text, fields, 64);
  const bare = entries.map((e) => ({ ...e, parts: e.parts.map((p) => ({ ...p, fields: [] })) }));
  const { kernels } = wgslTarget.plan({ entries: bare, batch: 64 }, {});
  expect(kernels.some((k) => /pad_\d+\[.*div\(/.test(k.nest) && k.schedule.includes("contraction"))).toBe(true);
  expect(figuresOf({ entries: bare, batch: 64 }, GPU).uncoalesced).toBe(0);
});

/** The loop over stretches of steps of each tile in a kernel's code, and what goes before it. */
function stretchesIn(code: string): { readonly before: string; readonly loop: string }[] {
  return [...code.matchAll(/^( *)for \(var k0 = [\s\S]*?^\1\}/gm)].map(({ 0: loop, index }) => ({
    before: code.slice(code.lastIndexOf("let first = ", index), index),
    loop,
  }));
}

const READ = /= vec4f\((?:left|right)_at_/g;

test("a tile loads its next stretch before it multiplies this one, as quads that lie on other banks, and decodes a step once for each stretch", () => {
  let tiles = 0;
  for (const name of ["mlp", "lenet", "resnet20"]) {
    const { workload, entries } = workloadEntries(name);
    const { kernels } = wgslTarget.plan({ entries, batch: workload.batch }, {});
    for (const { code, name: kernel } of kernels.filter((k) => k.schedule.includes("contraction"))) {
      const all = stretchesIn(code);
      expect(all.length, kernel).toBeGreaterThan(0);
      for (const { before, loop } of all) {
        tiles++;
        const [beforeBarrier = "", stores = "", rest = ""] = loop.split("workgroupBarrier();");
        const [loads = "", products = ""] = rest.split("for (var k = 0;");
        const reads = (text: string): number => text.match(READ)?.length ?? 0;
        // The first stretch is loaded before the loop; within it, reads of memory stand between the stores and the products alone.
        expect(reads(before), kernel).toBe(reads(loads));
        expect(reads(loads), kernel).toBeGreaterThan(1);
        expect([beforeBarrier, stores, products].map(reads), kernel).toEqual([0, 0, 0]);
        expect(stores.match(/staged\[.*\] = quad_/g)?.length, kernel).toBe(reads(loads));
        // Each division of a step stands once, and no other number is divided.
        const divided = [...loads.matchAll(/\(*(\w+)[^;]*[/%] \d+[^;]*;/g)].map(([text]) => text);
        expect(new Set(divided).size, kernel).toBe(divided.length);
        expect(
          divided.filter((text) => !/step_\d+/.test(text)),
          kernel,
        ).toEqual([]);
      }
      const readers = [...code.matchAll(/^fn (?:left|right)_at_[\s\S]*?^\}/gm)].map(([text]) => text);
      expect(readers.length, kernel).toBeGreaterThanOrEqual(2);
      for (const text of readers) expect(text, kernel).not.toMatch(/[/%] \d/);
    }
  }
  expect(tiles).toBeGreaterThan(40);
  for (const shape of GPU.tile.shapes) for (const side of sidesOf(shape)) expect(pitchOf(side)).toBe(side / 4 + 1);
});
