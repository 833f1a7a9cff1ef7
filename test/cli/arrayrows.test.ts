// Proves that arrays of whole numbers are classes where a model declares them so, as long as an array of lengths says, and
// that rows are predicted in the same way.

import { zipSync } from "fflate";
import { afterAll, expect, test } from "vitest";
import { bytesOf, npy } from "../data/rawfiles.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const ints = (shape: readonly number[], values: readonly number[]) =>
  npy("'<i8'", `(${shape.join(", ")},)`, bytesOf(BigInt64Array.from(values, BigInt)));
const program = (declared: string) => `model net(words: ${declared}) { embed 4; gru 4; last; dense 2 }

data d = npz("d.npz")

train net on d { loss cross_entropy(net(tokens), label); epochs 2 }
`;

test("sequences of tokens of different length train and are predicted, whatever pads them", async () => {
  const tokens = Array.from({ length: 40 }, (_, i) => [i % 9, (i * 5) % 9, (i * 7) % 9, i % 2]).flat();
  const lengths = Array.from({ length: 40 }, (_, i) => 1 + (i % 4));
  const arrays = {
    tokens: ints([40, 4], tokens),
    length: ints([40], lengths),
    label: ints(
      [40],
      lengths.map((n) => n % 2),
    ),
  };
  const named = (all: Record<string, Uint8Array>) =>
    zipSync(Object.fromEntries(Object.entries(all).map(([name, bytes]) => [`${name}.npy`, bytes])));
  place.write("d.npz", named(arrays));
  place.write("d.dnn", program("[T] of V"));
  const { code, err } = await place.run("train", "d.dnn", "--out", "run");
  expect([code, err]).toEqual([0, expect.not.stringContaining("error")]);
  const ask = async (input: string) => {
    const found = await place.run("predict", "d.dnn", "--weights", "run", "--input", input, "--json");
    expect([found.code, found.err]).toEqual([0, ""]);
    return found.events.map((e) => e.probabilities);
  };
  const byRows = await ask("[[1, 2, 3], [4]]");
  expect(byRows[0]).not.toEqual(byRows[1]);
  for (const padding of [0, 8]) {
    place.write(
      "rows.npz",
      named({ words: ints([2, 4], [1, 2, 3, padding, 4, padding, padding, padding]), length: ints([2], [3, 1]) }),
    );
    expect(await ask("rows.npz")).toEqual(byRows);
  }
}, 30_000);

test("a model may declare more classes than occur, and fewer are an error that names the array", async () => {
  place.write("more.dnn", program("[T] of 12"));
  place.write("fewer.dnn", program("[T] of 5"));
  expect((await place.run("check", "more.dnn")).out).toBe("no problems\n");
  const fewer = await place.run("check", "fewer.dnn");
  expect([fewer.code, fewer.out]).toEqual([1, expect.stringContaining("expected 5, got 9")]);
  expect(fewer.out).not.toContain("~");
}, 30_000);
