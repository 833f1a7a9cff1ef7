// A headless browser with a page that can load the runtime: sources are served with their types stripped, from 127.0.0.1.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { stripTypeScriptTypes } from "node:module";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { chromium } from "playwright-core";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
export const BROWSER = process.env.CHROMIUM ?? "/usr/bin/chromium";
const FLAGS = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--enable-features=Vulkan",
];
const TYPES: Readonly<Record<string, string>> = {
  ".ts": "text/javascript",
  ".js": "text/javascript",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".html": "text/html",
};

export const hasBrowser = existsSync(BROWSER);

export interface OpenPage {
  readonly page: Page;
  readonly close: () => Promise<void>;
}

/** A page of a server that gives the sources and, under /built/, a folder. `isolated`: with the headers that threads need. */
export async function openPage(built: string, isolated: boolean): Promise<OpenPage> {
  const server = createServer(async (request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? "/").split("?")[0]!));
    const file = path.startsWith("/built/") ? join(built, path.slice("/built/".length)) : join(ROOT, path);
    const headers = isolated
      ? { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" }
      : {};
    try {
      const body = path === "/" ? "<!doctype html><title>test</title>" : await contents(file);
      response.writeHead(200, { ...headers, "Content-Type": path === "/" ? "text/html" : typeOf(file) });
      response.end(body);
    } catch {
      response.writeHead(404).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch({ executablePath: BROWSER, args: FLAGS });
  const page = await browser.newPage();
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const close = async (): Promise<void> => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { page, close };
}

const typeOf = (file: string): string => TYPES[extname(file)] ?? "application/octet-stream";

/** The worker is named as it is once it is built. */
async function contents(named: string): Promise<string | Buffer> {
  const file = named.endsWith(".js") && !existsSync(named) ? named.replace(/\.js$/, ".ts") : named;
  return file.endsWith(".ts") ? stripTypeScriptTypes(await readFile(file, "utf8")) : readFile(file);
}
