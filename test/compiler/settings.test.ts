// Proves of every line of a training, as its record has it: it is taken as its example writes it, and each way to write it wrong
// is refused. A setting that is added is tried here without a line of this file.

import { describe, expect, test } from "vitest";
import { numberOfSetting, numberSettings, SETTINGS, settingNames } from "../../compiler/check/names/settings.ts";
import { checkText } from "../support/checked.ts";

const fields = [
  { name: "x", shape: [8, 8, 1] },
  { name: "label", shape: [], classes: 4 },
];
const program = (...lines: string[]): string =>
  ["model net(x: [8, 8, 1]) { flatten; dense 4 }", "train net on d {", ...lines, "}"].join("\n");
const LOSS = "loss cross_entropy(net(x), label)";

const codes = (...lines: string[]): string[] =>
  checkText(program(...lines), fields)
    .filter((d) => d.severity === "error")
    .map((d) => d.code);
const hints = (...lines: string[]): string[] => checkText(program(...lines), fields).flatMap((d) => d.hint ?? []);

describe.each(settingNames)("`%s`", (name) => {
  const { example, isSingle, values: [, most] = [1, 1], synonyms } = SETTINGS[name];
  const line = example.replace("mse(net(x), y)", "mean(net(x))").replace("images(e,", "images(x,");

  test("is taken as its example has it", () => {
    // Without a parameter that is trained there is nothing to do.
    const freezes = name === "freeze" ? ["train/nothing-trained"] : [];
    const figures = name === "best" ? ["metric accuracy(net(x), label)"] : [];
    expect(codes(LOSS, ...figures, line)).toEqual(freezes);
  });

  test("is refused twice, or with too many values, and found by its other names", () => {
    if (isSingle) expect(codes(LOSS, line, line)).toContain("train/setting-twice");
    const isOfGrammar = name === "optimizer" || name === "schedule";
    if (!isOfGrammar && Number.isFinite(most)) expect(codes(LOSS, `${line} 1 2 3 4`)).not.toEqual([]);
    for (const word of synonyms?.split(" ") ?? [])
      expect(hints(LOSS, `${word} 3`), word).toContainEqual(expect.stringContaining(`\`${name.replace(".", " ")}`));
  });
});

test.each(numberSettings)("the number of `%s` is refused outside of its range, at its place", (name) => {
  const { range, what, code = "train/bad-setting" } = numberOfSetting(name);
  const outside = [
    (range.from ?? range.above ?? 0) - 1,
    ...(range.whole ? [1.5] : []),
    range.below ?? range.above ?? -3,
  ];
  for (const x of outside) {
    // An argument of a line stands behind what the line needs.
    const [head, argument] = name.split(".");
    const least = SETTINGS[name].standsAlone ? "" : "3 ";
    const text = program(LOSS, argument === undefined ? `${name} ${x}` : `${head} ${least}${argument}=${x}`);
    const [first] = checkText(text, fields).filter((d) => d.severity === "error");
    expect(first, `${name} ${x}`).toMatchObject({ code, message: expect.stringContaining(what) });
    expect(text.slice(first!.span!.start, first!.span!.end)).toBe(String(x));
  }
});
