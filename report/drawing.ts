// A layered drawing as SVG: each vertex below everything it is computed from, and in its row near what it is joined to.

import { itemAt } from "../compiler/arithmetic/lists.ts";
import { lookUp } from "../compiler/arithmetic/lookup.ts";
import { plainText } from "../compiler/diagnostics/plain.ts";

const WIDTH = 170;
const HEIGHT = 40;
const GAP_X = 24;
const GAP_Y = 36;
const SWEEPS = 6;
const FILLS: Readonly<Record<Vertex["kind"], string>> = {
  input: "#dbeafe",
  weight: "#fef3c7",
  state: "#fde2e2",
  operation: "#ffffff",
};

export function drawSvg(drawing: Drawing): string {
  const rows = orderRows(rowsOf(drawing), drawing);
  const most = Math.max(1, ...rows.map((r) => r.length));
  const size = { width: most * (WIDTH + GAP_X) + GAP_X, height: rows.length * (HEIGHT + GAP_Y) + GAP_Y };
  const places = placesOf(rows, size.width);
  const lines = drawing.edges.map(([from, to]) => edge(lookUp(places, from), lookUp(places, to)));
  const boxes = drawing.vertices.map((v) => box(v, lookUp(places, v.id)));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${size.width} ${size.height}" width="${size.width}" height="${size.height}" font-family="sans-serif" font-size="12">`,
    `<title>${escaped(drawing.name)}</title>`,
    ...lines,
    ...boxes,
    "</svg>",
  ].join("\n");
}

interface Place {
  readonly x: number;
  readonly y: number;
}

/** Ids by layer: a layer is the longest way from anything without inputs. Leaves stand just above their first user. */
function rowsOf({ vertices, edges }: Drawing): string[][] {
  const layer = new Map<string, number>();
  const into = grouped(edges.map(([a, b]) => [b, a] as const));
  for (const { id } of vertices) layer.set(id, Math.max(-1, ...(into.get(id) ?? []).map((i) => lookUp(layer, i))) + 1);
  const outOf = grouped(edges);
  for (const { id, kind } of vertices) {
    const users = outOf.get(id) ?? [];
    if (kind !== "operation" && users.length > 0)
      layer.set(id, Math.max(0, Math.min(...users.map((u) => lookUp(layer, u))) - 1));
  }
  const rows: string[][] = [];
  for (const { id } of vertices) (rows[lookUp(layer, id)] ??= []).push(id);
  return Array.from(rows, (r) => r ?? []);
}

/** Sweeps down and up, each row sorted by the mean place of what its vertices are joined to (Sugiyama et al., 1981). */
function orderRows(rows: string[][], { edges }: Drawing): string[][] {
  const joined = grouped([...edges, ...edges.map(([a, b]) => [b, a] as const)]);
  for (let sweep = 0; sweep < SWEEPS; sweep++) {
    const place = new Map(rows.flatMap((row) => row.map((id, i) => [id, (i + 0.5) / row.length] as const)));
    const turn = sweep % 2 === 0 ? rows.keys() : [...rows.keys()].reverse();
    for (const r of turn) {
      const mean = (id: string): number => {
        const near = (joined.get(id) ?? []).map((j) => lookUp(place, j));
        return near.length === 0 ? lookUp(place, id) : near.reduce((a, b) => a + b, 0) / near.length;
      };
      const row = itemAt(rows, r)
        .map((id) => [id, mean(id)] as const)
        .sort((a, b) => a[1] - b[1]);
      rows[r] = row.map(([id]) => id);
      row.forEach(([id], i) => {
        place.set(id, (i + 0.5) / row.length);
      });
    }
  }
  return rows;
}

function placesOf(rows: readonly (readonly string[])[], width: number): Map<string, Place> {
  const places = new Map<string, Place>();
  rows.forEach((row, r) => {
    const left = (width - row.length * (WIDTH + GAP_X) + GAP_X) / 2;
    row.forEach((id, i) => {
      places.set(id, { x: left + i * (WIDTH + GAP_X), y: GAP_Y / 2 + r * (HEIGHT + GAP_Y) });
    });
  });
  return places;
}

function grouped(pairs: readonly (readonly [string, string])[]): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [a, b] of pairs) groups.set(a, [...(groups.get(a) ?? []), b]);
  return groups;
}

function edge(from: Place, to: Place): string {
  const [x1, y1, x2, y2] = [from.x + WIDTH / 2, from.y + HEIGHT, to.x + WIDTH / 2, to.y];
  const bend = (y2 - y1) / 2;
  return `<path d="M${x1} ${y1}C${x1} ${y1 + bend} ${x2} ${y2 - bend} ${x2} ${y2}" fill="none" stroke="#888"/>`;
}

function box(v: Vertex, { x, y }: Place): string {
  const round = v.kind === "input" ? HEIGHT / 2 : 4;
  const middle = x + WIDTH / 2;
  return [
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="${round}" fill="${FILLS[v.kind]}" stroke="#444"/>`,
    `<text x="${middle}" y="${y + 17}" text-anchor="middle">${escaped(short(v.title))}</text>`,
    `<text x="${middle}" y="${y + 32}" text-anchor="middle" fill="#666">${escaped(v.shape)}</text>`,
  ].join("");
}

const short = (text: string): string => (text.length > 26 ? `…${text.slice(-25)}` : text);
const escaped = (text: string): string =>
  plainText(text).replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

export interface Vertex {
  readonly id: string;
  readonly title: string;
  readonly shape: string;
  readonly kind: "input" | "weight" | "state" | "operation";
}

export interface Drawing {
  readonly name: string;
  readonly vertices: readonly Vertex[];
  readonly edges: readonly (readonly [from: string, to: string])[];
}
