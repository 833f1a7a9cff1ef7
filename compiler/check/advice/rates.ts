// Rates that are probably mistakes, of learning and of dropping. In: the rate, and what its optimizer says of itself. Out: a warning.

import { isNumber } from "../../arithmetic/dim.ts";
import type { Warning } from "../frame/frame.ts";
import type { Callable, Value } from "../values/values.ts";
import type { Lint } from "./lint.ts";

/** From this share on, what is left of a layer is too little to learn from. */
const NEARLY_ALL = 0.9;

/** `dropout 0.99`, of a share that is to be kept. */
export const dropsNearlyAll: Lint = ({ name, arguments: given }) => {
  const p = given.get("p");
  if (p?.kind !== "number" || !isNumber(p.value) || p.value < NEARLY_ALL) return undefined;
  const [dropped, kept] = [p.value, 1 - p.value].map((share) => Number(share.toPrecision(6)));
  return {
    code: "layers/drops-nearly-all",
    message: `\`${name} ${dropped}\` sets ${Number((100 * p.value).toPrecision(6))}% of the numbers to 0: the share that it is given is dropped`,
    hint: `to keep as many, write \`${name} ${kept}\`; between 0.1 and 0.5 is usual`,
  };
};

/** A learning rate that hardly ever works: its optimizer says from where to where (`# @rate 1e-8 0.2`) it does. */
export function unusualRate(
  optimizer: string,
  tags: Callable["tags"],
  lr: Value | undefined,
  epochs: number,
): Warning | undefined {
  const [least, most] = (tags?.rate?.text ?? "").split(" ").map(Number);
  if (!least || !most || lr?.kind !== "number" || !isNumber(lr.value) || lr.value < 0 || !Number.isFinite(lr.value))
    return undefined;
  if (lr.value === 0 && epochs === 1) return undefined;
  if (lr.value === 0)
    return {
      code: "train/unusual-rate",
      message: "with a learning rate of 0 nothing moves",
      hint: `write for example \`${optimizer} lr=${least < 1e-7 ? "1e-3" : "0.1"}\`; what is not to be trained is kept by \`freeze\``,
    };
  if (lr.value >= least && lr.value <= most) return undefined;
  const way = lr.value < least ? "small: hardly anything would move" : "large: the loss would jump about";
  return {
    code: "train/unusual-rate",
    message: `a learning rate of ${lr.value} is very ${way}`,
    hint: `\`${optimizer}\` is usually given ${least < 1e-7 ? "1e-4 to 1e-2" : "1e-3 to 1"}; \`dnn lr-find\` proposes one`,
  };
}
