// The trainings, data and models of a program, checked one after another.

import type { Program } from "../../compiler/check/program/program.ts";
import type { TopLevel } from "../../grammar/syntax/ast.ts";
import type { Diagnostic } from "../../grammar/syntax/span.ts";
import type { Place } from "../data/place.ts";

/** Checks trainings, data that no training uses, and models, or those that are wanted; gives what is wrong with data, and the program collects the rest. */
export async function checkParts(
  program: Program,
  place: () => Place | Promise<Place>,
  wanted: (definition: TopLevel) => boolean = () => true,
): Promise<readonly Diagnostic[]> {
  const data: Diagnostic[] = [];
  // Trainings first: with real sizes a message says more than with names of sizes.
  for (const definition of program.trains.filter(wanted)) {
    const { checkTraining } = await import("./training.ts");
    data.push(...(await checkTraining(definition, program, await place())));
  }
  const used = new Set(program.trains.map((definition) => definition.data?.text));
  for (const [name, definition] of program.data) {
    if (used.has(name) || !wanted(definition)) continue;
    const { checkData } = await import("./training.ts");
    data.push(...(await checkData(definition, program, await place())));
  }
  for (const [name, { definition, instance }] of program.models)
    if (instance.children.size === 0 && wanted(definition)) program.checkModel(name);
  return data;
}
