// Tensors from files: arrays that a program has beside its data, such as the edges of a graph.

import { make } from "../../graph/build.ts";
import { optional, text, whole } from "../sizes/domains.ts";
import { mistake } from "../values/mistakes.ts";
import { tensorValue } from "../values/values.ts";
import { type Builtin, builtin } from "./call.ts";

export const FILES: Readonly<Record<string, Builtin>> = {
  tensor: builtin(
    "an array of numbers from a .npz file, by its name, or from a .npy file, whose path starts from the program; nothing changes it, and weights are saved with it; with `classes`, whole numbers from 0 are classes",
    {
      file: { ...text, noun: "a path" },
      name: optional({ ...text, noun: "the name of an array" }, "", '""'),
      classes: optional(whole({ from: 1 }), 0, "0"),
    },
    ({ file, name, classes }, c, at) => {
      const found = c.fileTensor(file, name === "" ? undefined : name);
      if ("message" in found) {
        const { code, message, hint, argument } = found;
        const place = argument === "name" && name === "" ? c : at(argument);
        throw mistake(code, place.span, message, hint === undefined ? {} : { hint });
      }
      if (classes === 0) return tensorValue(found.node);
      const { whole: range } = found.array;
      if (range && range[0] >= 0 && range[1] < classes)
        return tensorValue(make("cast", [found.node], { to: "i32" }), classes);
      const seen = range ? `whole numbers from ${range[0]} to ${range[1]}` : "numbers that are not whole";
      throw mistake(
        "data/label-out-of-range",
        at("classes").span,
        `the array holds ${seen}, and classes are 0 to ${classes - 1}`,
        {
          hint: range && range[0] >= 0 ? `write classes=${range[1] + 1}` : "leave `classes` out: they are numbers",
        },
      );
    },
  ),
};
