// The editor: CodeMirror with the language server in a worker. In: a place in the page and a text. Out: the text as it is typed, and
// what is wrong with it.

import { autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import { defaultKeymap, history, historyKeymap, indentWithTab } from "@codemirror/commands";
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentService,
  indentUnit,
  syntaxHighlighting,
} from "@codemirror/language";
import { LSPClient, languageServerExtensions } from "@codemirror/lsp-client";
import { Compartment, EditorState } from "@codemirror/state";
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from "@codemirror/view";
import { tags } from "@lezer/highlight";
import type { PublishDiagnosticsParams } from "vscode-languageserver";
import { FILE } from "../../lab/names.ts";
import { beside } from "./beside.ts";
import { hintHere } from "./hints.ts";
import { sanitize } from "./sanitize.ts";
import { languageOf, type TextMateGrammar } from "./textmate.ts";

/** The grammar that editors colour programs by: put in place when the page is built. */
declare const DNN_GRAMMAR: TextMateGrammar;

export interface Mistake {
  readonly line: number;
  readonly message: string;
  readonly severity: "error" | "warning";
}

export interface EditorEvents {
  readonly changed: (text: string) => void;
  readonly mistakes: (found: readonly Mistake[]) => void;
  /** Shapes stand at the ends of lines. */
  readonly shaped: () => void;
}

const colours = HighlightStyle.define([
  { tag: tags.lineComment, class: "tok-comment" },
  { tag: tags.string, class: "tok-string" },
  { tag: tags.number, class: "tok-number" },
  { tag: tags.attributeName, class: "tok-option" },
  { tag: tags.atom, class: "tok-number" },
  { tag: tags.operator, class: "tok-operator" },
  { tag: tags.propertyName, class: "tok-setting" },
  { tag: tags.keyword, class: "tok-keyword" },
  { tag: tags.function(tags.variableName), class: "tok-layer" },
  { tag: tags.className, class: "tok-name" },
  { tag: tags.self, class: "tok-setting" },
]);

/** As the line above, and deeper within braces. */
const indentation = indentService.of(({ state, unit }, at) => {
  const { from, text } = state.doc.lineAt(at);
  if (from === 0) return 0;
  const before = state.doc.lineAt(from - 1).text.replace(/#.*$/, "");
  const depth = /^\s*/.exec(before)?.[0].length ?? 0;
  const opened = before.trimEnd().endsWith("{") ? unit : 0;
  const closed = /^\s*[}\])]/.test(text) ? unit : 0;
  return Math.max(0, depth + opened - closed);
});

export class Editor {
  readonly view: EditorView;
  private readonly events: EditorEvents;
  private readonly server = new Compartment();
  private worker: Worker | undefined;
  private client: LSPClient | undefined;

  constructor(parent: HTMLElement, text: string, events: EditorEvents) {
    this.events = events;
    this.view = new EditorView({
      parent,
      state: EditorState.create({
        doc: text,
        extensions: [
          lineNumbers(),
          highlightActiveLine(),
          highlightActiveLineGutter(),
          history(),
          drawSelection(),
          bracketMatching(),
          closeBrackets(),
          autocompletion(),
          indentOnInput(),
          indentUnit.of("  "),
          indentation,
          EditorView.lineWrapping,
          languageOf(DNN_GRAMMAR),
          syntaxHighlighting(colours),
          // Escape, then Tab, leaves the editor by the keyboard.
          keymap.of([...closeBracketsKeymap, ...defaultKeymap, ...historyKeymap, ...completionKeymap, indentWithTab]),
          EditorView.contentAttributes.of({
            "aria-label": "program; Escape, then Tab leaves it",
            "aria-describedby": "mistakes",
            spellcheck: "false",
            autocorrect: "off",
            autocapitalize: "off",
          }),
          EditorView.updateListener.of(({ docChanged, state }) => {
            if (docChanged) events.changed(state.doc.toString());
          }),
          this.server.of([]),
        ],
      }),
    });
  }

  get text(): string {
    return this.view.state.doc.toString();
  }

  set text(text: string) {
    this.view.dispatch({
      changes: { from: 0, to: this.view.state.doc.length, insert: text },
      selection: { anchor: 0 },
    });
  }

  goTo(line: number): void {
    const { doc } = this.view.state;
    const { from } = doc.line(Math.min(doc.lines, Math.max(1, line)));
    this.view.dispatch({ selection: { anchor: from }, effects: EditorView.scrollIntoView(from, { y: "center" }) });
    this.view.focus();
  }

  /** Starts the language server, again where there are other files. */
  serve(files: Readonly<Record<string, Uint8Array>>): void {
    this.view.dispatch({ effects: this.server.reconfigure([]) });
    this.client?.disconnect();
    this.worker?.terminate();
    const worker = new Worker(new URL("./server.js", import.meta.url), { type: "module" });
    this.worker = worker;
    worker.postMessage(files);
    const client = new LSPClient({
      timeout: 20_000,
      sanitizeHTML: sanitize,
      extensions: languageServerExtensions(),
      notificationHandlers: {
        "textDocument/publishDiagnostics": (_, params: PublishDiagnosticsParams) => {
          this.events.mistakes(params.diagnostics.map(mistakeOf));
          return false;
        },
      },
    });
    const handlers = new Map<(text: string) => void, (event: MessageEvent) => void>();
    client.connect({
      send: (message) => worker.postMessage(JSON.parse(message)),
      subscribe: (handler) => {
        const listener = ({ data }: MessageEvent): void => handler(JSON.stringify(data));
        handlers.set(handler, listener);
        worker.addEventListener("message", listener);
      },
      unsubscribe: (handler) => {
        const listener = handlers.get(handler);
        if (listener) worker.removeEventListener("message", listener);
      },
    });
    this.client = client;
    const plugin = client.plugin(FILE, "dnn");
    this.view.dispatch({ effects: this.server.reconfigure([plugin, beside(this.events.shaped)]) });
  }
}

const mistakeOf = ({ range, message, severity, code }: PublishDiagnosticsParams["diagnostics"][number]): Mistake => ({
  line: range.start.line + 1,
  message: hintHere(String(code), typeof message === "string" ? message : message.value),
  severity: severity === 2 ? "warning" : "error",
});
