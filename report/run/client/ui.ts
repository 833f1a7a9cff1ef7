// Runs in the page: what its parts are made with. It stands in the page as its own text, so it reads nothing from outside.

export type Child = Node | string | undefined;

export interface Ui {
  /** An element; text is text, whatever it holds. */
  readonly make: (
    tag: string,
    attributes?: Readonly<Record<string, string>>,
    ...children: readonly Child[]
  ) => HTMLElement;
  /** A part of the page under a title. */
  readonly section: (id: string, title: string, ...children: readonly Child[]) => HTMLElement;
  readonly table: (head: readonly string[], rows: readonly (readonly Child[])[]) => HTMLElement;
  readonly figure: (value: number | string | null | undefined) => string;
  /** A class's name, of which everything can be seen. */
  readonly visible: (name: string) => string;
  readonly bars: (bins: readonly number[], label: string) => HTMLElement;
  readonly colours: readonly string[];
}

export function makeUi(): Ui {
  const make: Ui["make"] = (tag, attributes = {}, ...children) => {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
    for (const child of children) if (child !== undefined) element.append(child);
    return element;
  };
  const section: Ui["section"] = (id, title, ...children) => {
    const element = make("section", { id }, make("h2", {}, title), ...children);
    document.querySelector("main")!.append(element);
    document.querySelector("nav")!.append(make("a", { href: `#${id}` }, title));
    return element;
  };
  const table: Ui["table"] = (head, rows) =>
    make(
      "div",
      { class: "wide", tabindex: "0" },
      make(
        "table",
        {},
        make("thead", {}, make("tr", {}, ...head.map((h) => make("th", { scope: "col" }, h)))),
        make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((cell) => make("td", {}, cell))))),
      ),
    );
  const figure: Ui["figure"] = (value) => {
    const number = Number(value);
    if (value === null || value === undefined || Number.isNaN(number)) return "n/a";
    if (number === 0) return "0";
    const size = Math.abs(number);
    return size >= 1e5 || size < 1e-4 ? number.toExponential(3) : String(Number(number.toPrecision(4)));
  };
  const visible: Ui["visible"] = (name) => {
    const seen = name === " " ? "␣" : name.replace(/\n/g, "⏎").replace(/\t/g, "⇥");
    return seen === "" ? "(empty)" : seen.replace(/\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu, "\ufffd");
  };
  const bars: Ui["bars"] = (bins, label) => {
    const most = Math.max(...bins, Number.MIN_VALUE);
    const picture = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    picture.setAttribute("viewBox", `0 0 ${bins.length * 6} 48`);
    picture.setAttribute("class", "bars");
    picture.setAttribute("role", "img");
    picture.setAttribute("aria-label", label);
    for (const [i, bin] of bins.entries()) {
      const bar = document.createElementNS("http://www.w3.org/2000/svg", "rect");
      const height = (48 * bin) / most;
      for (const [name, value] of Object.entries({ x: i * 6, y: 48 - height, width: 5, height }))
        bar.setAttribute(name, value.toFixed(1));
      picture.append(bar);
    }
    return make("div", { class: "spread" }, picture);
  };
  const colours = ["#2563eb", "#ea580c", "#16a34a", "#9333ea", "#dc2626", "#0891b2", "#ca8a04", "#db2777"];
  return { make, section, table, figure, visible, bars, colours };
}
