// Times passes of a device by timestamps. In: a device with the feature. Out: nanoseconds that its passes took since the last question.
// Invariant: the engine that uses the device does not notice: its passes and submits are as before.

const USAGE = { mapRead: 1, copyFrom: 4, copyTo: 8, queryResolve: 512 } as const;
/** Passes between two questions: those beyond are not timed. */
const MOST = 2048;

export interface PassTimes {
  /** Nanoseconds and passes since the last question. */
  take(): Promise<{ readonly nanoseconds: number; readonly passes: number }>;
}

/** Undefined where the device has no timestamps. */
export function timePasses(gpu: GPUDevice): PassTimes | undefined {
  if (!gpu.features.has("timestamp-query")) return undefined;
  const querySet = gpu.createQuerySet({ type: "timestamp", count: 2 * MOST });
  const resolved = gpu.createBuffer({ size: 16 * MOST, usage: USAGE.queryResolve | USAGE.copyFrom });
  let passes = 0;
  const create = gpu.createCommandEncoder.bind(gpu);
  gpu.createCommandEncoder = (descriptor) => {
    const encoder = create(descriptor);
    const begin = encoder.beginComputePass.bind(encoder);
    encoder.beginComputePass = (pass = {}) => {
      if (passes >= MOST) return begin(pass);
      const at = 2 * passes++;
      const timestampWrites = { querySet, beginningOfPassWriteIndex: at, endOfPassWriteIndex: at + 1 };
      return begin({ ...pass, timestampWrites });
    };
    return encoder;
  };
  return {
    async take() {
      const count = passes;
      passes = 0;
      if (count === 0) return { nanoseconds: 0, passes: 0 };
      const size = 16 * count;
      const staging = gpu.createBuffer({ size, usage: USAGE.mapRead | USAGE.copyTo });
      const encoder = create();
      encoder.resolveQuerySet(querySet, 0, 2 * count, resolved, 0);
      encoder.copyBufferToBuffer(resolved, 0, staging, 0, size);
      gpu.queue.submit([encoder.finish()]);
      await staging.mapAsync(1);
      const times = new BigInt64Array(staging.getMappedRange().slice(0));
      staging.destroy();
      const pairs = Array.from({ length: count }, (_, i) => Number(times[2 * i + 1]! - times[2 * i]!));
      return { nanoseconds: pairs.reduce((n, t) => n + t, 0), passes: count };
    },
  };
}
