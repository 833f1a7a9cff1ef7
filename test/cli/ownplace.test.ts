// Proves that a module of the installed command finds its files where they lie, and writes the texts that it wrote before it was bundled.

import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withOwnPlace } from "../../scripts/ownplace.ts";

test("the place of a module is replaced in its code, never in the texts that it writes", () => {
  const own = 'new URL("../../a.js", import.meta.url).href';
  const kept = '"é 😀 import.meta.url"; `new URL(x, import.meta.url)`; /import.meta.url/; // import.meta.url';
  expect(withOwnPlace(`${kept}\nopen(import.meta.url, \`\${import.meta.url}/b\`);`, "../../a.js")).toBe(
    `${kept}\nopen(${own}, \`\${${own}}/b\`);`,
  );
  expect(withOwnPlace("const { url } = import.meta; a.meta.url;", "../../a.js")).toBe(
    "const { url } = import.meta; a.meta.url;",
  );
});

test("no module asks for its place in a way that is not replaced", () => {
  for (const folder of ["cli", "compiler", "embed", "grammar", "project", "report", "runtime"]) {
    const path = fileURLToPath(new URL(`../../${folder}/`, import.meta.url));
    for (const name of readdirSync(path, { recursive: true, encoding: "utf8" }))
      if (name.endsWith(".ts"))
        expect(readFileSync(path + name, "utf8"), name).not.toMatch(
          /import\.meta(?:\.(?:dirname|filename|resolve)\b|\[|;)/,
        );
  }
});
