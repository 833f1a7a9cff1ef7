// The files of a run's folder that name a checkpoint: `latest`, the last whole one, and `best`. In: a disk. Out: what they name.

import { resolvePath } from "../files/files.ts";
import { type Disk, describeFailure, errorCode } from "./disk.ts";
import { WeightsError } from "./weightserror.ts";

/** Files of a run's folder that name a checkpoint. */
export type Pointer = "latest" | "best";
export const POINTERS: readonly string[] = ["latest", "best"] satisfies Pointer[];

/** One visible name without folders or control characters. */
export function isPlainName(name: string): boolean {
  return /^[^./\\\p{Cc}][^/\\\p{Cc}]*$/u.test(name);
}

/** The name that `folder/latest` or `folder/best` holds. WeightsError `checkpoint/none` or `checkpoint/bad-latest`. */
export async function readPointer(folder: string, pointer: Pointer, disk: Pick<Disk, "read">): Promise<string> {
  const path = resolvePath(folder, pointer);
  let bytes: Uint8Array;
  try {
    bytes = await disk.read(path);
  } catch (error) {
    const absent = errorCode(error) === "ENOENT" || errorCode(error) === "ENOTDIR";
    if (!absent) throw describeFailure(error, "read", path);
    const [, run] = /^(.*)[\\/][^\\/]*\.safetensors$/.exec(folder) ?? [];
    if (run !== undefined)
      throw new WeightsError(
        "checkpoint/none",
        `${folder} is a file of weights, and the folder of a run is needed`,
        `name its folder: ${run}`,
      );
    const hint = `\`dnn train FILE\` makes a run and says in which folder: name that one, such as runs/NAME-1; it has a file called ${pointer}`;
    throw new WeightsError("checkpoint/none", `${folder} has no saved weights`, hint);
  }
  const name = new TextDecoder().decode(bytes.subarray(0, 1024)).trim();
  if (isPlainName(name)) return name;
  const message = `${path} holds ${JSON.stringify(name)}, which is not the name of a checkpoint`;
  throw new WeightsError("checkpoint/bad-latest", message);
}

/** The checkpoint that `latest` or `best` names. WeightsError as `readPointer`, or `checkpoint/not-found`. */
export async function readNamedCheckpoint(folder: string, pointer: Pointer, disk: Pick<Disk, "read">) {
  const name = await readPointer(folder, pointer, disk);
  const path = resolvePath(folder, name);
  try {
    return { name, path, bytes: await disk.read(path) };
  } catch (error) {
    throw describeFailure(error, "read", path);
  }
}
