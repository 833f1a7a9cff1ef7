// Proves what the page of a run holds: the run's own figures, every text of program and data as text and never as markup, and
// nothing that is loaded from anywhere; in a browser, too, by keyboard, where there is one.

import { readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ReportClasses, ReportData } from "../../report/run/data.ts";
import { hasBrowser } from "../support/page.ts";
import { Place, xor } from "./dnn.ts";

const place = new Place();
afterAll(() => place.remove());

/** Names of classes that a page might obey: markup, ends of scripts, quotes, text that turns or moves. */
const HOSTILE = [
  "</script><script>document.title = 'taken'</script>",
  "<img src=x onerror=\"document.title = 'taken'\">",
  "\"'`&amp;${1}",
  "a\u202eb\u001b[2J",
];

const program = (name: string): string => `model m(x: [2]) { dense 24; relu; dense ${HOSTILE.length} }
data points = csv("t.csv", label="kind")
train ${name} on points { loss cross_entropy(m(x), label); metric accuracy(m(x), label); optimizer adam lr=0.01; epochs 4 }
`;

const pageOf = (run: string): string => readFileSync(place.path(run, "report.html"), "utf8");
function dataOf(html: string): ReportData {
  const [, json] = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)!;
  return JSON.parse(json!);
}

beforeAll(async () => {
  const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
  const rows = Array.from({ length: 160 }, (_, i) => {
    const [a, b] = [((i * 37) % 101) / 50 - 1, ((i * 53) % 97) / 50 - 1];
    return `${a},${b},${quoted(HOSTILE[(a > 0 ? 1 : 0) + (b > 0 ? 2 : 0)]!)}`;
  });
  place.write("t.csv", `"<b>a</b>",b,kind\n${rows.join("\n")}\n`);
  place.write("hostile.dnn", program("t"));
  place.write("xor.dnn", xor);
  const trained = await place.run("train", "hostile.dnn", "--out", "hostile");
  expect([trained.code, trained.err.includes("error")]).toEqual([0, false]);
  const { code, err, out } = await place.run("report", "hostile");
  expect([code, err, out]).toEqual([0, "", "hostile/report.html\n"]);
});

test("the page has the figures of eval, and the curve of every epoch", async () => {
  const { events } = await place.run("eval", "hostile.dnn", "--weights", "hostile", "--json");
  const evaluated = events[0]!.assessment as unknown as ReportClasses;
  const { assessment, runs, result } = dataOf(pageOf("hostile"));
  expect((assessment as ReportClasses).matrix).toEqual(evaluated.matrix);
  expect(runs[0]!.history.map((r) => r.epoch)).toEqual([1, 2, 3, 4]);
  expect(result).toBe(4);
});

test("every row of the data that a cell shows is one that the cell counts", () => {
  const { assessment } = dataOf(pageOf("hostile"));
  const { matrix, cells, labels, worst } = assessment as ReportClasses;
  for (const [i, line] of matrix!.entries())
    for (const [j, count] of line.entries()) {
      const some = cells[i * labels.length + j] ?? [];
      expect(some.length).toBe(Math.min(count, 8));
      expect(some.every((c) => c.right === i && c.answer === j)).toBe(true);
    }
  const shares = worst.map((w) => w.probability);
  expect(shares).toEqual(shares.toSorted((a, b) => a - b));
  expect(
    Object.values(cells)
      .flat()[0]!
      .example.cells!.map(([name]) => name),
  ).toEqual(["<b>a</b>", "b"]);
});

test("no text of program or data stands in the page as markup", () => {
  const html = pageOf("hostile");
  const scripts = html.match(/<script/g)!.length;
  expect(scripts).toBe(3);
  expect(html).not.toContain("<img src=x");
  for (const obeyed of ["\u202e", "\u001b"]) expect(html).not.toContain(obeyed);
  expect(html).not.toMatch(/(?:src|href)="(?!data:|#)/);
  expect(statSync(place.path("hostile", "report.html")).size).toBeLessThan(1.5e6);
});

test("a run of before there was a history has a page without curves, which says so", async () => {
  await place.run("train", "xor.dnn", "--out", "older");
  for (const name of ["history.jsonl", "run.json", "program.dnn"]) rmSync(place.path("older", name));
  const { code } = await place.run("report", "older", "--out", "pages/older.html");
  expect(code).toBe(0);
  const { notes, runs, assessment } = dataOf(readFileSync(place.path("pages", "older.html"), "utf8"));
  expect(notes.join()).toContain("made before runs had a history");
  expect([runs[0]!.history, assessment?.kind]).toEqual([[], "classes"]);
});

test("where the data is gone, the rest is shown, and why", async () => {
  place.write("gone.csv", readFileSync(place.path("t.csv")));
  place.write("gone.dnn", program("g").replace("t.csv", "gone.csv"));
  await place.run("train", "gone.dnn", "--out", "gone");
  rmSync(place.path("gone.csv"));
  const { code, err } = await place.run("report", "gone");
  expect(code).toBe(0);
  expect(err).toContain("warning: how right it is, is not shown: ");
  expect(err.match(/paths start from the program, as it lay when the run was trained/g)).toHaveLength(1);
  const { notes, weights, runs } = dataOf(pageOf("gone"));
  expect(notes[0]).toContain("gone.csv");
  expect([weights.length, runs[0]!.history.length]).toEqual([4, 4]);
});

test("figures of the data, which prepare it, are no weights of the model", async () => {
  const body = "train m on points { loss cross_entropy(m(x), label); epochs 1 }";
  place.write("n.dnn", `model m(x: [2]) { dense 4 }\ndata points = xor() { x = normalize(x) }\n${body}\n`);
  await place.run("train", "n.dnn", "--out", "prepared");
  expect((await place.run("report", "prepared")).code).toBe(0);
  expect(dataOf(pageOf("prepared")).weights.map(({ name }) => name)).toEqual(["m.dense1.bias", "m.dense1.weight"]);
});

test("what `show ... every epoch` draws is there for every epoch once, of a run that went on, too", async () => {
  const lines = "loss cross_entropy(m(x), label); optimizer adam lr=0.01; epochs 4; show images(m(x), 2x2) every epoch";
  place.write("s.dnn", `model m(x: [2]) { dense 4 }\ndata points = xor()\ntrain t on points { ${lines} }\n`);
  await place.run("train", "s.dnn", "--out", "shown");
  await place.run("train", "s.dnn", "--out", "parts", "--epochs", "2");
  await place.run("train", "s.dnn", "--resume", "parts", "--epochs", "4");
  const framesOf = async (run: string) => {
    expect((await place.run("report", run)).code).toBe(0);
    return dataOf(pageOf(run)).shown;
  };
  const [frames] = await framesOf("shown");
  expect(frames!.map((f) => f.epoch)).toEqual([1, 2, 3, 4]);
  expect(new Set(frames!.map((f) => f.html)).size).toBe(4);
  expect(await framesOf("parts")).toEqual([frames]);
});

test("gradients are those of the mean loss, and units that get none are named with those that are always 0", async () => {
  // One row alone is held out, so that its gradient can be counted by hand.
  place.write("one.csv", "x,y\n1,2\n1,2\n1,2\n1,2\n3,5\n");
  place.write(
    "line.dnn",
    `model m(x: [1]) { dense 1 }
data d = csv("one.csv", label="y", shuffle=false)
train t on d { loss mse(m(x), y); optimizer sgd lr=0.01; epochs 2 }
`,
  );
  expect((await place.run("train", "line.dnn", "--out", "line")).code).toBe(0);
  expect((await place.run("report", "line")).code).toBe(0);
  const { gradients } = dataOf(pageOf("line"));
  const weight = (name: string): number => Number(place.checkpoint("line").tensors.get(name)!.values[0]);
  const { progress } = JSON.parse(place.checkpoint("line").metadata.get("dnn")!);
  const off = 2 * (3 * weight("m.dense1.weight") + weight("m.dense1.bias") - 5);
  const wanted = { "m.dense1.weight": 3 * off, "m.dense1.bias": off };
  expect(progress.heldout.loss).toBeCloseTo((off / 2) ** 2, 3);
  expect(Object.fromEntries(gradients!.map((g) => [g.name, g.mean]))).toEqual({
    "m.dense1.weight": expect.closeTo(wanted["m.dense1.weight"], 3),
    "m.dense1.bias": expect.closeTo(wanted["m.dense1.bias"], 3),
  });
  place.write(
    "dead.dnn",
    `model m(x: [2]) { dense 6; it - [0, 0, 0, 0, 100, 100]; relu; dense 2 }
data d = moons(n=200)
train t on d { loss cross_entropy(m(x), label); epochs 1 }
`,
  );
  expect((await place.run("train", "dead.dnn", "--out", "dead")).code).toBe(0);
  expect((await place.run("report", "dead")).code).toBe(0);
  const dead = dataOf(pageOf("dead"));
  expect(dead.activations.find((a) => /relu/.test(a.name))!.note).toContain("2 of 6 units are always 0: 4, 5");
  expect(dead.gradients!.find((g) => g.name === "m.dense1.weight")!.note).toContain("units get no gradient: 4, 5");
});

test("the time of a step is that of its layers, each with its line", () => {
  const { times } = dataOf(pageOf("hostile"));
  expect(times!.layers.reduce((sum, l) => sum + l.share, 0)).toBeCloseTo(1, 6);
  const places = new Map(times!.layers.map((l) => [l.layer, l.place]));
  expect(places.get("dense 24")).toBe("hostile.dnn:1");
  expect(times!.batch).toBe(32);
});

test("what is no run is an error", async () => {
  const { code, err } = await place.run("report", "nowhere");
  expect([code, err.includes(`there is no run nowhere: ${place.path("nowhere")} is not there`)]).toEqual([1, true]);
});

test("a page that cannot be written is an error that names where", async () => {
  writeFileSync(place.path("file"), "");
  const { code, err } = await place.run("report", "hostile", "--out", "file/page.html");
  expect(code).toBe(2);
  expect(err).toContain("a part of its path is a file");
});

describe.runIf(hasBrowser)("in a browser", () => {
  let browser: Browser;
  let page: Page;
  const asked: string[] = [];
  const wrong: string[] = [];

  beforeAll(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    });
    page = await browser.newPage({ viewport: { width: 420, height: 800 }, colorScheme: "dark" });
    page.on("request", (r) => r.url().startsWith("data:") || asked.push(r.url()));
    page.on("pageerror", (e) => wrong.push(e.message));
    page.on("console", (m) => wrong.push(m.text()));
    await page.goto(pathToFileURL(place.path("hostile", "report.html")).href);
  });
  afterAll(() => browser?.close());

  test("it draws itself, asks for nothing, and obeys no name", async () => {
    expect(wrong).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(await page.title()).toBe("t: hostile");
    expect(await page.locator("canvas").count()).toBe(4);
    expect(await page.locator(".matrix img").count()).toBe(0);
    const heads = await page.locator(".matrix thead th").allTextContents();
    expect(heads).toContain(HOSTILE[0]);
    expect(heads.some((h) => h.includes("\ufffd"))).toBe(true);
    const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    expect(over).toBe(0);
  });

  test("the graph of the layers folds by keyboard, in a page that may load nothing", async () => {
    const graph = page.frameLocator("iframe.graph");
    const titles = async (): Promise<string[]> =>
      graph.locator("#view .box").evaluateAll((b) => b.map((x) => x.textContent));
    await expect.poll(async () => (await titles()).some((t) => t.includes("dense 24"))).toBe(true);
    await graph.locator('#view .box[role="button"]').first().focus();
    await page.keyboard.press("Enter");
    await expect.poll(async () => (await titles()).some((t) => t.includes("dense 24"))).toBe(false);
    expect(asked).toHaveLength(1);
    expect(wrong).toEqual([]);
  });

  test("a cell opens by keyboard, and the scale of the curves changes", async () => {
    await page.locator(".matrix button").first().focus();
    await page.keyboard.press("Enter");
    expect(await page.locator("#answers .case").count()).toBeGreaterThan(0);
    await page.locator("#log").focus();
    await page.keyboard.press("Space");
    expect(await page.locator("figcaption").first().textContent()).toBe("loss (logarithmic)");
    await page.locator(".plot").first().focus();
    await page.keyboard.press("ArrowLeft");
    expect(await page.locator(".plot .u-legend .u-value").first().textContent()).toBe("3");
    expect(wrong).toEqual([]);
  });
});
