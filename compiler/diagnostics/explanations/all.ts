// Explanations of the diagnostic codes, for `dnn explain` and the manual. The two programs of an explanation are its test: the bad one is
// reported with the code, the good one is not reported at all.

import { batches } from "./batches.ts";
import { data } from "./data.ts";
import { dataslips } from "./dataslips.ts";
import { derivatives } from "./derivatives.ts";
import { doubtful } from "./doubtful.ts";
import type { Explanation } from "./explanation.ts";
import { files } from "./files.ts";
import { lengths } from "./lengths.ts";
import { meaning } from "./meaning.ts";
import { ownrules } from "./ownrules.ts";
import { shapes } from "./shapes.ts";
import { syntax } from "./syntax.ts";
import { training } from "./training.ts";
import { weights } from "./weights.ts";

export const explanations: readonly Explanation[] = [
  ...syntax,
  ...meaning,
  ...shapes,
  ...lengths,
  ...derivatives,
  ...batches,
  ...training,
  ...doubtful,
  ...ownrules,
  ...data,
  ...dataslips,
  ...weights,
  ...files,
];

/** Lines of a file that are shown beside a program. */
const SHOWN = 12;

/** Files of an example as they are shown: their names, and their first lines. */
export function shownFiles(files: Readonly<Record<string, string>> | undefined): { name: string; text: string }[] {
  return Object.entries(files ?? {}).map(([name, content]) => {
    const lines = content.replace(/\n$/, "").split("\n");
    const more = lines.length > SHOWN ? [`... (${lines.length} lines)`] : [];
    return { name, text: [...lines.slice(0, SHOWN), ...more].join("\n") };
  });
}
