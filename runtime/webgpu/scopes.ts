// Errors of a device by the calls that cause them: WebGPU tells of them later, to the error scope around the call, or to nobody.
// In: calls. Out: their result, or one GpuError that says what was refused.

import { GpuError, messageOf } from "./device.ts";

/** The error within the innermost error scope; of a device that is lost, nothing is known. */
const errorOf = (gpu: GPUDevice): Promise<GPUError | null> => gpu.popErrorScope().catch(() => null);

interface Errors {
  readonly full: GPUError | null;
  readonly wrong: GPUError | null;
}

/** The result of calls, and what the device has against them once it has looked. */
export function withScopes<T>(gpu: GPUDevice, make: () => T): { readonly made: T; readonly errors: Promise<Errors> } {
  gpu.pushErrorScope("validation");
  gpu.pushErrorScope("internal");
  gpu.pushErrorScope("out-of-memory");
  const made = make();
  const [full, internal, invalid] = [errorOf(gpu), errorOf(gpu), errorOf(gpu)];
  const errors = Promise.all([full, internal, invalid]).then(([a, b, c]) => ({ full: a, wrong: b ?? c }));
  return { made, errors };
}

/** The result of `make`. GpuError where the device had no room for it or refused it; `what` is the subject of the sentence that says so. */
export async function withoutErrors<T>(
  gpu: GPUDevice,
  { name, what, of }: { readonly name: string; readonly what: string; readonly of?: GpuError["of"] },
  make: () => T,
): Promise<T> {
  const { made, errors } = withScopes(gpu, make);
  const { full, wrong } = await errors;
  if (full) throw new GpuError(`${name} has no room for ${what}: ${firstLine(full.message)}`, "limits/gpu", of);
  if (wrong) throw new GpuError(`${name} refuses ${what}: ${firstLine(wrong.message)}`, "machine/gpu-failed", of);
  return made;
}

/** Drivers add where in themselves it happened, on lines of their own. */
export const firstLine = (message: string): string => message.trim().split("\n")[0] || "its driver says nothing more";

/** An error that no scope asked for, by the class that the API gives it. */
export function uncaptured(error: GPUError, name: string): GpuError {
  const why = firstLine(error.message);
  return error.constructor.name === "GPUOutOfMemoryError"
    ? new GpuError(`the GPU ${name} has no room left: ${why}`, "limits/gpu")
    : new GpuError(`the GPU ${name} failed: ${why}`);
}

/** Why a promise of a device was rejected. */
export const reasonOf = (error: unknown): string => messageOf(error) || "it has ended";
