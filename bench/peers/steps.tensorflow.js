// Training steps of TensorFlow.js: `node steps.tensorflow.js WORKLOAD START SECONDS cpu|wasm`. One line: the losses and the median step,
// or the kernels of a step that the backend lacks.

import * as tf from "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { readStart, report } from "./steps.js";

const [workload, file, seconds, backend] = process.argv.slice(2);

const forwards = {
  mlp: (x, [w1, b1, w2, b2, w3, b3]) => {
    const hidden = x.matMul(w1).add(b1).relu().matMul(w2).add(b2).relu();
    return hidden.matMul(w3).add(b3);
  },
  lenet: (x, [k1, c1, k2, c2, ...rest]) => {
    const [w1, b1, w2, b2, w3, b3] = rest;
    const pool = (it) => it.relu().maxPool(2, 2, "valid");
    const rows = pool(pool(x.conv2d(k1, 1, "same").add(c1)).conv2d(k2, 1, "valid").add(c2)).reshape([-1, 400]);
    return rows.matMul(w1).add(b1).relu().matMul(w2).add(b2).relu().matMul(w3).add(b3);
  },
};

/** A step on the backend of the moment. */
function open() {
  const start = readStart(workload, file);
  const parameters = start.parameters.map(({ shape, numbers }) => tf.variable(tf.tensor(numbers, shape)));
  const image = tf.tensor(start.image.numbers, start.image.shape);
  const classes = tf.tidy(() => tf.oneHot(tf.tensor1d(start.labels, "int32"), 10).toFloat());
  const optimizer = tf.train.momentum(0.01, 0.9);
  const loss = () => tf.losses.softmaxCrossEntropy(classes, forwards[workload](image, parameters));
  return async () => {
    const value = optimizer.minimize(loss, true, parameters);
    const [number] = await value.data();
    value.dispose();
    return number;
  };
}

/** The kernels of a step, as the backend in plain JavaScript runs it, that another backend lacks. */
async function missingKernels(name) {
  const kernelsOf = (backend) => new Set(tf.getKernelsForBackend(backend).map((kernel) => kernel.kernelName));
  await tf.setBackend("cpu");
  const { kernelNames } = await tf.profile(open());
  // The profile names operations with gradients of their own, too, which are no kernels.
  const needed = kernelsOf("cpu").intersection(new Set(kernelNames));
  return [...needed.difference(kernelsOf(name))];
}

setWasmPaths(new URL("node_modules/@tensorflow/tfjs-backend-wasm/dist/", import.meta.url).pathname);
const missing = backend === "cpu" ? [] : await missingKernels(backend);
if (missing.length > 0) console.log(JSON.stringify({ missing }));
else {
  if (!(await tf.setBackend(backend))) throw new Error(`the backend '${backend}' does not start`);
  await report(open(), Number(seconds));
}
process.exit(0);
