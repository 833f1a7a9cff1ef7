// A GPU that counts the calls that it is given. In: an adapter. Out: the same adapter, and the calls of its devices in order.

import type { Found } from "../../runtime/webgpu/node.ts";
import { over } from "./failinggpu.ts";

const RECORDED = ["setPipeline", "setBindGroup", "dispatchWorkgroups"] as const;

export interface Counted {
  readonly found: Found;
  /** Calls since the last `take`, by their names: those above, `submit`, `copy`, and `mapped` where numbers have come back. */
  readonly take: () => readonly string[];
  /** From now on numbers come back only once further ones have been asked for, or after two seconds. */
  readonly hold: () => void;
}

const HELD_MILLISECONDS = 2000;

export function countingGpu(found: Found): Counted {
  let calls: string[] = [];
  let isHolding = false;
  /** Held until the next copy. */
  let release: (() => void)[] = [];
  const nextCopy = (): Promise<void> =>
    new Promise((resolve) => {
      release.push(resolve);
      setTimeout(resolve, HELD_MILLISECONDS).unref();
    });
  const pass = (real: GPUComputePassEncoder): GPUComputePassEncoder =>
    over(
      real,
      Object.fromEntries(
        RECORDED.map((name) => [
          name,
          (...given: unknown[]) => {
            calls.push(name);
            return (real[name] as (...given: unknown[]) => unknown).apply(real, given);
          },
        ]),
      ),
    );
  const device = (real: GPUDevice): GPUDevice =>
    over(real, {
      createCommandEncoder: () => {
        const encoder = real.createCommandEncoder();
        return over(encoder, {
          beginComputePass: () => pass(encoder.beginComputePass()),
          copyBufferToBuffer: (...given: Parameters<GPUCommandEncoder["copyBufferToBuffer"]>) => {
            calls.push("copy");
            for (const answer of release) answer();
            release = [];
            encoder.copyBufferToBuffer(...given);
          },
        });
      },
      createBuffer: (wish: GPUBufferDescriptor) => {
        const buffer = real.createBuffer(wish);
        const { mapAsync } = buffer;
        const counted = async (...given: Parameters<typeof mapAsync>): Promise<undefined> => {
          const held = isHolding ? nextCopy() : undefined;
          await mapAsync.apply(buffer, given);
          await held;
          calls.push("mapped");
          return undefined;
        };
        return Object.assign(buffer, { mapAsync: counted });
      },
      queue: over(real.queue, {
        submit: (buffers: Iterable<GPUCommandBuffer>) => {
          calls.push("submit");
          real.queue.submit(buffers);
        },
      }),
    });
  const adapter = over(found.adapter, {
    requestDevice: async (wish?: GPUDeviceDescriptor) => device(await found.adapter.requestDevice(wish)),
  });
  const take = (): readonly string[] => {
    const taken = calls;
    calls = [];
    return taken;
  };
  const hold = (): void => {
    isHolding = true;
  };
  return { found: { ...found, adapter }, take, hold };
}
