// A module that `dnn build` wrote, on one thread.

import { load } from "./lenet.js";

export async function open() {
  const net = await load({ device: "cpu" });
  return async (rows) => (await net.batch(rows)).map(({ probabilities }) => probabilities);
}
