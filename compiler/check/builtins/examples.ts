// The other examples of the batch as values, for losses that compare examples with each other.

import { BATCH } from "../../arithmetic/dim.ts";
import { indexAlong, make } from "../../graph/build.ts";
import { typed } from "../sizes/domains.ts";
import { mistake } from "../values/mistakes.ts";
import { sameClasses } from "../values/sameclasses.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin, type Call } from "./call.ts";

export const EXAMPLES: Readonly<Record<string, Builtin>> = {
  all_examples: builtin(
    "x of every example of the batch, [batch, ...], the same for all of them; what they hand back to each is summed",
    { x: typed },
    ({ x }, c) => {
      refuseInData("all_examples", c);
      return sameClasses(make("all_examples", [x.node]), x);
    },
  ),
  example_index: builtin("the place of the example in its batch: a class, of as many as the batch has", {}, (_, c) => {
    refuseInData("example_index", c);
    return tensorValue(make("own_example", [indexAlong([BATCH], -1)]), BATCH);
  }),
};

/** Data is prepared before there are batches. */
function refuseInData(name: string, { measures, span }: Call): void {
  if (measures)
    throw mistake(
      "batch/in-data",
      span,
      `'${name}' is about a batch, and the rows of a data declaration are in none yet`,
      {
        hint: "write it in a model, a step, a loss or a metric; `mean(x, over=data)` is a mean of all rows",
      },
    );
}
