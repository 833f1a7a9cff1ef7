// Loaded before a command: the GPU that the command opens is taken away after LOSE_AFTER submits.

const name = "webgpu";
const { globals } = (await import(name)) as { globals: { GPUQueue: typeof GPUQueue; GPUAdapter: typeof GPUAdapter } };
const { requestDevice } = globals.GPUAdapter.prototype;
let left = Number(process.env.LOSE_AFTER);

globals.GPUAdapter.prototype.requestDevice = async function (wish) {
  const device = await requestDevice.call(this, wish);
  const { submit } = globals.GPUQueue.prototype;
  globals.GPUQueue.prototype.submit = function (buffers) {
    submit.call(this, buffers);
    if (left-- === 0) device.destroy();
    return undefined;
  };
  return device;
};
