// Functions of the browser tests that run inside the page.

import { type Engine, openCpu, openGpu, openTraining, Session } from "../../runtime/browser.ts";

/** Runs in the page: opens the built program, fetches its columns, trains, and gives the device and the losses. */
export async function lossesThere(request: {
  name: string;
  target: "wasm" | "wgsl";
  steps: number;
  /** In the place of the program's. */
  epochs?: number;
  isBaseline?: boolean;
  /** Steps after which the GPU is taken away. */
  lostAfter?: number;
}): Promise<{ device: string; losses: number[]; isolated: boolean; reopened: number; binding?: number } | undefined> {
  if (request.isBaseline) giveBaselineDevices();
  const base = `/built/${request.name}/`;
  const training = await openTraining(`${base}${request.target}`);
  const open = () => (request.target === "wgsl" ? openGpu(`${base}wgsl`) : openCpu(`${base}wasm`, 2));
  const engine = await open();
  if (!engine) return undefined;
  let reopened = 0;
  const reopen = async (error: Error): Promise<Engine> => {
    reopened++;
    const another = await open();
    if (!another) throw error;
    return another;
  };
  const numbers = async (file: string, dtype: string): Promise<Float32Array | Int32Array> => {
    const bytes = await (await fetch(base + file)).arrayBuffer();
    return dtype === "i32" ? new Int32Array(bytes) : new Float32Array(bytes);
  };
  const columns = await Promise.all(
    training.columns.map(async (c) => ({
      name: c.name,
      train: await numbers(`${c.name}.train`, c.dtype),
      heldout: await numbers(`${c.name}.heldout`, c.dtype),
    })),
  );
  const { steps, epochs = training.session.epochs } = request;
  const plan = { steps, epochs };
  const session = await Session.open(engine, { ...training.session, ...plan }, columns, {}, reopen);
  session.goesAhead = () => true;
  const losses: number[] = [];
  for await (const event of session.run()) {
    if (event.kind !== "stretch") continue;
    losses.push(...event.losses.flat());
    const isLost = request.lostAfter !== undefined && losses.length >= request.lostAfter && reopened === 0;
    if (isLost && "gpu" in session.engine) (session.engine.gpu as GPUDevice).destroy();
  }
  await session.engine.stop();
  const isolated = crossOriginIsolated;
  const binding = "gpu" in engine ? (engine.gpu as GPUDevice).limits.maxStorageBufferBindingSize : undefined;
  const { device } = session.engine;
  return { device, losses, isolated, reopened, ...(binding === undefined ? {} : { binding }) };
}

/** Devices get no more than the limits that all have, and no features, whatever is asked for. */
function giveBaselineDevices(): void {
  const { requestDevice } = GPUAdapter.prototype;
  GPUAdapter.prototype.requestDevice = function (this: GPUAdapter) {
    return requestDevice.call(this, {});
  };
}
