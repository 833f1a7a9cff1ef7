// Photographs of the packed extension in a real editor: Visual Studio Code's server, driven by a headless browser, opens an example
// in a folder that is trusted and in one that is not, light and dark.
//
//     node scripts/photographs.ts OUT [HOST]
//
// HOST: a folder in which code-server is installed; without it one is made, which takes some minutes and needs the network.
// CHROMIUM names the browser. Each picture is NAME-THEME-TRUST.png in OUT; the script ends with 1 where colours, shapes or a mistake
// are missing, or where something would run in a folder that is not trusted.

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import type { Page } from "playwright-core";
import { chromium } from "playwright-core";
import { pack } from "./vsix.ts";

const [OUT, HOST] = process.argv.slice(2);
const THEMES = { light: "Default Light Modern", dark: "Default Dark Modern" } as const;
const WRONG = `# A mistake in the middle: what is below shows what it would be.
model net(image: [28, 28, 1]) {
  conv 3x3 8 p1 nobias; batchnorm; relu
  conv 5x5 16 s2
  relu
  flatten
  dense 10
}
`;

interface Place {
  /** Where code-server is installed. */
  readonly host: string;
  readonly folder: string;
  readonly vsix: string;
}

const problems: string[] = [];
const expectThat = (what: string, holds: boolean): void => {
  if (!holds) problems.push(what);
};

/** The editor, and the Node that it wants; without the scripts of packages, which compile what a browser does not need. */
function installed(folder: string): string {
  if (existsSync(join(folder, "node_modules", "code-server"))) return folder;
  writeFileSync(join(folder, "package.json"), '{ "private": true }');
  const npm = (cwd: string, ...words: string[]): void => {
    execFileSync("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", ...words], {
      cwd,
      stdio: "inherit",
    });
  };
  npm(folder, "code-server@latest", "node@24");
  // Only this package's install script is run: it puts Node for this machine in place.
  execFileSync("npm", ["rebuild", "node"], { cwd: folder, stdio: "inherit" });
  npm(join(folder, "node_modules", "code-server", "lib", "vscode"), "--legacy-peer-deps");
  return folder;
}

const freePort = (): Promise<number> =>
  new Promise((done) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => done(typeof address === "object" && address ? address.port : 0));
    });
  });

/** Starts the editor on a folder of its own; `stop` ends it. */
async function started({ host, folder, vsix }: Place, theme: keyof typeof THEMES, isTrusted: boolean) {
  const own = mkdtempSync(join(folder, "user-"));
  const settings = join(own, "User");
  mkdirSync(settings, { recursive: true });
  writeFileSync(
    join(settings, "settings.json"),
    JSON.stringify({
      "workbench.colorTheme": THEMES[theme],
      "workbench.startupEditor": "none",
      "workbench.secondarySideBar.defaultVisibility": "hidden",
      "security.workspace.trust.startupPrompt": "never",
      "chat.disableAIFeatures": true,
      "editor.minimap.enabled": false,
      "editor.fontSize": 14,
    }),
  );
  const node = join(host, "node_modules", ".bin", "node");
  const entry = join(host, "node_modules", "code-server", "out", "node", "entry.js");
  const common = [entry, "--user-data-dir", own, "--extensions-dir", join(own, "extensions")];
  execFileSync(node, [...common, "--install-extension", vsix], { stdio: "ignore" });
  const port = await freePort();
  const trust = isTrusted ? ["--disable-workspace-trust"] : [];
  const words = [...common, "--auth", "none", "--disable-telemetry", "--disable-update-check"];
  const server = spawn(node, [...words, "--bind-addr", `127.0.0.1:${port}`, ...trust], { stdio: "ignore" });
  await answers(`http://127.0.0.1:${port}/healthz`, server);
  return { port, stop: () => server.kill() };
}

async function answers(url: string, server: ChildProcess): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (server.exitCode !== null) throw new Error(`the editor ended with ${server.exitCode}`);
    if (
      await fetch(url).then(
        () => true,
        () => false,
      )
    )
      return;
    await new Promise((go) => setTimeout(go, 200));
  }
  throw new Error("the editor does not answer");
}

async function open(page: Page, name: string): Promise<void> {
  await page.locator(".explorer-folders-view .monaco-list-row", { hasText: name }).dblclick();
  await page.locator(`.tab[data-resource-name="${name}"]`).waitFor({ timeout: 30_000 });
  // Shapes come last.
  await page
    .locator(".view-line", { hasText: "→" })
    .first()
    .waitFor({ timeout: 90_000 })
    .catch(() => expectThat(`${name}: no shapes`, false));
  await page.waitForTimeout(1500);
}

/** The mistake with its way and its fixes, and what is offered while a line is written. */
async function photographWriting(page: Page, end: string, picture: (name: string) => Promise<unknown>): Promise<void> {
  const shown = async (selector: string, what: string): Promise<string> => {
    const found = page.locator(selector).first();
    await found.waitFor({ timeout: 10_000 }).catch(() => expectThat(`${end}: no ${what}`, false));
    await page.waitForTimeout(500);
    await picture(what.replaceAll(" ", "-"));
    return (await page.locator(selector).allInnerTexts()).join(" ").replaceAll("\u00a0", " ");
  };
  const wrong = page.locator(".view-line", { hasText: "5x5" });
  await page.locator(".view-line", { hasText: "flatten" }).click();
  await wrong.locator("span", { hasText: "conv" }).last().hover();
  expectThat(
    `${end}: what is wrong`,
    (await shown(".monaco-hover .hover-contents", "mistake")).includes("does not fit"),
  );
  await page.keyboard.press("Escape");
  await wrong.click();
  await page.keyboard.press("ControlOrMeta+.");
  expectThat(`${end}: no fix`, (await shown(".action-widget", "fixes")).includes("p1"));
  await page.keyboard.press("Escape");
  await open(page, "lenet.dnn");
  await page.locator(".view-line", { hasText: "flatten" }).click();
  await page.keyboard.press("End");
  await page.keyboard.press("Enter");
  await page.keyboard.type("con", { delay: 60 });
  expectThat(`${end}: completion`, (await shown(".suggest-widget .monaco-list-row", "completion")).includes("conv"));
  await page.keyboard.press("Escape");
  await page.keyboard.type("v ", { delay: 60 });
  await page.keyboard.press("ControlOrMeta+Shift+Space");
  expectThat(`${end}: signature`, (await shown(".parameter-hints-widget", "signature")).includes("stride"));
  await page.keyboard.press("Escape");
}

/** The drawing of a model, beside the program and in the colours of the editor. */
async function photographGraph(page: Page, end: string, picture: (name: string) => Promise<unknown>): Promise<void> {
  await open(page, "lenet.dnn");
  await page.locator(".codelens-decoration a", { hasText: "graph" }).first().click();
  await page
    .locator(`.tab[data-resource-name^="graph"], .tab[aria-label^="graph"]`)
    .first()
    .waitFor({ timeout: 60_000 });
  await page.waitForTimeout(2500);
  await picture("graph");
  const inks = await Promise.all(
    page.frames().map(async (frame) => {
      const titles = frame.locator(".graph .title");
      return (await titles.count()) > 3 ? titles.first().evaluate((title) => getComputedStyle(title).fill) : "";
    }),
  );
  const [red = ""] = /\d+/.exec(inks.join("")) ?? [];
  expectThat(`${end}: nothing is drawn`, red !== "");
  expectThat(`${end}: the drawing is not in the colours of the editor`, Number(red) > 128 === end.startsWith("dark"));
}

async function photograph(page: Page, theme: string, isTrusted: boolean): Promise<void> {
  const end = `${theme}-${isTrusted ? "trusted" : "restricted"}`;
  const picture = (name: string): Promise<unknown> => page.screenshot({ path: join(OUT!, `${name}-${end}.png`) });
  await open(page, "lenet.dnn");
  await picture("example");
  const colours = await page
    .locator(".view-line span[class^=mtk]")
    .evaluateAll((spans) => new Set(spans.map((s) => getComputedStyle(s).color)).size);
  expectThat(`${end}: ${colours} colours`, colours >= 5);
  const button = await page.locator(".editor-actions [aria-label^='Train']").count();
  expectThat(`${end}: the button that trains`, button > 0 === isTrusted);
  await open(page, "wrong.dnn");
  const marks = await page.locator(".squiggly-error").count();
  expectThat(`${end}: the mistake is not marked`, marks > 0);
  const would = await page.locator(".view-line", { hasText: "]?" }).count();
  expectThat(`${end}: no line shows what it would be`, would > 0);
  await page.locator(".view-line", { hasText: "conv 3x3" }).locator("span", { hasText: "conv" }).last().hover();
  await page
    .locator(".monaco-hover .hover-contents")
    .first()
    .waitFor({ timeout: 10_000 })
    .catch(() => undefined);
  const hover = await page.locator(".monaco-hover").allInnerTexts();
  expectThat(`${end}: the formula of a convolution`, hover.join(" ").includes("F*F*D1*K"));
  await page.waitForTimeout(500);
  await picture("hover");
  await page.keyboard.press("Escape");
  await page.locator(".codelens-decoration a", { hasText: "summary" }).first().click();
  await page.waitForTimeout(2500);
  const told = (await page.locator(".notification-list-item-message").allInnerTexts()).join(" ");
  expectThat(`${end}: what a lens says`, told.includes(isTrusted ? "is installed neither" : "is not trusted"));
  await picture("lens");
  await page
    .locator(".notifications-toasts .codicon-notifications-clear")
    .first()
    .click({ timeout: 1000 })
    .catch(() => undefined);
  await photographGraph(page, end, picture);
  await page.keyboard.press("ControlOrMeta+w");
  await open(page, "wrong.dnn");
  await photographWriting(page, end, picture);
}

async function main(): Promise<void> {
  if (!OUT) throw new Error("give the folder for the pictures");
  mkdirSync(OUT, { recursive: true });
  const folder = mkdtempSync(join(tmpdir(), "dnn-photographs-"));
  const work = join(folder, "programs");
  mkdirSync(work);
  const place = { host: installed(HOST ? resolve(HOST) : folder), folder, vsix: await pack(folder) };
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox"],
  });
  try {
    for (const theme of ["light", "dark"] as const)
      for (const isTrusted of [true, false]) {
        // An editor may have saved the lines that were typed before.
        copyFileSync(fileURLToPath(new URL("../examples/lenet.dnn", import.meta.url)), join(work, "lenet.dnn"));
        writeFileSync(join(work, "wrong.dnn"), WRONG);
        const { port, stop } = await started(place, theme, isTrusted);
        const page = await browser.newPage({ viewport: { width: 1200, height: 800 } });
        try {
          await page.goto(`http://127.0.0.1:${port}/?folder=${encodeURIComponent(work)}`);
          await page.locator(".monaco-workbench .explorer-folders-view").waitFor({ timeout: 120_000 });
          await photograph(page, theme, isTrusted);
        } catch (error) {
          await page.screenshot({ path: join(OUT, `failed-${theme}-${isTrusted}.png`) });
          problems.push(String(error));
        } finally {
          await page.close();
          stop();
        }
      }
  } finally {
    await browser.close();
    rmSync(folder, { recursive: true, force: true });
  }
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? "all is as it should be: look at the pictures" : `${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

await main();
