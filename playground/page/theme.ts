// Light or dark: as the system has it, until the button is used; the choice stays in the browser.

import { find, isDark } from "./dom.ts";

const KEY = "dnn-theme";

export function startTheme(changed: () => void): void {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const set = (theme: string): void => {
    document.documentElement.dataset.theme = theme;
    changed();
  };
  const bySystem = (): string => (system.matches ? "dark" : "light");
  set(stored() ?? bySystem());
  system.addEventListener("change", () => set(stored() ?? bySystem()));
  find("theme").addEventListener("click", () => {
    const theme = isDark() ? "light" : "dark";
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // Where nothing may be stored, the choice lasts as long as the page.
    }
    set(theme);
  });
}

function stored(): string | undefined {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "dark" || theme === "light" ? theme : undefined;
  } catch {
    return undefined;
  }
}
