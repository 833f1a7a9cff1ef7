// The playground in a headless browser: built once, served from 127.0.0.1, watched for errors and for requests to elsewhere.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { buildPlayground, servePlayground } from "../../scripts/playground.ts";
import { BROWSER } from "../support/page.ts";

const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];

export interface Playground {
  readonly folder: string;
  readonly address: string;
  /** A page, with what went wrong in it and what it asked of other places. */
  readonly open: (
    fragment?: string,
    options?: BrowserContextOptions,
    address?: string,
  ) => Promise<{ readonly page: Page; readonly wrong: readonly string[] }>;
  readonly close: () => Promise<void>;
}

/** `isolated`: with the headers that threads need. */
export async function startPlayground(isolated = true): Promise<Playground> {
  const folder = mkdtempSync(join(tmpdir(), "dnn-playground-"));
  await buildPlayground(folder);
  const { address, close } = await servePlayground(folder, 0, isolated);
  const browser: Browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
  return {
    folder,
    address,
    async open(fragment = "", options = {}, place = address) {
      const page = await (await browser.newContext(options)).newPage();
      const wrong: string[] = [];
      page.on("console", (m) => ["error", "warning"].includes(m.type()) && wrong.push(m.text()));
      page.on("pageerror", (e) => wrong.push(e.message));
      page.on("request", (r) => {
        if (!r.url().startsWith(place) && !/^(data|blob):/.test(r.url())) wrong.push(`asked for ${r.url()}`);
      });
      await page.goto(place + fragment);
      return { page, wrong };
    },
    async close() {
      await browser.close();
      await close();
      rmSync(folder, { recursive: true });
    },
  };
}

/** A figure of the training, as the page shows it. */
export async function figureOf(page: Page, name: string): Promise<number> {
  const text = await page.locator(`[data-figure="${name}"]`).first().textContent();
  return Number(text?.split("/")[0]?.replaceAll(",", "").trim());
}

/** Waits until the training is in a state. */
export const inState = (page: Page, state: string, timeout = 60_000): Promise<unknown> =>
  page.locator(`body[data-state=${state}]`).waitFor({ timeout });

/** Puts a text in place of the program, as if it were pasted. */
export async function writeProgram(page: Page, text: string): Promise<void> {
  await page.locator(".cm-content").click();
  await page.keyboard.press("Control+a");
  await page.keyboard.insertText(text);
}
