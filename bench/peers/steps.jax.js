// Training steps of jax-js in WebAssembly: `node steps.jax.js WORKLOAD START SECONDS THREADS`. One line: the losses and the median step.

import { readStart, report } from "./steps.js";
import { giveWorkers } from "./workers.js";

const [workload, file, seconds, threads] = process.argv.slice(2);
// It asks for the workers of a page as it is loaded, and runs on one thread without them.
if (Number(threads) > 1) giveWorkers(Number(threads));
const { blockUntilReady, init, jit, lax, nn, numpy: np, tree, valueAndGrad } = await import("@jax-js/jax");
await init("wasm");

const dense = (x, w, b) => np.matmul(x, w).add(b);
const pool = (x) => lax.reduceWindow(nn.relu(x), np.max, [2, 2], [2, 2]);
const conv = (x, k, b, padding) => lax.conv(x, k, [1, 1], padding).add(b.reshape([-1, 1, 1]));

const forwards = {
  mlp: (x, [w1, b1, w2, b2, w3, b3]) => dense(nn.relu(dense(nn.relu(dense(x, w1, b1)), w2, b2)), w3, b3),
  lenet: (x, [k1, c1, k2, c2, ...rest]) =>
    forwards.mlp(pool(conv(pool(conv(x, k1, c1, "SAME")), k2, c2, "VALID")).reshape([-1, 400]), rest),
};

/** Its convolutions have channels first: kernels, and the rows of the first dense layer behind them, are put in that order. */
function channelsFirst(parameters) {
  if (workload === "mlp") return parameters;
  const [k1, c1, k2, c2, w, ...rest] = parameters;
  const kernel = (k) => np.transpose(k, [3, 2, 0, 1]);
  const rows = np.transpose(w.reshape([5, 5, 16, 120]), [2, 0, 1, 3]).reshape([400, 120]);
  return [kernel(k1), c1, kernel(k2), c2, rows, ...rest];
}

const array = ({ shape, numbers }) => np.array(numbers).reshape(shape);
const start = readStart(workload, file);
const image = workload === "mlp" ? array(start.image) : array({ ...start.image, shape: [64, 1, 28, 28] });
const classes = nn.oneHot(np.array(start.labels, { dtype: np.int32 }), 10);

const loss = (parameters, x, y) =>
  nn.logSoftmax(forwards[workload](x, parameters)).mul(y).sum().mul(-1 / start.labels.length);

const update = jit((parameters, velocities, x, y) => {
  const [value, gradients] = valueAndGrad(loss)(tree.ref(parameters), x, y);
  const moved = velocities.map((v, i) => v.mul(0.9).add(gradients[i]));
  return [value, parameters.map((p, i) => p.sub(moved[i].ref.mul(0.01))), moved];
});

let parameters = channelsFirst(start.parameters.map(array));
let velocities = parameters.map((p) => np.zeros(p.shape));

await report(async () => {
  const [value, moved, speeds] = update(parameters, velocities, image.ref, classes.ref);
  [parameters, velocities] = [moved, speeds];
  await blockUntilReady([parameters, velocities]);
  return (await value.data())[0];
}, Number(seconds));
process.exit(0);
