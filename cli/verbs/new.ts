// `dnn new`: a template's files in a folder; nothing that is there is overwritten.

import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EXIT, failure, usage } from "../../project/failure.ts";
import { quoted } from "../../project/quoted.ts";
import { out } from "../terminal/say.ts";
import { templates } from "./templates.ts";

export async function create(folder: string, name: string): Promise<number> {
  const template = templates.find((t) => t.name === name);
  if (!template) throw usage(`--template ${name}: there is ${templates.map((t) => t.name).join(", ")}`);
  try {
    await mkdir(folder, { recursive: true });
    for (const file of template.files) await writeFile(join(folder, file.name), file.text, { flag: "wx" });
  } catch (error) {
    throw cannotWrite(error, folder);
  }
  const program = join(folder, template.files[0]!.name);
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
