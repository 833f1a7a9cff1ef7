// A GPU that fails after so many submits, in one of the ways in which drivers do. In: an adapter. Out: the same adapter, whose
// devices fail so, all of them or some.

import type { Found } from "../../runtime/webgpu/node.ts";

type Cause = (device: GPUDevice, mock: Mock) => void;

interface Mock {
  /** Resolves the device's `lost`. */
  readonly lose: (info: Pick<GPUDeviceLostInfo, "reason" | "message">) => void;
  /** From here on nothing that is asked of the device is answered. */
  readonly fallSilent: () => void;
  readonly raise: (name: string, message: string) => void;
}

export const CAUSES = {
  "taken away": (device) => device.destroy(),
  "lost by a driver that answers nothing any more": (_, { fallSilent, lose }) => {
    fallSilent();
    lose({ reason: "unknown", message: "the driver has died\n - in its innards" });
  },
  "out of memory": (_, { raise }) => raise("GPUOutOfMemoryError", "no memory for 4096 bytes\n - in its innards"),
  "used in a way it refuses": (_, { raise }) => raise("GPUValidationError", "a buffer is gone\n - in its innards"),
} satisfies Record<string, Cause>;

/** GPUBufferUsage by value: Dawn in Node has no such global. */
const COPY_TO = 8;

/** Each time it is asked for a device, `submits` says after how many submits that one fails. */
export function failingGpu(found: Found, submits: () => number, cause: Cause): Found {
  const adapter = over(found.adapter, {
    requestDevice: async (wish?: GPUDeviceDescriptor) =>
      failing(await found.adapter.requestDevice(wish), submits(), cause),
  });
  return { ...found, adapter };
}

function failing(device: GPUDevice, submits: number, cause: Cause): GPUDevice {
  let left = submits;
  let isSilent = false;
  const listeners: ((event: unknown) => void)[] = [];
  const { promise: lost, resolve: lose } = Promise.withResolvers<unknown>();
  void device.lost.then(lose);
  const answered = async (answer: Promise<unknown>): Promise<unknown> => {
    const value = await answer;
    return isSilent ? new Promise(() => {}) : value;
  };
  const mock: Mock = {
    lose,
    fallSilent: () => {
      isSilent = true;
    },
    raise: (name, message) => {
      const error = new (class extends Error {})(message);
      Object.defineProperty(error.constructor, "name", { value: name });
      for (const listener of listeners) listener({ error, preventDefault: () => {} });
    },
  };
  const queue = over(device.queue, {
    submit: (buffers: Iterable<GPUCommandBuffer>) => {
      device.queue.submit(buffers);
      if (left-- === 0) cause(device, mock);
    },
    onSubmittedWorkDone: () => answered(device.queue.onSubmittedWorkDone()),
  });
  return over(device, {
    lost,
    queue,
    addEventListener: (_: string, listener: (event: unknown) => void) => listeners.push(listener),
    createBuffer: (wish: GPUBufferDescriptor) => {
      const buffer = device.createBuffer(wish);
      // A driver that computes nothing leaves what it finds in memory.
      if (wish.usage & COPY_TO) device.queue.writeBuffer(buffer, 0, new Uint8Array(wish.size));
      const { mapAsync } = buffer;
      return Object.assign(buffer, { mapAsync: (mode: number) => answered(mapAsync.call(buffer, mode)) });
    },
  });
}

/** An object of the API with some of its members replaced. */
export function over<T extends object>(object: T, members: Record<string, unknown>): T {
  return new Proxy(object, {
    get: (target, key) => {
      if (Object.hasOwn(members, key)) return members[key as string];
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}
