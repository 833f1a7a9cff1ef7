// Proves that whatever page a command writes can be read on a narrow screen, light and dark as the system has it, and that its
// curves say which is which.

import { type Browser, chromium, type Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { surveyOf } from "../../project/data/survey.ts";
import { dataSections } from "../../report/datapage.ts";
import { openGroups } from "../../report/graph/folding.ts";
import { graphPage } from "../../report/graph/page.ts";
import { benchPage } from "../../report/kernelpage.ts";
import { type BenchFigures, figuresOf, layersOf } from "../../report/kernels.ts";
import { pageOf } from "../../report/page.ts";
import { heatSection, histogramSection, textSection, topSection } from "../../report/readings.ts";
import type { ReportData } from "../../report/run/data.ts";
import { reportPage } from "../../report/run/page.ts";
import type { Column } from "../../runtime/data/dataset.ts";
import { BROWSER, hasBrowser } from "../support/page.ts";
import { drawnText } from "./drawings.ts";

const LONG = "a_name_of_a_column_that_is_longer_than_most_of_them_and_goes_on";

function benched(): string {
  const ceilings = { gflops: 100, copies: [{ bytes: 1e6, gbs: 50 }] };
  const kernels = [
    figuresOf(
      {
        kernel: "k1",
        schedule: "tile ".repeat(40),
        file: "net.dnn",
        line: 3,
        source: LONG,
        ms: 1,
        operations: 9,
        bytes: 9,
      },
      ceilings,
    ),
  ];
  const figures: BenchFigures = { training: "net", batch: 4, ceilings, stepMs: 2, kernels, layers: layersOf(kernels) };
  return benchPage(figures);
}

function described(): string {
  const column: Column = {
    name: LONG,
    shape: [],
    classes: 3,
    labels: ["red", "green", "blue"],
    values: Int32Array.of(0, 1, 2, 1),
  };
  const part = { length: 4, columns: [column] };
  const dataset = { unit: "rows", unitsPerExample: 1, train: part, heldout: part };
  return pageOf("colours.dnn", dataSections("colours", surveyOf(dataset), dataset, undefined));
}

const shown = (): string =>
  pageOf("net", [
    textSection(`${"word ".repeat(50)}${LONG.repeat(3)}`),
    topSection([4, 0, 0, 4], 2, ["a", " "], ["a", " "], 2),
    heatSection([0.9, -0.9, 0.9, -0.9], 2, ["a", "b"]),
    histogramSection([{ name: LONG, values: [1, 2, 3] }]),
  ]);

const drawn = (): string => {
  const roots = [drawnText("model net(x: [4]) {\n  dense 3; relu\n  dense 2\n}\n")];
  return graphPage({ name: "net", roots }, openGroups(roots, "open"), [{ file: "net.dnn", text: "# A net.\n" }]);
};

const epoch = (at: number) => ({
  training: "net",
  epoch: at,
  step: 10 * at,
  seconds: at,
  examplesPerSecond: 1,
  rates: { net: 0.1 },
  train: { loss: 1 / at },
  heldout: { loss: 2 / at },
  best: true,
  memory: 1,
  steps: [10 * at - 9],
  losses: [1 / at],
});

const compared: ReportData = {
  title: "2 runs",
  facts: [["programs", `/home/someone/${LONG}/net.dnn`]],
  program: `# ${LONG} ${LONG}\n`,
  comparison: {
    head: ["run", "seed", "epoch", "loss", "accuracy", "time"],
    rows: [["runs/net-1", "1", "3", "0.1", "0.9", "3s"]],
    best: 0,
  },
  runs: [1, 2].map((seed) => ({ name: `runs/net-${seed}`, history: [epoch(1), epoch(2)] })),
  result: 2,
  models: [],
  shown: [],
  assessment: undefined,
  sheet: undefined,
  weights: [{ name: "net.dense1.weight", low: 0, high: 1, mean: 0, deviation: 1, bins: [1, 2], note: "[4, 3]" }],
  activations: [],
  notes: ["something is not shown"],
};

const PAGES = { bench: benched, data: described, sample: shown, graph: drawn, report: () => reportPage(compared) };

/** The least contrast of a text with what is behind it (WCAG 2), and where: 4.5 is enough for any size. */
function leastContrast(): { ratio: number; text: string } {
  const numbers = (colour: string): number[] => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const light = ([r = 0, g = 0, b = 0]: readonly number[]): number => {
    const [x = 0, y = 0, z = 0] = [r, g, b].map((c) => (c <= 10 ? c / 3294 : ((c / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const behind = (element: Element | null): number[] => {
    if (!element) return [255, 255, 255];
    const [r = 0, g = 0, b = 0, alpha = 1] = numbers(getComputedStyle(element).backgroundColor);
    if (alpha === 1) return [r, g, b];
    return behind(element.parentElement).map((c, i) => c * (1 - alpha) + alpha * [r, g, b][i]!);
  };
  let least = { ratio: 21, text: "" };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { parentElement: element, textContent } = walker.currentNode;
    if (!element || element instanceof SVGElement || element.getClientRects().length === 0 || !textContent?.trim())
      continue;
    const [one, other] = [light(numbers(getComputedStyle(element).color)), light(behind(element))];
    const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
    if (ratio < least.ratio) least = { ratio, text: textContent.trim() };
  }
  return least;
}

describe.skipIf(!hasBrowser)("a page", () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await chromium.launch({ executablePath: BROWSER, args: ["--no-sandbox"] });
  }, 60_000);
  afterAll(() => browser.close());

  async function onPhone(html: string, colorScheme: "light" | "dark", look: (page: Page) => Promise<void>) {
    const context = await browser.newContext({ colorScheme, isMobile: true, viewport: { width: 390, height: 800 } });
    const page = await context.newPage();
    await page.setContent(html);
    await look(page).finally(() => context.close());
  }

  for (const [name, make] of Object.entries(PAGES))
    for (const scheme of ["light", "dark"] as const)
      test(`of ${name} can be read on a narrow screen, ${scheme}`, () =>
        onPhone(make(), scheme, async (page) => {
          expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(390);
          const paper = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
          expect(paper).toBe(scheme === "light" ? "rgb(255, 255, 255)" : "rgb(13, 17, 23)");
          const least = await page.evaluate(leastContrast);
          expect(least.ratio, least.text).toBeGreaterThanOrEqual(4.5);
        }));

  test("of several runs says which curves are of the training, and shows no sign of a value where there is none", () =>
    onPhone(reportPage(compared), "light", async (page) => {
      const legend = page.locator(".u-legend").first();
      const styles = await legend
        .locator(".u-marker")
        .evaluateAll((all) => all.slice(1).map((sign) => getComputedStyle(sign).borderTopStyle));
      expect(styles).toEqual(["dashed", "solid", "dashed", "solid"]);
      expect(await page.locator(".key").innerText()).toContain("dashed: training, solid: held out");
      expect(await legend.innerText()).not.toMatch(/--|:/);
      const signs = await legend
        .locator("th")
        .evaluateAll((all) => all.map((th) => getComputedStyle(th, "::after").content));
      expect(new Set(signs)).toEqual(new Set(["none"]));
    }));
});
