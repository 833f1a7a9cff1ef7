// Proves the messages about transposed convolutions: their arithmetic, and arguments that reach a size that was missed.

import { expect, test } from "vitest";
import { checkText } from "../support/checked.ts";

const decoder = (first: string, last: string): string => `model net(image: [28, 28, 1]) {
  conv 3x3 8 s2 p1; relu
  conv 3x3 16 s2 p1; relu
  upconv ${first}; relu
  upconv ${last}
}
train net on d { loss mse(net(image), image) }`;
const fields = [{ name: "image", shape: [28, 28, 1] }];

test("the lines on the way have their arithmetic, and the hint names the window that doubles", () => {
  const [said] = checkText(decoder("3x3 8 s2 p1", "3x3 1 s2 p1"), fields);
  expect(said!.related!.map((r) => r.text)).toContain("[13, 13, 8]: (7 - 1)*2 + 3 - 2*1 = 13");
  expect(said!.hint).toContain("4 gives (7 - 1)*2 + 4 - 2*1 = 14");
  expect(said!.hint).toContain("output_padding=1");
});

for (const [first, last] of [
  ["4x4 8 s2 p1", "4x4 1 s2 p1"],
  ["3x3 8 s2 p1 output_padding=1", "3x3 1 s2 p1 output_padding=1"],
  ["4x4 8 s2 p1", "3x3 1 s2 p1 output_padding=1"],
] as const)
  test(`\`upconv ${first}; upconv ${last}\` is the mirror of two halvings`, () => {
    expect(checkText(decoder(first, last), fields)).toEqual([]);
  });

for (const [layer, wanted, part] of [
  ["upconv 3x3 8 s2 p1", 14, "output_padding=1 gives (7 - 1)*2 + 3 - 2*1 + 1 = 14"],
  ["upconv 4x4 8 s2", 14, "p1 gives (7 - 1)*2 + 4 - 2*1 = 14"],
  ["upconv 2x2 8 s2", 15, "output_padding=1 gives"],
  ["upconv 3x3 8", 12, "a window of 6 gives (7 - 1)*1 + 6 - 2*0 = 12"],
] as const)
  test(`\`${layer}\` that misses ${wanted} gets a hint that reaches it`, () => {
    const [said] = checkText(`model net(x: [7, 7, 4]) { ${layer}; it + zeros([${wanted}, ${wanted}, 8]) }`);
    expect(said!.hint).toContain(part);
  });

for (const option of ["output_padding=2", "output_padding=-1", "output_padding=0.5", "g3", "d0"])
  test(`\`upconv 3x3 8 s2 ${option}\` is refused where it was written`, () => {
    const program = `model net(x: [7, 7, 4]) { upconv 3x3 8 s2 ${option} }`;
    const [said, ...others] = checkText(program);
    expect(others).toEqual([]);
    expect(said!.severity).toBe("error");
    expect(program.slice(said!.span!.start, said!.span!.end)).toMatch(/upconv|[\d.-]+|g3|d0/);
  });
