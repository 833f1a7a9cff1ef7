// The language server of the page's editor, in a worker of its own: it starts with the files that were dropped on the page.

import { BrowserMessageReader, BrowserMessageWriter, createConnection } from "vscode-languageserver/browser";
import { serve } from "../../editor/page.ts";
import { hostOf } from "./host.ts";
import type { ProgramText } from "./protocol.ts";

type Port = ConstructorParameters<typeof BrowserMessageReader>[0];

self.onmessage = ({ data }: MessageEvent<ProgramText["files"]>) => {
  self.onmessage = null;
  const port = self as unknown as Port;
  serve(createConnection(new BrowserMessageReader(port), new BrowserMessageWriter(port)), hostOf(data));
};
