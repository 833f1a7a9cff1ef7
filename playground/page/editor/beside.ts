// Answers of the language server about a whole text that the client library does not ask for: shapes at the ends of lines, and the meaning of each name. In: an editor with a client. Out: decorations, soon after each change.

import { LSPPlugin } from "@codemirror/lsp-client";
import { type Extension, type Range, StateEffect, StateField } from "@codemirror/state";
import { Decoration, type DecorationSet, EditorView, ViewPlugin, type ViewUpdate, WidgetType } from "@codemirror/view";
import type { InlayHint, Position, SemanticTokens } from "vscode-languageserver";

/** Milliseconds after a change. */
const SOON = 60;

const found = StateEffect.define<DecorationSet>();

const decorations = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update: (drawn, transaction) => {
    const effect = transaction.effects.find((e) => e.is(found));
    return effect ? effect.value : drawn.map(transaction.changes);
  },
  provide: (field) => EditorView.decorations.from(field),
});

class Shape extends WidgetType {
  private readonly text: string;
  private readonly note: string;

  constructor(text: string, note: string) {
    super();
    this.text = text;
    this.note = note;
  }

  override eq(other: Shape): boolean {
    return other.text === this.text && other.note === this.note;
  }

  override toDOM(): HTMLElement {
    const element = document.createElement("span");
    element.className = "shape";
    element.textContent = this.text;
    element.title = this.note;
    return element;
  }
}

class Asking {
  private readonly view: EditorView;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(view: EditorView) {
    this.view = view;
    this.soon(0);
  }

  update({ docChanged }: ViewUpdate): void {
    if (docChanged) this.soon(SOON);
  }

  destroy(): void {
    clearTimeout(this.timer);
  }

  private soon(milliseconds: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.ask(), milliseconds);
  }

  private async ask(): Promise<void> {
    const { view } = this;
    const plugin = LSPPlugin.get(view);
    if (!plugin) return;
    const { client, uri } = plugin;
    await client.initializing;
    client.sync();
    const { doc } = view.state;
    const textDocument = { uri };
    const range = { start: { line: 0, character: 0 }, end: { line: doc.lines, character: 0 } };
    try {
      const [hints, colours] = await Promise.all([
        client.request<object, InlayHint[] | null>("textDocument/inlayHint", { textDocument, range }),
        client.request<object, SemanticTokens | null>("textDocument/semanticTokens/full", { textDocument }),
      ]);
      // A change in the meantime has its own question.
      if (view.state.doc !== doc) return;
      const at = ({ line, character }: Position): number => {
        const { from, to } = doc.line(Math.min(doc.lines, line + 1));
        return Math.min(to, from + character);
      };
      const types = client.serverCapabilities?.semanticTokensProvider?.legend.tokenTypes ?? [];
      const ranges = [...shapesOf(hints ?? [], at), ...coloursOf(colours?.data ?? [], types, at)];
      view.dispatch({ effects: found.of(Decoration.set(ranges, true)) });
    } catch {
      // A server that is started again, or that was asked of a text that it has no more, has nothing to say of this one.
    }
  }
}

const shapesOf = (hints: readonly InlayHint[], at: (place: Position) => number): Range<Decoration>[] =>
  hints.map(({ position, label, tooltip }) => {
    const text = typeof label === "string" ? label : label.map((part) => part.value).join("");
    const widget = new Shape(text, typeof tooltip === "string" ? tooltip : "");
    return Decoration.widget({ widget, side: 1 }).range(at(position));
  });

/** Five numbers each: lines and characters from the one before, length, type, modifiers. */
function coloursOf(
  data: readonly number[],
  types: readonly string[],
  at: (place: Position) => number,
): Range<Decoration>[] {
  const ranges: Range<Decoration>[] = [];
  let [line, character] = [0, 0];
  for (let i = 0; i + 4 < data.length; i += 5) {
    const [lines, characters, length, type] = data.slice(i, i + 4) as [number, number, number, number];
    character = lines > 0 ? characters : character + characters;
    line += lines;
    const [from, to] = [at({ line, character }), at({ line, character: character + length })];
    if (to > from) ranges.push(Decoration.mark({ class: `name-${types[type]}` }).range(from, to));
  }
  return ranges;
}

/** `answered`: called whenever the server has said what stands beside the text. */
export const beside = (answered: () => void): Extension => [
  decorations,
  ViewPlugin.fromClass(Asking),
  EditorView.updateListener.of(({ transactions }) => {
    if (transactions.some(({ effects }) => effects.some((e) => e.is(found)))) answered();
  }),
];
