// Hints for a file or folder of the data that is not there. In: the error of a source, and the declaration
// that it came from. Out: a hint that says from where paths start and how another file takes its place.

import type { Program } from "../../compiler/check/program/program.ts";
import type { DataDefinition } from "../../grammar/syntax/ast.ts";
import { DataError } from "../../runtime/files/dataerror.ts";
import { quoted } from "../quoted.ts";
import { placeIn } from "./declaration.ts";
import { hintOnSource } from "./othersource.ts";

/** Whether a file or folder is missing; what else is wrong with one has its own hints. */
const isMissing = (error: unknown): error is DataError =>
  error instanceof DataError && /^data\/(file|folder)-not-found$/.test(error.code);

const nearIn = ({ hint }: DataError): string => (hint?.startsWith("did you mean") ? `${hint}; ` : "");

/** Of a declaration in a program, which another file can replace for one command. */
export function hintOnMissing(error: unknown, definition: DataDefinition, { file }: Program): { hint?: string } {
  const { name, source } = definition;
  const reader = source.span.file === file.span.file ? hintOnSource(error, definition, file.text) : undefined;
  if (reader !== undefined) return { hint: reader };
  if (!isMissing(error) || error.hint?.startsWith("addresses") || source.span.file !== file.span.file) return {};
  const { start, end } = placeIn(definition, error);
  const at = file.text.slice(start, end).replace(/"[^"]*"/, '"PATH"');
  const other = `${file.text.slice(source.span.start, start)}${at}${file.text.slice(end, source.span.end)}`;
  const command = `dnn train ${quoted(file.span.file)} --data ${quoted(`${name.text}=${other}`)}`;
  return {
    hint: `${nearIn(error)}put it there (paths start from the folder of the .dnn file), or give another: \`${command}\``,
  };
}

/** Of an option of the command line. */
export function hintOnMissingHere(error: unknown, option: string, folder: string): { hint?: string } {
  if (!isMissing(error)) return {};
  return { hint: `${nearIn(error)}relative paths in ${option} start from the folder of the command, ${folder}` };
}
