// The page of a drawing and its other formats: one file that asks for nothing, works by mouse and by keyboard, and shows whatever a
// text holds as text.

import { chromium } from "playwright-core";
import { describe, expect, test } from "vitest";
import type { GraphBox } from "../../report/graph/boxes.ts";
import { openGroups } from "../../report/graph/folding.ts";
import { layoutGraph } from "../../report/graph/layout.ts";
import { graphPage } from "../../report/graph/page.ts";
import { drawSvg } from "../../report/graph/svg.ts";
import { drawDot, drawMermaid } from "../../report/graph/text.ts";
import { hasBrowser } from "../support/page.ts";
import { drawnText } from "./drawings.ts";

const HOSTILE = `</script><img src=x onerror="document.title='owned'"> "\\" & \u0007`;
const text = "block b(n) { dense n; relu }\nmodel net(x: [4]) {\n  b 3\n  dense 2\n}\n";
const roots: readonly GraphBox[] = [drawnText(text)];
const hostile: readonly GraphBox[] = [
  { id: HOSTILE, kind: "layer", title: HOSTILE, notes: [HOSTILE], children: [], inputs: [] },
];

test("no text of a box becomes markup, in any format", () => {
  const none = new Set<string>();
  const svg = drawSvg(HOSTILE, layoutGraph(hostile, none));
  expect(svg).not.toMatch(/<img|<\/script/);
  expect(svg).not.toContain("\u0007");
  expect(graphPage({ name: HOSTILE, roots: hostile }, none, [{ file: HOSTILE, text: HOSTILE }])).not.toMatch(
    /<img|<\/script><i/,
  );
  expect(drawDot(HOSTILE, hostile, none).replaceAll("\\\\", "").replaceAll('\\"', "").match(/"/g)?.length).toBe(4);
  expect(drawMermaid(hostile, none).split("\n")[1]!.match(/"/g)?.length).toBe(2);
});

test("Graphviz and Mermaid get open blocks as clusters and closed ones as boxes", () => {
  const open = openGroups(roots, "open");
  expect(drawDot("net", roots, open)).toMatch(/subgraph cluster_\w+ {\s+label="b 3";/);
  expect(drawMermaid(roots, open)).toMatch(/subgraph \w+\["b 3"\]/);
  const closed = openGroups(roots, "closed");
  expect(drawDot("net", roots, closed)).toContain('[label="b 3\\n[3]\\n15 parameters" shape=box3d]');
  expect(drawMermaid(roots, closed).match(/-->/g)?.length).toBe(2);
});

describe.skipIf(!hasBrowser)("the page", () => {
  test("opens from its text alone, folds by mouse and keyboard, and shows lines with their boxes", async () => {
    const browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      args: ["--no-sandbox"],
    });
    try {
      const page = await browser.newPage();
      const asked: string[] = [];
      const wrong: string[] = [];
      page.on("request", (r) => r.url().startsWith("data:") || asked.push(r.url()));
      page.on("pageerror", (e) => wrong.push(e.message));
      const data = { name: "net", roots: [...roots, ...hostile] };
      await page.setContent(graphPage(data, openGroups(roots, "auto"), [{ file: "drawn.dnn", text }]));
      const boxes = page.locator("#view .box[tabindex]");
      await boxes.first().waitFor();
      const titles = () => page.locator("#view .box > .title").allTextContents();
      expect(await titles()).toEqual(expect.arrayContaining(["x", "dense 3", "relu", "dense 2"]));
      const block = page.locator('#view .box[aria-label^="b 3"]');
      await block.focus();
      await page.keyboard.press("Enter");
      expect(await titles()).toEqual(expect.arrayContaining(["+ b 3"]));
      expect(await titles()).not.toContain("relu");
      expect(await page.evaluate("document.activeElement.getAttribute('aria-expanded')")).toBe("false");
      await block.click();
      expect(await titles()).toContain("relu");
      await page.locator('#source span[data-line="4"]').click();
      expect(await page.locator("#view .box.on > .title").allTextContents()).toEqual(["dense 2"]);
      await page.locator('#view .box[aria-label^="relu"]').focus();
      expect(await page.locator("#source span.on").getAttribute("data-line")).toBe("1");
      await page.locator("#close").click();
      expect(await page.locator("#view .box").count()).toBeGreaterThan(1);
      expect([asked, wrong, await page.title()]).toEqual([[], [], "net"]);
    } finally {
      await browser.close();
    }
  });
});
