// The Node that the package needs. Entries for Node import this before anything else: an old one ends with one clear error rather than at a
// function that it lacks.

const LEAST = 22;

/** Says that a runtime is too old; Deno and Bun give Node's version as they like. */
export function versionFault(versions: { readonly [name: string]: string | undefined }): string | undefined {
  const { node, deno, bun } = versions;
  if (node === undefined || deno !== undefined || bun !== undefined) return undefined;
  return Number(node.split(".")[0]) >= LEAST ? undefined : `dnn-lang needs Node ${LEAST} or newer; this is ${node}`;
}

const fault = versionFault(process.versions);
if (fault !== undefined) throw new Error(fault);
