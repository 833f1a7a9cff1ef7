// Hints of the library in the words of a program. Rows, weights and devices are also those of the command line, and their errors advise its
// users. In: such a hint. Out: what a program does in its place.

import { SHAPE_ADVICE } from "../project/use/rows/rowadvice.ts";
import { SHAPE_ADVICE as OF_NET } from "./module/netadvice.ts";

const INSTEAD: readonly (readonly [command: string | RegExp, instead: string])[] = [
  [/^.*--device cpu.*$/s, 'the option { device: "cpu" } runs everywhere'],
  [SHAPE_ADVICE, OF_NET],
  ["`dnn predict` evaluates", "`net.predict` evaluates"],
];

export const inProgram = (hint: string): string =>
  INSTEAD.reduce((text, [command, instead]) => text.replace(command, instead), hint);
