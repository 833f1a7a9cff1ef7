// The version of dnn: that of its package, whose description lies above the sources and above the built files.

import { existsSync, readFileSync } from "node:fs";

export function ownVersion(): string {
  const near = ["../package.json", "../../package.json"].map((path) => new URL(path, import.meta.url));
  const found = near.find((url) => existsSync(url));
  return found ? String(JSON.parse(readFileSync(found, "utf8")).version) : "unknown";
}
