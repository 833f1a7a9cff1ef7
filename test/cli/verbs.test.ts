// Proves that the records of the verbs are what the command line does: each flag that is declared is read, each example can be typed, each
// value is checked as the record says, and shells complete what the records list.

import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { Command, CommanderError } from "commander";
import { afterAll, expect, test } from "vitest";
import { addVerb } from "../../cli/command/commander.ts";
import { scripts } from "../../cli/command/completion.ts";
import { spellingOf } from "../../cli/command/flag.ts";
import { verbs } from "../../cli/verbs/all.ts";
import { Place } from "./dnn.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const loaded = await Promise.all(verbs.map(async ({ load, ...entry }) => ({ ...entry, ...(await load()).verb })));
const place = new Place();
const folder = mkdtempSync(join(tmpdir(), "dnn-completion-"));
afterAll(() => {
  place.remove();
  rmSync(folder, { recursive: true });
});

/** The mistake in the words after `dnn VERB`; undefined where the verb would run. */
function mistakeIn(name: string, words: readonly string[]): string | undefined {
  const command = new Command(name).exitOverride().configureOutput({ writeErr: () => {} });
  let isCalled = false;
  addVerb(command, loaded.find((v) => v.name === name)!, () => {
    isCalled = true;
  });
  try {
    command.parse(words, { from: "user" });
    return isCalled ? undefined : "nothing is called";
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

/** The words of a line in a shell, up to where its output goes. */
const wordsOf = (line: string): string[] =>
  [...(line.split(" > ")[0] ?? "").matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");

test.each(loaded)("the example of dnn $name is a command that it takes", ({ name, example }) => {
  const line = /\$\((.*)\)/.exec(example)?.[1] ?? example;
  const [command, verb, ...words] = wordsOf(line);
  expect([command, verb, mistakeIn(name, words)]).toEqual(["dnn", name, undefined]);
});

/** The words that a verb takes at least: its arguments and the flags that it requires. */
function leastWords({ arguments: list, flags }: (typeof loaded)[number]): string[] {
  const needed = list.filter((a) => !a.isOptional).map(({ type }) => type?.choices?.[0] ?? "a");
  const required = Object.entries(flags).filter(([, flag]) => "isRequired" in flag && flag.isRequired);
  const given = required.flatMap(([name, flag]) => [
    spellingOf(name, flag),
    ("type" in flag && flag.type.choices?.[0]) || "a",
  ]);
  return [...needed, ...given];
}

test.each(loaded)("dnn $name refuses values that its flags do not take, and says which it takes", (verb) => {
  expect(mistakeIn(verb.name, leastWords(verb))).toBeUndefined();
  for (const [name, flag] of Object.entries(verb.flags)) {
    const spelling = spellingOf(name, flag);
    if (!("type" in flag)) {
      expect(mistakeIn(verb.name, [...leastWords(verb), spelling])).toBeUndefined();
      continue;
    }
    if (flag.type.read("?") !== undefined) continue;
    const mistake = mistakeIn(verb.name, [...leastWords(verb), spelling, "?"]);
    expect(mistake).toMatch(/^error: option '.*' argument '\?' is invalid\. /);
    expect(mistake).toContain(`${flag.type.expected} is needed.`);
    for (const choice of flag.type.choices ?? [])
      expect(mistakeIn(verb.name, [...leastWords(verb), spelling, choice])).toBeUndefined();
  }
});

/** The text of a verb's file without its declaration of flags, and of what it hands its flags to: files beside it, what opens weights, and what shows. */
function codeOf(file: string): string {
  const text = readFileSync(join(root, file), "utf8");
  const beside = [
    ...text.matchAll(
      /from "(\.\/[^"]+|[./]+(?:project\/use\/model\/weights|terminal\/showlines|report\/showing)\.ts)"/g,
    ),
  ].map(([, path = ""]) => join(dirname(file), path));
  return [text.replace(/^(?:export )?const flags = [\s\S]*?satisfies Flags;$/m, ""), ...beside.map(codeOf)].join("\n");
}

test("every flag that a verb declares is read by its code", () => {
  const list = readFileSync(join(root, "cli/verbs/all.ts"), "utf8");
  const files = new Map(
    [...list.matchAll(/name: "([^"]+)"[\s\S]*?import\("\.\/([^"]+)"\)/g)].map(([, name = "", file = ""]) => [
      name,
      file,
    ]),
  );
  const unread = loaded.flatMap(({ name, flags }) => {
    const code = codeOf(`cli/verbs/${files.get(name)}`);
    const isRead = (flag: string): boolean =>
      new RegExp(
        `flags\\.${flag}\\b|\\{[^{}]*\\b${flag}\\b[^{}]*\\}(: \\w+Flags\\)|: Values<typeof flags>\\)|\\) =>| = (this\\.)?flags|: ShowOptions)`,
      ).test(code);
    const declared = Object.entries(flags).filter(([, flag]) => !("isIgnored" in flag && flag.isIgnored));
    return declared.filter(([flag]) => !isRead(flag)).map(([flag]) => `${name}: ${flag}`);
  });
  expect(unread).toEqual([]);
});

test("--help of a verb names all its flags and their defaults", async () => {
  for (const { name, flags } of loaded) {
    const { code, out } = await place.run(name, "--help");
    const said = out.replaceAll(/\s+/g, " ");
    expect([name, code]).toEqual([name, 0]);
    for (const [key, flag] of Object.entries(flags)) {
      expect(said).toContain(` ${spellingOf(key, flag)} `);
      const value =
        "defaultText" in flag ? flag.defaultText : "default" in flag ? JSON.stringify(flag.default) : undefined;
      if (value !== undefined)
        expect(said.replace("0.000001", "1e-6")).toContain(`(default: ${value.replace("0.000001", "1e-6")})`);
    }
  }
});

// ---------------------------------------------------------------- completion

function hasShell(shell: string): boolean {
  try {
    execFileSync(shell, ["-c", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

for (const name of ["net.dnn", "notes.txt", "it is.dnn"]) writeFileSync(join(folder, name), "");

/** Completions of a shell for the last of these words. */
const offers = {
  bash(...words: string[]): string[] {
    const script = `${scripts.bash(loaded)}\nCOMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _dnn; printf '%s\\n' "\${COMPREPLY[@]}"`;
    return execFileSync("bash", ["-c", script, "bash", ...words], { cwd: folder, encoding: "utf8" })
      .trim()
      .split("\n");
  },
  fish(...words: string[]): string[] {
    const script = `${scripts.fish(loaded)}\ncomplete -C ${JSON.stringify(words.join(" "))}`;
    const out = execFileSync("fish", ["--no-config", "-c", script], { cwd: folder, encoding: "utf8" });
    return out
      .trim()
      .split("\n")
      .map((line) => line.split("\t")[0] ?? "");
  },
};

for (const shell of ["bash", "fish"] as const)
  test.skipIf(!hasShell(shell))(`${shell} completes verbs, flags, their values and programs`, () => {
    const complete = offers[shell];
    expect(complete("dnn", "lr")).toEqual(["lr-find"]);
    expect(complete("dnn", "")).toEqual(expect.arrayContaining(verbs.map((v) => v.name)));
    expect(complete("dnn", "train", "net.dnn", "--s").toSorted()).toEqual([
      "--seed",
      "--set",
      "--split-seed",
      "--steps",
    ]);
    expect(complete("dnn", "train", "--device", "").toSorted()).toEqual(["auto", "cpu", "gpu"]);
    expect(complete("dnn", "completion", "f")).toEqual(["fish"]);
    expect(complete("dnn", "check", "ne")).toEqual(["net.dnn"]);
    expect(complete("dnn", "fmt", "no")).not.toContain("no");
  });

test.skipIf(!hasShell("zsh"))("the script for zsh is one that zsh reads", () => {
  const script = `compdef() { print $2; }\n${scripts.zsh(loaded)}\nfunctions _dnn > /dev/null`;
  expect(execFileSync("zsh", ["-fc", script], { encoding: "utf8" })).toBe("dnn\n");
});
