// The playground by its own claims, in a browser: shapes and mistakes while typing, training, looking into the model, sharing. With
// PLAYGROUND=1 also what takes minutes on two cores.

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import { unzipSync } from "fflate";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { load } from "../../embed/index.node.ts";
import { servePlayground } from "../../scripts/playground.ts";
import { hasBrowser } from "../support/page.ts";
import { figureOf, inState, type Playground, startPlayground, writeProgram } from "./openpage.ts";

const isLong = process.env.PLAYGROUND !== undefined;

/** Presses an item of the menu of downloads: the path of the file that it gives. */
async function taken(page: Page, item: string, folder: string): Promise<string> {
  await page.locator("#downloads summary").click();
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.locator("#downloads button", { hasText: new RegExp(`^${item}`) }).click(),
  ]);
  const path = join(folder, download.suggestedFilename());
  await download.saveAs(path);
  return path;
}

const HOSTILE = "<img src=x onerror=document.title='owned'>";

/** Two kinds of beetles, by their weight. */
const TABLE = [
  "weight,colour,kind",
  ...Array.from(
    { length: 60 },
    (_, i) =>
      `${i % 2 === 0 ? 1 + (i % 7) / 7 : 9 - (i % 5) / 5},${i % 4 < 2 ? "red" : "blue"},${i % 2 === 0 ? "small" : HOSTILE}`,
  ),
].join("\n");

/** Drops files on the page, as a user does from a folder. */
async function drop(page: Page, files: Readonly<Record<string, string>>): Promise<void> {
  const transfer = await page.evaluateHandle((all) => {
    const made = new DataTransfer();
    for (const [name, text] of Object.entries(all)) made.items.add(new File([text], name));
    return made;
  }, files);
  for (const kind of ["dragenter", "dragover", "drop"])
    await page.dispatchEvent(".cm-content", kind, { dataTransfer: transfer });
}

/** The weights load, the module answers as they do, and the page of the run opens. */
async function checkDownloads(page: Page): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "dnn-taken-"));
  try {
    const [weights, zip, report] = [
      await taken(page, "Weights", folder),
      await taken(page, "Module", folder),
      await taken(page, "Report", folder),
    ];
    await using net = await load(weights);
    const rows = [0.1, 0.4, -0.7].map((x) => ({ x: [x, -x * x] }));
    const answers = await net.batch(rows);
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(zip)))) writeFileSync(join(folder, name), bytes);
    const module = await import(pathToFileURL(join(folder, "spirals.js")).href);
    const built = await module.load();
    expect(await built.batch(rows)).toEqual(answers);
    await built.dispose();
    expect(readFileSync(join(folder, "spirals.d.ts"), "utf8")).toContain('Label = "0" | "1" | "2"');
    const run = await page.context().newPage();
    await run.setContent(readFileSync(report, "utf8"));
    await run.locator("#curves .plot").first().waitFor();
    expect(await run.locator(".matrix").count()).toBe(1);
    await run.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const NETWORK = `model net(image: [28, 28, 1]) {
  conv 5x5 8; relu
  maxpool 2x2
  flatten
  dense 10
}
`;

describe.skipIf(!hasBrowser)("the playground", { timeout: 120_000 }, () => {
  let playground: Playground;
  beforeAll(async () => {
    playground = await startPlayground();
  }, 120_000);
  afterAll(async () => playground?.close());

  test("opens with less than 600 KB, compressed; what is fetched when it is first used comes on top", () => {
    const read = (name: string): string => readFileSync(join(playground.folder, name), "utf8");
    const opened = new Set(["index.html", "style.css", "app.js", "lab.js", "server.js", "thread.js"]);
    for (const name of opened)
      for (const [, imported] of read(name).matchAll(/(?:\bfrom|\bimport)\s*["'`]\.\/([^"'`]+\.js)["'`]/g))
        opened.add(imported!);
    expect(opened.size).toBeGreaterThan(8);
    const sizes = [...opened].map((name) => gzipSync(read(name), { level: 9 }).length);
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThan(600_000);
  });

  test("shows shapes, mistakes and layers of a network while it is typed", async () => {
    const { page, wrong } = await playground.open();
    await page.locator(".shape").first().waitFor();
    await writeProgram(page, NETWORK);
    await page.locator(".shape", { hasText: "[12, 12, 8]" }).waitFor();
    expect(await page.locator(".shape").allTextContents()).toEqual([
      "→ [24, 24, 8]",
      "→ [12, 12, 8]",
      "→ [1152]",
      "→ [10]",
    ]);
    await page.locator("#graph .box", { hasText: "maxpool 2x2" }).waitFor();
    await writeProgram(page, NETWORK.replace("maxpool", "maxpol"));
    await page.locator("#mistakes button", { hasText: "maxpool" }).click();
    expect(await page.evaluate(() => document.activeElement?.className)).toContain("cm-content");
    expect(wrong).toEqual([]);
  });

  test("trains spirals to 95% while the plane and its units are drawn, gives what can be kept, and opens what was shared", async () => {
    const { page, wrong } = await playground.open();
    await inState(page, "ready");
    await page.selectOption("#speed", "full");
    await page.locator("#step").click();
    await expect.poll(() => figureOf(page, "step")).toBe(1);
    await page.locator("#train").click();
    await inState(page, "ended");
    expect(await figureOf(page, "accuracy, held out")).toBeGreaterThan(0.95);
    expect(await page.locator("#curves .plot").count()).toBe(2);
    const before = await page.locator("#plane canvas").evaluate((c) => (c as HTMLCanvasElement).toDataURL());
    await page.locator("#units button").first().click();
    const unit = await page.locator("#plane canvas").evaluate((c) => (c as HTMLCanvasElement).toDataURL());
    expect(unit).not.toBe(before);
    await checkDownloads(page);
    const hostile = `# <img src=x onerror="document.title='owned'">\n${NETWORK}`;
    await writeProgram(page, hostile);
    await page.locator("#share").click();
    const { hash } = new URL(page.url());
    expect(wrong).toEqual([]);
    const again = await playground.open(hash);
    await again.page.locator(".shape").first().waitFor();
    const text = await again.page.locator(".cm-line").allTextContents();
    expect(text[0]).toBe(hostile.split("\n")[0]);
    expect(await again.page.title()).toBe("dnn playground");
    expect(again.wrong).toEqual([]);
  });

  test("makes a program for a table that is dropped, trains it, and answers a form; names of the table stay text", async () => {
    const { page, wrong } = await playground.open();
    await inState(page, "ready");
    await drop(page, { "beetles.csv": TABLE });
    await page.locator(".cm-line", { hasText: 'csv("beetles.csv"' }).waitFor();
    await page.locator("#ask input").first().waitFor();
    await page.selectOption("#speed", "full");
    await page.locator("#train").click();
    await inState(page, "ended");
    expect(await figureOf(page, "accuracy, held out")).toBeGreaterThan(0.95);
    expect(await page.locator("#mistakes button").count()).toBe(0);
    await page.locator("#ask label", { hasText: "weight" }).locator("input").fill("9");
    await page.locator("#ask .best dt", { hasText: HOSTILE }).waitFor();
    await page.locator("#ask label", { hasText: "weight" }).locator("input").fill("heavy");
    await page.locator("#ask .note", { hasText: '"heavy" is not a number' }).waitFor();
    expect(await page.title()).toBe("dnn playground");
    await writeProgram(page, `data other = csv("moths.csv")\n${NETWORK}`);
    await page.locator("#mistakes button", { hasText: "drop it on this page" }).waitFor();
    expect(wrong).toEqual([]);
  });

  test("draws on the pad by the keyboard alone, and trains on one thread where a server sets no headers", async () => {
    const { address, close } = await servePlayground(playground.folder, 0, false);
    try {
      const { page, wrong } = await playground.open("", {}, address);
      expect(await page.evaluate(() => crossOriginIsolated)).toBe(false);
      await writeProgram(
        page,
        `${NETWORK}data few = digits(n=200)\ntrain t on few { loss cross_entropy(net(image), label); epochs 2 }\n`,
      );
      await page.locator("#reset").click();
      await page.locator("#try .strip button").first().waitFor();
      await page.locator("#clear-pad").click();
      await page.locator("#try .note", { hasText: "Draw into the box" }).waitFor();
      await page.locator(".pad").focus();
      for (const key of [" ", "ArrowDown", "ArrowDown", "ArrowRight"]) await page.keyboard.press(key);
      await page.locator("#try .note", { hasText: /^\d, \d+\.\d%$/ }).waitFor();
      await page.locator("#train").click();
      await inState(page, "ended");
      await page.locator("#theme").click();
      expect(await page.evaluate(() => document.documentElement.dataset.theme)).toBe("dark");
      expect(wrong).toEqual([]);
    } finally {
      await close();
    }
  });

  const slow = { timeout: 600_000 };
  test.runIf(isLong)("trains spirals to 95% on WebGPU, on a driver of software", slow, async () => {
    const { page, wrong } = await playground.open();
    await inState(page, "ready");
    await page.selectOption("#device", "gpu");
    await inState(page, "ready", 120_000);
    await page.selectOption("#speed", "full");
    await page.locator("#train").click();
    await page.locator('[data-figure="device"]', { hasText: "WebGPU" }).waitFor();
    await expect.poll(() => figureOf(page, "accuracy, held out"), { timeout: 400_000 }).toBeGreaterThan(0.95);
    await page.locator("#train").click();
    await inState(page, "paused");
    expect(wrong).toEqual([]);
  });

  test.runIf(isLong)("trains LeNet on the digits to 95% on threads, and answers a digit that is drawn", async () => {
    const { page, wrong } = await playground.open();
    await page.selectOption("#gallery", "lenet");
    await page.locator("#try .strip button").first().waitFor();
    await page.locator("#train").click();
    await inState(page, "ended", 110_000);
    expect(await figureOf(page, "accuracy, held out")).toBeGreaterThan(0.95);
    await page.locator("#clear-pad").click();
    const box = (await page.locator(".pad").boundingBox())!;
    const at = (x: number, y: number): [number, number] => [box.x + x * box.width, box.y + y * box.height];
    await page.mouse.move(...at(0.55, 0.2));
    await page.mouse.down();
    await page.mouse.move(...at(0.47, 0.8), { steps: 12 });
    await page.mouse.up();
    await page.locator("#try .note", { hasText: /^1, / }).waitFor();
    expect(wrong).toEqual([]);
  });
});
