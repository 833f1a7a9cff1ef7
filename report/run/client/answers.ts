// Runs in the page: what each class is taken for, with the rows behind every cell, or numbers against what is right. It stands in
// the page as its own text.

import type { Example, ReportCase, ReportClasses, ReportData, ReportNumbers } from "../data.ts";
import type { Ui } from "./ui.ts";

export function showAnswers(
  { make, section, table, figure, visible, bars, colours }: Ui,
  { assessment, sheet }: Pick<ReportData, "assessment" | "sheet">,
): void {
  const picture = (index: number): HTMLElement => {
    const { source, width, height, columns, rows } = sheet!;
    const scale = Math.max(1, Math.round(64 / Math.max(width, height)));
    const place = make("span", { class: "picture", role: "img", "aria-label": "the picture of this row" });
    const [x, y] = [index % columns, Math.floor(index / columns)];
    place.style.width = `${width * scale}px`;
    place.style.height = `${height * scale}px`;
    place.style.backgroundImage = `url(${source})`;
    place.style.backgroundSize = `${columns * width * scale}px ${rows * height * scale}px`;
    place.style.backgroundPosition = `${-x * width * scale}px ${-y * height * scale}px`;
    return place;
  };
  const content = (example: Example, row: number): HTMLElement => {
    if (example.picture !== undefined && sheet) return picture(example.picture);
    if (example.text !== undefined) return make("code", {}, visible(example.text));
    const { cells } = example;
    if (!cells) return make("span", {}, `row ${row + 1}`);
    return make("dl", {}, ...cells.flatMap(([name, value]) => [make("dt", {}, visible(name)), make("dd", {}, value)]));
  };
  const percent = (share: number): string => `${(100 * share).toFixed(share > 0.995 || share < 0.005 ? 2 : 0)}%`;

  const ofClasses = (found: ReportClasses): void => {
    const { labels, matrix, classes } = found;
    const name = (index: number): string => visible(labels[index]!);
    const card = (one: ReportCase): HTMLElement =>
      make(
        "figure",
        { class: "case" },
        content(one.example, one.row),
        make(
          "figcaption",
          {},
          one.right === one.answer
            ? `${name(one.right)}, ${percent(one.probability)}`
            : `${name(one.right)} (${percent(one.probability)}) taken for ${name(one.answer)} (${percent(one.confidence)})`,
          make("small", {}, ` row ${one.row + 1}${found.positions > 1 ? `, place ${one.position + 1}` : ""}`),
        ),
      );
    const cases = make("div", { class: "cases", "aria-live": "polite" });
    const open = (right: number, answer: number, count: number): void => {
      const some = found.cells[right * labels.length + answer] ?? [];
      const title =
        right === answer
          ? `${count} times right: ${name(right)}`
          : `${count} times ${name(right)} taken for ${name(answer)}`;
      const shown = some.length < count ? `${title}; ${some.length} of them, the surest first` : title;
      cases.replaceChildren(make("h3", {}, shown), ...some.map(card));
    };
    const cell = (right: number, answer: number, count: number, all: number): HTMLElement => {
      const place = make("td", { class: right === answer ? "cell right" : "cell" });
      place.style.setProperty("--share", String(count / Math.max(1, all)));
      if (count === 0) return place;
      const words = right === answer ? `${name(right)}, right` : `${name(right)} taken for ${name(answer)}`;
      const button = make("button", { type: "button", title: `${words}: ${count}` }, String(count));
      button.addEventListener("click", () => open(right, answer, count));
      place.append(button);
      return place;
    };
    const summary = make(
      "p",
      {},
      `${found.count.toLocaleString("en")} answers (${found.part}), ${percent(found.accuracy)} right.`,
      found.perplexity === undefined ? "" : ` Perplexity ${figure(found.perplexity)}.`,
    );
    if (matrix) {
      const head = make(
        "tr",
        {},
        make("th", {}, "right ↓ answer →"),
        ...labels.map((_, i) => make("th", { scope: "col" }, name(i))),
      );
      const lines = matrix.map((line, i) => {
        const all = line.reduce((a, b) => a + b, 0);
        return make("tr", {}, make("th", { scope: "row" }, name(i)), ...line.map((count, j) => cell(i, j, count, all)));
      });
      const grid = make("table", { class: "matrix" }, make("thead", {}, head), make("tbody", {}, ...lines));
      section(
        "answers",
        "What each class is taken for",
        summary,
        make("p", {}, "Choose a number to see its rows."),
        make("div", { class: "wide", tabindex: "0" }, grid),
        cases,
      );
    } else {
      const pairs = found.confusions.map(({ right, answer, count }) => {
        const button = make("button", { type: "button" }, String(count));
        button.addEventListener("click", () => open(right, answer, count));
        return [name(right), name(answer), button];
      });
      section(
        "answers",
        "What is taken for something else",
        summary,
        table(["right", "answer", "times"], pairs),
        cases,
      );
    }
    const rows = classes.map((c) => [
      visible(c.label),
      String(c.count),
      ...[c.precision, c.recall, c.f1, c.loss].map(figure),
    ]);
    const title = found.perplexity === undefined ? "Each class" : "Each character, the hardest first";
    section("classes", title, table(["class", "count", "precision", "recall", "F1", "loss"], rows));
    if (found.worst.length > 0)
      section(
        "worst",
        "Worst mistakes",
        make("p", {}, "Those where what is right was held least likely."),
        make("div", { class: "cases" }, ...found.worst.map(card)),
      );
  };

  const ofNumbers = (found: ReportNumbers): void => {
    const rows = found.figures.map((f) => [visible(f.name), ...[f.r2, f.rmse, f.mae].map(figure)]);
    const values = found.points.flatMap((p) => [Number(p.right), Number(p.answer)]).filter(Number.isFinite);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const size = 320;
    const at = (v: number): string => (high > low ? ((v - low) / (high - low)) * (size - 16) + 8 : size / 2).toFixed(1);
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const add = (tag: string, attributes: Record<string, string>): void => {
      const part = document.createElementNS("http://www.w3.org/2000/svg", tag);
      for (const [key, value] of Object.entries(attributes)) part.setAttribute(key, value);
      drawing.append(part);
    };
    drawing.setAttribute("viewBox", `0 0 ${size} ${size}`);
    drawing.setAttribute("class", "scatter");
    drawing.setAttribute("role", "img");
    drawing.setAttribute("aria-label", "answers against what is right; on the line they are equal");
    add("rect", { x: "0.5", y: "0.5", width: String(size - 1), height: String(size - 1), class: "frame" });
    add("line", { x1: at(low), y1: at(high), x2: at(high), y2: at(low), class: "equal" });
    for (const { right, answer } of found.points)
      add("circle", {
        cx: at(Number(right)),
        cy: String(size - Number(at(Number(answer)))),
        r: "2",
        fill: colours[0]!,
        "fill-opacity": "0.5",
      });
    const axes = make(
      "figcaption",
      {},
      `across what is right, up the answer; both from ${figure(low)} to ${figure(high)}`,
    );
    const { residuals } = found;
    const spread = `answer less what is right: ${figure(residuals.low)} to ${figure(residuals.high)}, mean ${figure(residuals.mean)}, deviation ${figure(residuals.deviation)}`;
    section(
      "answers",
      "Answers against what is right",
      make("p", {}, `${found.count.toLocaleString("en")} numbers (${found.part}).`),
      table(["", "R2", "RMSE", "MAE"], rows),
      make(
        "div",
        { class: "pair" },
        make("figure", {}, drawing, axes),
        make("figure", {}, bars(residuals.bins, spread), make("figcaption", {}, spread)),
      ),
    );
    const worst = found.worst.map((w) =>
      make(
        "figure",
        { class: "case" },
        content(w.example, w.row),
        make(
          "figcaption",
          {},
          `${figure(w.answer)}, right is ${figure(w.right)}`,
          make("small", {}, ` row ${w.row + 1}`),
        ),
      ),
    );
    if (worst.length > 0) section("worst", "Furthest off", make("div", { class: "cases" }, ...worst));
  };

  if (assessment?.kind === "classes") ofClasses(assessment);
  if (assessment?.kind === "numbers") ofNumbers(assessment);
}
