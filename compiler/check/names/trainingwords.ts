// The words of a training that are no names of the program: its settings, and what `show` makes.

import { isSetting, SETTINGS, type SettingName } from "./settings.ts";

/** The words of a setting's line that are no values of the program. */
export const wordsOf = (name: SettingName): readonly string[] => [
  ...(SETTINGS[name].words ?? []),
  ...(SETTINGS[name].particles ?? []),
];

/** Outputs that `show` can make, by their signatures. */
export const SHOWN: Readonly<Record<string, string>> = {
  "images(picture, grid=8x8)":
    "pictures in a grid: [height, width], [height, width, 1 or 3] or the numbers of a square",
  'generate(model, prompt="", length=200, temperature=1)': "a text that a model of characters goes on with",
  "top(value, count=5)": "along that text, the likeliest next characters of [T, V]",
  "heat(value, text, ...)":
    "along a text, the activations [T, n]; for each further value [T] the cell that follows it best, over held-out texts",
  "histogram(value, ...)": "how the numbers of one value or several are spread",
};

/** Documentation of a word of a training. */
export function textOfSetting(name: string): string | undefined {
  const shown = Object.entries(SHOWN).find(([signature]) => signature.startsWith(`${name}(`));
  return isSetting(name) ? SETTINGS[name].text : shown && `\`${shown[0]}\`: ${shown[1]}`;
}

/** The names of what `show` can make. */
export const SHOWS: readonly string[] = Object.keys(SHOWN).map((signature) => signature.replace(/\(.*/, ""));
