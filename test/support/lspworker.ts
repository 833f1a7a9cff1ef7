// A web worker that serves the language, as a page with an editor would write it.

import { BrowserMessageReader, BrowserMessageWriter, createConnection } from "vscode-languageserver/browser";
import { pageHost, serve } from "../../editor/page.ts";

self.onmessage = ({ data }: MessageEvent<Record<string, string>>) => {
  self.onmessage = null;
  const worker = self as unknown as ConstructorParameters<typeof BrowserMessageReader>[0];
  serve(createConnection(new BrowserMessageReader(worker), new BrowserMessageWriter(worker)), pageHost(data));
  self.postMessage("ready");
};
