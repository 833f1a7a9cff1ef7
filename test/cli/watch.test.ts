// Proves that `--watch` trains again when the program changes, from what was learned, and that a change that is a mistake stops
// nothing.

import { afterAll, expect, onTestFinished, test } from "vitest";
import { EXIT } from "../../project/failure.ts";
import { Place } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

const program = ({ width = 8, epochs = 1_000_000, rate = 0.02 }): string => `import body from "part.dnn"
model m(x: [2]) { body ${width}; dense 2 }
data points = moons(n=60)
train t on points { loss cross_entropy(m(x), label); optimizer adam lr=${rate}; batch all; epochs ${epochs} }
`;

test("each change of the program or of what it imports is trained, from the weights before; mistakes are reported and stop nothing", async () => {
  place.write("part.dnn", "block body(n) { dense n; relu }\n");
  place.write("m.dnn", program({}));
  const { child, done, said } = place.start("train", "m.dnn", "--watch", "--out", "run");
  onTestFinished(() => void child.kill("SIGKILL"));
  await said("epoch 3/");
  place.write("m.dnn", program({ width: 8 }).replace("body 8", "bodi 8"));
  await said("the training goes on with the program as it was");
  place.write("m.dnn", program({ rate: 0 }));
  await said("m.dnn has changed: it is trained again from what run learned");
  await said("from run: 4 of 4 tensors");
  place.write("part.dnn", "block body(n) { dense 2 * n; relu }\n");
  await said("it is trained again from what run-2 learned");
  await said("of another size, start as they are declared");
  place.write("m.dnn", program({ rate: 0, epochs: 2 }));
  await said("waiting for changes of m.dnn");
  place.write("m.dnn", program({ rate: 0.01, epochs: 3 }));
  await said("saved in run-5");
  child.kill("SIGINT");
  const { code, err } = await done;
  expect([code, err]).toEqual([EXIT.interrupted, expect.not.stringContaining("go on with:")]);
  // With a rate of 0 the second keeps what it began with: the last weights of the first.
  const weight = (run: string): unknown => place.checkpoint(run).tensors.get("m.dense1.weight")?.values;
  expect(weight("run-2")).toEqual(weight("run"));
}, 120_000);
