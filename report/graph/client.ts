// Runs the page of a drawing: draws it, opens and closes blocks, moves and zooms, and shows the line of a box and the boxes
// of a line. Runs in a browser; all text goes through `drawSvg` or `textContent`.

/// <reference lib="dom" />

import type { GraphBox, GraphData } from "./boxes.ts";
import { type Folding, openGroups } from "./folding.ts";
import { layoutGraph } from "./layout.ts";
import { drawSvg } from "./svg.ts";

interface Facts {
  readonly data: GraphData;
  readonly open: readonly string[];
  readonly programs: readonly { readonly file: string; readonly text: string }[];
}

const find = (id: string): HTMLElement => document.getElementById(id)!;
const { data, open: first, programs } = JSON.parse(find("facts").textContent) as Facts;
const view = find("view");
const svgOf = (): SVGSVGElement => view.querySelector("svg")!;
const source = find("source");
const groups = new Map<string, GraphBox>();
let open = new Set(first);
let scale = 1;

function collect(boxes: readonly GraphBox[]): void {
  for (const box of boxes) {
    if (box.kind === "group") groups.set(box.id, box);
    collect(box.children);
  }
}

/** Draws what is open; the box that was used stays where it was and keeps the keyboard. */
function draw(used?: string): void {
  const before = used === undefined ? undefined : boxOf(used)?.getBoundingClientRect();
  view.innerHTML = drawSvg(data.name, layoutGraph(data.roots, open), "page");
  for (const box of view.querySelectorAll<SVGGElement>(".box")) {
    box.setAttribute("tabindex", "0");
    box.setAttribute("role", box.hasAttribute("aria-expanded") ? "button" : "img");
  }
  zoom(scale);
  const after = used === undefined ? undefined : boxOf(used);
  if (!after || !before) return;
  const now = after.getBoundingClientRect();
  view.scrollBy(now.left - before.left, now.top - before.top);
  after.focus({ preventScroll: true });
}

const boxOf = (id: string): SVGGElement | undefined =>
  [...view.querySelectorAll<SVGGElement>(".box")].find((b) => b.dataset.id === id);

function zoom(to: number, x = view.clientWidth / 2, y = view.clientHeight / 2): void {
  const svg = svgOf();
  const { width, height } = svg.viewBox.baseVal;
  const next = Math.min(4, Math.max(0.05, to));
  const [left, top] = [((view.scrollLeft + x) * next) / scale - x, ((view.scrollTop + y) * next) / scale - y];
  svg.setAttribute("width", String(width * next));
  svg.setAttribute("height", String(height * next));
  scale = next;
  view.scrollTo(left, top);
}

function showAll(): void {
  const { width, height } = svgOf().viewBox.baseVal;
  zoom(Math.min(1, view.clientWidth / width, view.clientHeight / height));
}

function toggle(id: string): void {
  if (!groups.has(id)) return;
  if (!open.delete(id)) open.add(id);
  draw(id);
}

function mark(file: string, line: number, scroll: boolean): void {
  for (const e of document.querySelectorAll(".on")) e.classList.remove("on");
  for (const row of source.querySelectorAll<HTMLElement>("span"))
    if (row.dataset.line === String(line) && row.dataset.file === file) {
      row.classList.add("on");
      if (scroll) row.scrollIntoView({ block: "nearest" });
    }
  for (const box of view.querySelectorAll<SVGGElement>(".box:not(.open)"))
    if (box.dataset.line === String(line) && box.dataset.file === file) box.classList.add("on");
}

function listProgram(): void {
  const lines = new Set<string>();
  const visit = (box: GraphBox): void => {
    if (box.place) lines.add(`${box.place.file}:${box.place.line}`);
    box.children.forEach(visit);
  };
  data.roots.forEach(visit);
  for (const { file, text } of programs)
    text.split("\n").forEach((content, i) => {
      const row = document.createElement("span");
      const number = document.createElement("i");
      number.textContent = String(i + 1);
      row.append(number, content === "" ? " " : content);
      row.dataset.file = file;
      row.dataset.line = String(i + 1);
      if (lines.has(`${file}:${i + 1}`)) {
        row.className = "has";
        row.tabIndex = 0;
      }
      source.append(row);
    });
}

const rowOf = (target: EventTarget | null): HTMLElement | undefined =>
  (target as Element | null)?.closest<HTMLElement>("span.has") ?? undefined;

function showRow(row: HTMLElement): void {
  mark(row.dataset.file!, Number(row.dataset.line), false);
  view.querySelector(".on")?.scrollIntoView({ block: "center", inline: "center" });
}

function fold(folding: Folding): void {
  open = openGroups(data.roots, folding);
  draw();
}

const boxAt = (target: EventTarget | null): SVGGElement | undefined =>
  (target as Element | null)?.closest<SVGGElement>(".box") ?? undefined;

let moved = false;
let held: { x: number; y: number } | undefined;

view.addEventListener("click", (event) => {
  const box = boxAt(event.target);
  if (box && !moved) toggle(box.dataset.id!);
});
for (const kind of ["focusin", "mouseover"] as const)
  view.addEventListener(kind, (event) => {
    const box = boxAt(event.target);
    if (box?.dataset.line) mark(box.dataset.file!, Number(box.dataset.line), true);
  });
view.addEventListener("pointerdown", (event) => {
  moved = false;
  if (event.pointerType === "mouse" && event.button === 0) held = { x: event.clientX, y: event.clientY };
});
window.addEventListener("pointermove", (event) => {
  if (!held) return;
  const [dx, dy] = [event.clientX - held.x, event.clientY - held.y];
  if (!moved && Math.hypot(dx, dy) < 4) return;
  moved = true;
  view.scrollBy(-dx, -dy);
  held = { x: event.clientX, y: event.clientY };
});
window.addEventListener("pointerup", () => {
  held = undefined;
});
view.addEventListener(
  "wheel",
  (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = view.getBoundingClientRect();
    zoom(scale * Math.exp(-event.deltaY / 300), event.clientX - left, event.clientY - top);
  },
  { passive: false },
);
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const row = rowOf(event.target);
  const box = boxAt(event.target);
  if (event.key === "Enter" || event.key === " ") {
    if (row) showRow(row);
    else if (box) toggle(box.dataset.id!);
    else return;
    event.preventDefault();
  } else if (event.key === "+" || event.key === "=") zoom(scale * 1.25);
  else if (event.key === "-") zoom(scale / 1.25);
  else if (event.key === "0") showAll();
});
source.addEventListener("click", (event) => {
  const row = rowOf(event.target);
  if (row) showRow(row);
});
find("open").onclick = () => fold("open");
find("first").onclick = () => fold("auto");
find("close").onclick = () => fold("closed");
find("in").onclick = () => zoom(scale * 1.25);
find("out").onclick = () => zoom(scale / 1.25);
find("fit").onclick = showAll;
find("width").onclick = () => zoom(1);

collect(data.roots);
listProgram();
draw();
