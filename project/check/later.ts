// Trainings of a file that run after another. In: the program, opened for them alone. Out: nothing, or one failure with what is wrong with
// them and their data: it would come to light when the ones before have trained.

import { placeOfSmallFiles } from "../data/place.ts";
import { Failure } from "../failure.ts";
import type { Opened } from "../source.ts";
import { checkTraining } from "./training.ts";

/** Refuses trainings that could not begin; `set` has the settings that the command gives. */
export async function refuseLater(
  opened: Opened,
  names: readonly string[],
  set: Readonly<Record<string, string>>,
): Promise<void> {
  const { program } = opened;
  const overrides = new Map(Object.entries(set));
  const place = placeOfSmallFiles(opened);
  const found = [];
  for (const definition of program.trains)
    if (names.includes(definition.name.text))
      found.push(...(await checkTraining(definition, program, place, overrides)));
  const errors = [...found, ...program.diagnostics].filter((d) => d.severity === "error");
  if (errors.length > 0) throw new Failure(errors);
}
