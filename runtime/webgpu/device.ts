// Opens a device of an adapter, and the error of one that cannot run a plan or was lost.

/** A device that cannot run a plan, or that was lost. */
export class GpuError extends Error {
  override readonly name = "GpuError";
  readonly code: "limits/gpu" | "machine/gpu-failed";
  readonly hint: string;

  constructor(message: string, code: GpuError["code"] = "machine/gpu-failed") {
    super(message);
    this.code = code;
    const smaller = code === "limits/gpu" ? "try a smaller batch (--set batch=N), or" : "run it on the processor:";
    this.hint = `${smaller} --device cpu`;
  }
}

/** A device with all that the adapter has of what large plans need. GpuError where it gives none. */
export async function openDevice(adapter: GPUAdapter, name: string): Promise<GPUDevice> {
  const { maxBufferSize, maxStorageBufferBindingSize } = adapter.limits;
  try {
    return await adapter.requestDevice({ requiredLimits: { maxBufferSize, maxStorageBufferBindingSize } });
  } catch (error) {
    throw new GpuError(`${name} cannot be opened: ${messageOf(error)}`);
  }
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
