// Commands that messages suggest, with arguments as the shell of this machine takes them.

/** Messages are made in pages, too, which have no process. */
const ownPlatform = (): string => (typeof process === "undefined" ? "linux" : process.platform);

/**
 * An argument as a shell takes it: of a POSIX system, or PowerShell, where a list has commas, `'` stands in quotes as two of
 * them, and the old prompt understands quotes of the other kind only.
 */
export function quoted(argument: string, platform: string = ownPlatform()): string {
  if (platform !== "win32")
    return /^[\w@%+=:,./-]+$/.test(argument) ? argument : `'${argument.replaceAll("'", "'\\''")}'`;
  if (/^[\w+=:./\\-]+$/.test(argument)) return argument;
  return /["$`%]/.test(argument) || argument.endsWith("\\") ? `'${argument.replaceAll("'", "''")}'` : `"${argument}"`;
}
