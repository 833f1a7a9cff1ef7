// Loaded before `dnn` in a process that bench/start.ts times: with every mark that the program sets goes the processor time until then,
// and all of them are written to the file that DNN_START_MARKS names when the process ends.

const { writeFileSync } = require("node:fs");

const marks = [];
const set = performance.mark.bind(performance);
const note = (name) => {
  const { user, system } = process.cpuUsage();
  marks.push({ name, clock: performance.now(), processor: (user + system) / 1000 });
};
note("process");
performance.mark = (name, options) => {
  note(name);
  return set(name, options);
};
process.on("exit", () => writeFileSync(process.env.DNN_START_MARKS, JSON.stringify(marks)));
