// Run by revec.test.ts in a process of its own, whose V8 says what it widens: training steps of the network and with the loss that are given, of vectors of
// 64 numbers in sequences of 8 or alone.

import { compileText, startEngine } from "./engine.ts";

const [network = "dense 16", input = "[64]", loss = "mse(net(x), 0.5)"] = process.argv.slice(2);
const program = `model net(x: ${input}) { ${network} }
train net on d { loss ${loss}; optimizer sgd lr=0.001; batch 48 }`;

const engine = await startEngine(compileText(program, [{ name: "x", shape: JSON.parse(input) }], 48));
await engine.run("initialise");
await engine.run("train", 2);
