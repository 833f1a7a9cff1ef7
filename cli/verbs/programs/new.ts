// `dnn new`: a template's files in a folder; nothing that is there is overwritten.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, failure } from "../../../project/failure.ts";
import { quoted } from "../../../project/quoted.ts";
import { type TemplateFile, templateNames, templates } from "../../../project/templates.ts";
import { makeFolder } from "../../../runtime/checkpoint/makefolder.node.ts";
import { type Flags, oneOf, path } from "../../command/flag.ts";
import { defineVerb } from "../../command/verb.ts";
import { out } from "../../terminal/say.ts";

const flags = {
  template: {
    value: "name",
    type: oneOf(...templateNames),
    default: "mlp",
    description: "the program",
  },
} as const satisfies Flags;

export const verb = defineVerb({
  arguments: [{ name: "dir", type: path(), default: ".", description: "where it goes" }],
  flags,
  example: "dnn new digits --template lenet",
  run: ([folder], { template }) => create(folder, templates[template]),
});

async function create(folder: string, files: readonly [TemplateFile, ...TemplateFile[]]): Promise<number> {
  try {
    makeFolder(folder);
    for (const file of files) await writeFile(join(folder, file.name), file.text, { flag: "wx" });
  } catch (error) {
    throw cannotWrite(error, folder);
  }
  const program = join(folder, files[0].name);
  out(`${program}\n\ndnn train ${quoted(program)}`);
  return EXIT.fine;
}

function cannotWrite(error: unknown, folder: string): unknown {
  if (!(error instanceof Error) || !("code" in error)) return error;
  const path = "path" in error ? String(error.path) : folder;
  if (error.code === "EEXIST")
    return failure("new/exists", `${path} is there already`, { hint: "name another folder: dnn new DIR" });
  return failure("new/cannot-write", `cannot write ${path}: ${String(error.code)}`);
}
