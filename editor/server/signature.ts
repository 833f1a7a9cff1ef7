// The header of what is being called, with the parameter that comes next.

import type { Signature } from "../../project/documentation.ts";
import { signatureOf, textsFrom } from "../../project/documentation.ts";
import type { Sources } from "../../project/source.ts";
import type { Analysis } from "./analysis.ts";
import { definitionNamed } from "./analysis.ts";
import { situationAt } from "./situation.ts";

export interface SignatureHelp extends Signature {
  readonly documentation: string;
  /** Index of the parameter that is being written. */
  readonly active: number | undefined;
}

export function signatureAt(analysis: Analysis, offset: number, sources: Sources): SignatureHelp | undefined {
  const { call, within } = situationAt(analysis, offset);
  if (!call || within === "comment") return undefined;
  const d = definitionNamed(analysis, call.head);
  if (!d) return undefined;
  const signature = signatureOf(
    d,
    textsFrom((file) => (file === analysis.path ? analysis.text : sources.textOf(file))),
  );
  if (signature.parameters.length === 0) return undefined;
  const free = signature.parameters.filter((p) => p.name === call.current || !call.named.includes(p.name));
  // A function's first parameter is the value above the line, in the flow form.
  const shift = call.form === "flow" && d.kind === "fn" ? 1 : 0;
  const at = call.current === undefined ? free[call.given + shift - call.named.length]?.name : call.current;
  const active = signature.parameters.findIndex((p) => p.name === at);
  return { ...signature, documentation: d.documentation, active: active < 0 ? undefined : active };
}
