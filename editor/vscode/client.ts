// The extension: starts the language server that is packed with it, runs the command's verbs as tasks, and shows what the server
// draws. No shell is started: names of files go to processes as they are.

import { basename, dirname, join } from "node:path";
import type { ExtensionContext } from "vscode";
import {
  ColorThemeKind,
  commands,
  ProcessExecution,
  Task,
  TaskPanelKind,
  TaskRevealKind,
  TaskScope,
  tasks,
  Uri,
  ViewColumn,
  window,
  workspace,
} from "vscode";
import type { ServerOptions } from "vscode-languageclient/node";
import { LanguageClient, TransportKind } from "vscode-languageclient/node";
import { DEFAULT, processFor } from "./command.ts";

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

async function inTerminal(verb: string, file: string, ...rest: readonly string[]): Promise<void> {
  if (!(await trusted(verb)) || !(await saved(file))) return;
  const setting = workspace.getConfiguration("dnn").get("command", DEFAULT);
  const found = processFor(setting, file, [verb, file, ...rest]);
  if (!found) {
    const open = "Open Setting";
    const said =
      "dnn is installed neither beside this program nor for all folders: run `npm install PATH-TO-CHECKOUT` in its folder, or name the command in the setting dnn.command";
    if ((await window.showErrorMessage(said, open)) === open)
      await commands.executeCommand("workbench.action.openSettings", "dnn.command");
    return;
  }
  const folder = workspace.getWorkspaceFolder(Uri.file(file));
  const run = new ProcessExecution(found.program, [...found.words], { cwd: folder?.uri.fsPath ?? dirname(file) });
  const task = new Task({ type: "dnn", verb }, folder ?? TaskScope.Workspace, `${verb} ${basename(file)}`, "dnn", run);
  task.presentationOptions = { reveal: TaskRevealKind.Always, panel: TaskPanelKind.Shared, clear: false };
  await tasks.executeTask(task);
}

/** Whether what a folder brings along may be started. A lens stands in a folder that is not trusted, too, and says what it waits for. */
async function trusted(verb: string): Promise<boolean> {
  if (workspace.isTrusted) return true;
  const manage = "Manage Workspace Trust";
  const said = `dnn ${verb} starts a program of this folder, which is not trusted yet`;
  if ((await window.showWarningMessage(said, manage)) === manage)
    await commands.executeCommand("workbench.trust.manage");
  return workspace.isTrusted;
}

/** The page that a drawing stands on has the editor's colours, whichever the system has. */
const theme = (): "light" | "dark" =>
  [ColorThemeKind.Light, ColorThemeKind.HighContrastLight].includes(window.activeColorTheme.kind) ? "light" : "dark";

/** The language server draws: it has read the program already. */
async function draw(file: string, model?: string): Promise<void> {
  if (!(await saved(file)) || !client) return;
  const drawn = async (): Promise<string> => {
    const svg = await client?.sendRequest<string>("dnn/graph", {
      uri: Uri.file(file).toString(),
      model,
      theme: theme(),
    });
    return `<!doctype html><body style="margin: 0"><style>svg { display: block; margin: auto }</style>${svg}</body>`;
  };
  try {
    const html = await drawn();
    const panel = window.createWebviewPanel("dnn.graph", `graph ${model ?? ""}`, ViewColumn.Beside, {});
    panel.webview.html = html;
    // A program with a mistake keeps the drawing that it had.
    const again = window.onDidChangeActiveColorTheme(() =>
      drawn().then(
        (next) => (panel.webview.html = next),
        () => undefined,
      ),
    );
    panel.onDidDispose(() => again.dispose());
  } catch (error) {
    void window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

/** Programs are read from the disk: what is typed must be there first. */
async function saved(file: string): Promise<boolean> {
  const document = workspace.textDocuments.find((d) => d.uri.fsPath === file);
  return document ? document.save() : true;
}
