// Writes the pages that are made from the code: `npm run docs`. `--check` only says whether they are as the code is.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Bound } from "../compiler/arithmetic/scalar.ts";
import { scalars } from "../compiler/arithmetic/scalar.ts";
import { explanations, shownFiles } from "../compiler/diagnostics/explanations/all.ts";
import type { Op } from "../compiler/graph/op.ts";
import { registry } from "../compiler/ops/all.ts";
import { commandsPage, readmePage } from "./commandspage.ts";
import { galleryPage } from "./gallerypage.ts";
import { libraryPage } from "./librarypage.ts";

const LOWERED: Readonly<Record<string, string>> = {
  leaf: "from outside",
  map: "scalar expression",
  generate: "function of position",
  view: "index function",
  reduce: "reduction",
  contract: "sum of products",
  scan: "loop over time",
  pick: "result of a loop",
  same: "same value",
  abstract: "replaced by a pass",
};

/** How near an engine's value is to the one in f64 at the same operands. */
function boundOf({ lowering }: Op): string {
  if (lowering.class !== "map") return "";
  const { ulp, absolute, tiny, gpu }: Bound = scalars[lowering.scalar].error;
  const near = ulp === 0 ? "exact" : `${ulp} ULP`;
  return [
    absolute === undefined ? near : `${near} or 2^${Math.log2(absolute)}`,
    ...(tiny ? ["below 2^-126: 0"] : []),
    ...(gpu ? [`GPU: ${gpu.ulp}${gpu.perExponent ? ` + ${gpu.perExponent} \\|ln v\\|` : ""} ULP`] : []),
  ].join("; ");
}

function opsPage(): string {
  const rows = [...registry().values()].map((op) => {
    const gradient = op.gradient === "none" ? "no" : "yes";
    const cells = [`\`${op.name}\``, op.doc.replaceAll("|", "\\|"), LOWERED[op.lowering.class], gradient, boundOf(op)];
    return `| ${cells.join(" | ")} |`;
  });
  return `# Operations

What graphs are made of. Programs do not name most of them: expressions and the standard library do. Each is one record in
\`compiler/ops\`; its examples are its tests. The last column says how near an engine's number v comes to the exact one of the
same operands, over the whole range of 32-bit numbers, in units of the last place (ULP); \`docs/numerics.md\` says more. This
page is generated.

| op | value | lowered as | gradient | within |
| --- | --- | --- | --- | --- |
${rows.join("\n")}
`;
}

function errorsPage(): string {
  const sections = explanations
    .toSorted((a, b) => (a.code < b.code ? -1 : 1))
    .map(({ code, text, bad, good, files }) => {
      const beside = (contents: Readonly<Record<string, string>> | undefined): string =>
        shownFiles(contents)
          .map((file) => `\nwith \`${file.name}\`:\n\n\`\`\`text\n${file.text}\n\`\`\`\n`)
          .join("");
      const program = (title: string, body: string | undefined, contents?: Readonly<Record<string, string>>): string =>
        body === undefined ? "" : `\n${title}\n\n\`\`\`dnn\n${body}\n\`\`\`\n${beside(contents)}`;
      return `## ${code}\n\n${text}\n${program("Wrong:", bad, files?.bad)}${program("Right:", good, files?.good)}`;
    });
  return `# Errors

What each code means; \`dnn explain CODE\` prints the same. This page is generated.

${sections.join("\n")}`;
}

/** The generated pages by their place. */
export const pages: ReadonlyMap<string, () => string> = new Map([
  ["docs/ops.md", opsPage],
  ["docs/commands.md", commandsPage],
  ["docs/errors.md", errorsPage],
  ["docs/library.md", libraryPage],
  ["examples/README.md", galleryPage],
  ["README.md", readmePage],
]);

export const placeOf = (page: string): string => fileURLToPath(new URL(`../${page}`, import.meta.url));

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const check = process.argv.includes("--check");
  for (const [page, make] of pages) {
    if (!check) writeFileSync(placeOf(page), make());
    else if (readFileSync(placeOf(page), "utf8") !== make()) {
      console.error(`${page} is stale: npm run docs`);
      process.exitCode = 1;
    }
  }
}
