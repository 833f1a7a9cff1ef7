// Run by revec.test.ts in a process of its own, whose V8 says what it widens: a training step with products, exponentials
// and the gates of an LSTM, often enough that its kernels are optimised.

import { compileText, startEngine } from "./engine.ts";

const PROGRAM = `model net(x: [8, 64]) { lstm 64; last; dense 256; sigmoid; dense 96; exp; dense 16 }
train net on d { loss mse(net(x), 0.5); optimizer sgd lr=0.001; batch 48 }`;

const engine = await startEngine(compileText(PROGRAM, [{ name: "x", shape: [8, 64] }], 48));
await engine.run("initialise");
await engine.run("train", 400);
