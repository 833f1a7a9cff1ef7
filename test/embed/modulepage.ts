// A page that imports built modules from a folder, in a headless browser, and what went wrong in it.

import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";
import { chromium, type Page } from "playwright-core";
import { BROWSER } from "../support/page.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".mjs": "text/javascript",
  ".js": "text/javascript",
  ".html": "text/html",
  ".json": "application/json",
  ".wasm": "application/wasm",
};

/** Headers that threads need. */
export const ISOLATION = {
  "Cross-Origin-Opener-Policy": "same-origin",
  "Cross-Origin-Embedder-Policy": "require-corp",
} as const;

const GPU_FLAGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader", "--enable-features=Vulkan"];

export interface ModulePage {
  readonly page: Page;
  /** Errors and warnings of the page. */
  readonly wrong: readonly string[];
  /** Paths that it requested, in order. */
  readonly requests: readonly string[];
  readonly close: () => Promise<void>;
}

export interface ModulePageOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** The text of a page of its own at `/`, and of other files. */
  readonly texts?: Readonly<Record<string, string>>;
  readonly hasGpu?: boolean;
}

export async function openModules(folder: string, options: ModulePageOptions = {}): Promise<ModulePage> {
  const { headers = {}, texts = {}, hasGpu = true } = options;
  const pages: Readonly<Record<string, string>> = existsSync(join(folder, "index.html"))
    ? texts
    : { "index.html": "<!doctype html><title>page</title>", ...texts };
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent((request.url ?? "/").split("?")[0] ?? "/"));
    const name = path === "/" ? "index.html" : path.slice(1);
    const type = TYPES[extname(name)] ?? "application/octet-stream";
    try {
      const body = pages[name] ?? readFileSync(join(folder, name));
      response.writeHead(200, { "Content-Type": type, ...headers }).end(body);
    } catch {
      response.writeHead(404, headers).end();
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const args = ["--no-sandbox", ...(hasGpu ? GPU_FLAGS : [])];
  const browser = await chromium.launch({ executablePath: BROWSER, args });
  const page = await browser.newPage();
  const [wrong, requests]: [string[], string[]] = [[], []];
  const isIcon = (text: string): boolean => text.includes("favicon");
  page.on(
    "console",
    (m) => ["error", "warning"].includes(m.type()) && !isIcon(m.location().url) && wrong.push(m.text()),
  );
  page.on("pageerror", (e) => wrong.push(e.message));
  page.on("request", (r) => !isIcon(r.url()) && requests.push(new URL(r.url()).pathname));
  await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const close = async (): Promise<void> => {
    await browser.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { page, wrong, requests, close };
}

export interface ThereRequest {
  readonly file: string;
  readonly rows: readonly unknown[];
  readonly options?: object;
}

export interface There {
  readonly device: string;
  readonly threads: number;
  readonly fallback: string | undefined;
  readonly answers: readonly { readonly probabilities?: readonly number[]; readonly output?: unknown }[];
}

/** Loads a module in the page and asks it. As text: the test runner would rewrite an import in a function. */
export const askThere = (page: Page, { file, rows, options = {} }: ThereRequest): Promise<There> =>
  page.evaluate(`import("/${file}").then(async ({ load }) => {
    const net = await load(${JSON.stringify(options)});
    const answers = await net.batch(${JSON.stringify(rows)});
    await net.dispose();
    return { device: net.device, threads: net.threads, fallback: net.fallback, answers };
  })`);
