// The extension: starts the language server that is packed with it, and runs the command's verbs in a terminal.

import { execFile } from "node:child_process";
import { join } from "node:path";
import type { ExtensionContext, Terminal } from "vscode";
import { commands, Uri, ViewColumn, window, workspace } from "vscode";
import type { ServerOptions } from "vscode-languageclient/node";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";

let client: LanguageClient | undefined;

export async function activate(context: ExtensionContext): Promise<void> {
  const module = context.asAbsolutePath(join("server", "lsp.mjs"));
  const server: ServerOptions = { module, transport: TransportKind.stdio };
  client = new LanguageClient("dnn", "dnn", server, { documentSelector: [{ language: "dnn" }] });
  const add = (name: string, act: (uri?: string, part?: string) => unknown): void => {
    context.subscriptions.push(commands.registerCommand(`dnn.${name}`, act));
  };
  add("check", (uri) => inTerminal("check", fileOf(uri)));
  add("train", (uri, training) => inTerminal("train", fileOf(uri), ...(training ? ["--only", training] : [])));
  add("summary", (uri, model) => inTerminal("summary", fileOf(uri), ...(model ? ["--model", model] : [])));
  add("graph", (uri, model) => draw(fileOf(uri), model));
  add("restart", () => client?.restart());
  await client.start();
}

export function deactivate(): Promise<void> | undefined {
  return client?.stop();
}

/** The program that a lens stands in, or the one in the editor. A lens gives an address, a button of the editor an object. */
function fileOf(uri: string | Uri | undefined): string {
  if (typeof uri === "string") return Uri.parse(uri).fsPath;
  return uri?.fsPath ?? window.activeTextEditor?.document.uri.fsPath ?? "";
}

const commandLine = (): string => workspace.getConfiguration("dnn").get("command", "npx --no dnn");

let terminal: Terminal | undefined;

/** Words of one kind are left as they are, all others quoted, for a POSIX shell or PowerShell. */
const quoted = (word: string): string => (/^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`);

async function inTerminal(verb: string, file: string, ...rest: readonly string[]): Promise<void> {
  if (!(await saved(file))) return;
  terminal = terminal && terminal.exitStatus === undefined ? terminal : window.createTerminal("dnn");
  terminal.show(true);
  terminal.sendText([commandLine(), verb, ...[file, ...rest].map(quoted)].join(" "));
}

async function draw(file: string, model?: string): Promise<void> {
  if (!(await saved(file))) return;
  const [head, ...words] = commandLine().split(" ");
  const asked = [...words, "graph", file, "--format", "svg", ...(model ? ["--model", model] : [])];
  const cwd = workspace.getWorkspaceFolder(Uri.file(file))?.uri.fsPath;
  const options = { maxBuffer: 64 * 2 ** 20, shell: process.platform === "win32", ...(cwd ? { cwd } : {}) };
  execFile(head!, asked, options, (error, svg, said) => {
    if (error) {
      void window.showErrorMessage(said.trim() || String(error));
      return;
    }
    const panel = window.createWebviewPanel("dnn.graph", `graph ${model ?? ""}`, ViewColumn.Beside, {});
    panel.webview.html = `<!doctype html><body style="background: white">${svg}</body>`;
  });
}

/** Programs are read from the disk: what is typed must be there first. */
async function saved(file: string): Promise<boolean> {
  const document = workspace.textDocuments.find((d) => d.uri.fsPath === file);
  return document ? document.save() : true;
}
