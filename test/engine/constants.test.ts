// Proves that a constant is made once a call of a kernel and not once a turn of its loops, where V8 would make it again by three
// instructions, and that zeros, with which sums begin, are no locals.

import { expect, test } from "vitest";
import { bitsOf, Code } from "../../compiler/targets/wasm/emit/encoder.ts";

/** Places of `v128.const` in a function. */
function constantsIn(code: Code): number[] {
  const bytes = code.encode();
  return [...bytes.keys()].filter((i) => bytes[i] === 0xfd && bytes[i + 1] === 0x0c);
}

test("every number is made once, wherever it is used", () => {
  const code = new Code({ parameters: [], results: [] });
  const [counter, x] = [code.local("i32"), code.local("v128")];
  const use = (): void => void code.get(x).splat(1.5).v("f32x4_mul").lanes([7, 7, 7, 7]).v("v128_or").set(x);
  code.for(
    counter,
    () => code.i32(0),
    () => code.i32(9),
    1,
    use,
  );
  use();
  code.get(x).kept(bitsOf(1.5)).v("f32x4_add").set(x);
  const [loop] = [...code.encode().keys()].filter((i) => code.encode()[i] === 0x03);
  expect(constantsIn(code)).toHaveLength(2);
  expect(Math.max(...constantsIn(code))).toBeLessThan(loop!);
});

test("zeros are constants where they stand, and lanes that differ, too", () => {
  const code = new Code({ parameters: [], results: [] });
  const x = code.local("v128");
  code.splat(0).set(x).splat(0).set(x).lanes([0, 1, 2, 3]).set(x).splat(-0).set(x);
  expect(constantsIn(code)).toHaveLength(4);
  expect([...code.encode()].join()).toContain("253,12,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,33");
});
