// `dnn explain CODE`: what a code means, with a program that has the mistake and one that has not.

import { didYouMean } from "../compiler/check/names.ts";
import type { Explanation } from "../compiler/diagnostics/explanations/all.ts";
import { explanations } from "../compiler/diagnostics/explanations/all.ts";
import { EXIT, usage } from "./failure.ts";
import { out } from "./say.ts";

export async function explain(code: string): Promise<number> {
  const asked = code.replace(/^(error|warning)\[(.*)\]$/, "$2");
  const found = explanations.find((e) => e.code === asked);
  if (found) {
    out(explanationText(found));
    return EXIT.fine;
  }
  const codes = explanations.map((e) => e.code);
  const close = didYouMean(asked, codes) ?? codes.find((c) => c.split("/")[1] === asked);
  throw usage(`there is no explanation of ${asked}`, close ? `did you mean ${close}?` : `there is ${codes.join(", ")}`);
}

function explanationText({ code, text, bad, good }: Explanation): string {
  const program = (title: string, source: string): string =>
    `\n${title}:\n\n${source
      .split("\n")
      .map((line) => (line ? `    ${line}` : ""))
      .join("\n")}`;
  return [
    code,
    "",
    text,
    ...(bad ? [program("with the mistake", bad)] : []),
    ...(good ? [program("without it", good)] : []),
  ].join("\n");
}
