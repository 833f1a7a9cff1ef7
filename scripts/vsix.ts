// Packs the editor extension: client and language server as one file each, the standard library, the grammar, into a .vsix
// that Visual Studio Code and its relatives install. `npm run vsix [folder]`
//
// A .vsix is a zip with a manifest in the Open Packaging Conventions' form; the usual tool for it brings the client of a
// cloud service along, so we write the two small files ourselves.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { strToU8, zipSync } from "fflate";
import { rolldown } from "rolldown";
import { JPEG_DECODER } from "../embed/build/write.ts";
import { packageBytes } from "../runtime/pictures/packagebytes.ts";

const root = new URL("../", import.meta.url);
const extension = new URL("editor/vscode/", root);

/** The folder of the package whose WebAssembly lies beside the server. */
const DECODER = fileURLToPath(new URL("node_modules/@cwasm/jpeg-turbo", root));

interface Manifest {
  readonly name: string;
  readonly publisher: string;
  readonly version: string;
  readonly displayName: string;
  readonly description: string;
  readonly categories: readonly string[];
  readonly keywords: readonly string[];
  readonly engines: { readonly vscode: string };
}

/** Writes NAME-VERSION.vsix into a folder and gives its path. */
export async function pack(folder: string): Promise<string> {
  const manifest = JSON.parse(readFileSync(new URL("package.json", extension), "utf8")) as Manifest;
  const client = await bundled(new URL("client.ts", extension), "cjs");
  const server = await bundled(new URL("server.ts", extension), "esm");
  const files: Record<string, Uint8Array> = {
    "[Content_Types].xml": strToU8(contentTypes()),
    "extension.vsixmanifest": strToU8(vsixManifest(manifest)),
    "extension/client.cjs": strToU8(client.code),
    "extension/server/lsp.mjs": strToU8(server.code),
    "extension/server/jpeg-turbo.wasm": await packageBytes(JPEG_DECODER),
    "extension/ThirdPartyNotices.txt": strToU8(notices(new Set([...client.packages, ...server.packages, DECODER]))),
    "extension/LICENSE.txt": readFileSync(new URL("LICENSE", root)),
  };
  const plain = ["package.json", "README.md", "language-configuration.json", "snippets/dnn.json"];
  for (const path of [...plain, "syntaxes/dnn.tmLanguage.json", "syntaxes/markdown.tmLanguage.json"])
    files[`extension/${path}`] = readFileSync(new URL(path, extension));
  for (const name of readdirSync(new URL("stdlib/", root)))
    files[`extension/stdlib/${name}`] = readFileSync(new URL(`stdlib/${name}`, root));
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${manifest.name}-${manifest.version}.vsix`);
  // No times in the archive: the same sources give the same bytes.
  writeFileSync(path, zipSync(files, { mtime: new Date("2020-01-01T00:00:00") }));
  return path;
}

interface Bundle {
  readonly code: string;
  /** Folders of the packages whose code is in it. */
  readonly packages: readonly string[];
}

/** One file that needs nothing beside it but the editor's own module. */
async function bundled(input: URL, format: "cjs" | "esm"): Promise<Bundle> {
  const build = await rolldown({ input: fileURLToPath(input), platform: "node", external: ["vscode"] });
  const { output } = await build.generate({ format, codeSplitting: false, minify: true });
  await build.close();
  const { code, moduleIds } = output[0];
  return {
    code,
    packages: moduleIds.flatMap((id) => /^.*node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+/.exec(id)?.[0] ?? []),
  };
}

/** The licences of what is bundled, as these ask for. */
function notices(packages: ReadonlySet<string>): string {
  const texts = [...packages].sort().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
    const file = readdirSync(folder).find((f) => /^licen[cs]e/i.test(f));
    const text = file ? readFileSync(join(folder, file), "utf8").trim() : "";
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return texts.join(`\n${"-".repeat(80)}\n\n`);
}

const escaped = (text: string): string =>
  text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll('"', "&quot;");

function contentTypes(): string {
  const types = {
    json: "application/json",
    vsixmanifest: "text/xml",
    cjs: "application/javascript",
    mjs: "application/javascript",
    wasm: "application/wasm",
  };
  const texts = { md: "text/markdown", txt: "text/plain", dnn: "text/plain" };
  const lines = Object.entries({ ...types, ...texts }).map(
    ([e, t]) => `<Default Extension=".${e}" ContentType="${t}"/>`,
  );
  return `<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">${lines.join("")}</Types>
`;
}

function vsixManifest(m: Manifest): string {
  return `<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
  <Metadata>
    <Identity Language="en-US" Id="${m.name}" Version="${m.version}" Publisher="${m.publisher}"/>
    <DisplayName>${escaped(m.displayName)}</DisplayName>
    <Description xml:space="preserve">${escaped(m.description)}</Description>
    <Tags>${m.keywords.join(",")},dnn,__ext_dnn</Tags>
    <Categories>${m.categories.join(",")}</Categories>
    <License>extension/LICENSE.txt</License>
    <Properties>
      <Property Id="Microsoft.VisualStudio.Code.Engine" Value="${m.engines.vscode}"/>
      <Property Id="Microsoft.VisualStudio.Code.ExtensionKind" Value="workspace"/>
    </Properties>
  </Metadata>
  <Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
  <Dependencies/>
  <Assets>
    <Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.Details" Path="extension/README.md" Addressable="true"/>
    <Asset Type="Microsoft.VisualStudio.Services.Content.License" Path="extension/LICENSE.txt" Addressable="true"/>
  </Assets>
</PackageManifest>
`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href)
  console.log(await pack(process.argv[2] ?? fileURLToPath(new URL("dist/", root))));
