// Reads and formats each of the nested texts in three sizes, each twice the one before, and prints where the work grows faster than
// the text. A process of its own, for the reason of `operations.child.ts`: `node --no-opt --no-maglev textwork.child.ts`.

import { format } from "../../grammar/format/format.ts";
import { NESTED } from "./nestedtexts.ts";
import { countOperations, superlinear } from "./operations.ts";

const found: Record<string, string[]> = {};
for (const [kind, textOf] of Object.entries(NESTED)) {
  const [small, middle, large] = [2000, 4000, 8000].map((many) => textOf(many)) as [string, string, string];
  const read = (text: string) => (): void => void format(text, "nested.dnn");
  read(small)();
  const counts = [
    await countOperations(read(small)),
    await countOperations(read(middle)),
    await countOperations(read(large)),
  ] as const;
  found[kind] = superlinear(counts);
}
console.log(JSON.stringify(found));
