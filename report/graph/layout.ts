// Where everything of a drawing lies. In: boxes within boxes, and which groups are open. Out: rectangles and lines. Each open group
// is laid out by itself, by dagre, and is one box to what is around it; a line enters and leaves it at a port of its frame.
// Lines run straight down beside the boxes of a row and bend only between rows, so that none crosses a box.

import { Graph, layout as layOut } from "@dagrejs/dagre";
import { type GraphBox, parentsOf } from "./boxes.ts";

export interface Rectangle {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface PlacedBox extends Rectangle {
  readonly box: GraphBox;
  /** Whether what is in it is drawn. */
  readonly isOpen: boolean;
}

/** A line down from one box to another: straight where x stays, else bent between two rows. */
export interface PlacedLine {
  /** The open group that it is in, "" for none. */
  readonly group: string;
  readonly from: string;
  readonly to: string;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface Placed {
  readonly width: number;
  readonly height: number;
  /** Frames before what is in them. */
  readonly boxes: readonly PlacedBox[];
  readonly lines: readonly PlacedLine[];
}

/** A value on its way: from a box or port to another, and the box that gave it. */
interface Flow {
  readonly from: string;
  readonly to: string;
  readonly source: string;
}

/** A group by itself, its own corner at 0, 0. */
interface Laid extends Placed {
  /** Where values come in on top, and go out below, by the box that they come from. */
  readonly ins: ReadonlyMap<string, number>;
  readonly outs: ReadonlyMap<string, number>;
}

const MARGIN = 12;
const TITLE = 22;
const ROW_GAP = 30;
const LINE_HEIGHT = 15;
const LETTER = 6.7;
const MOST_WIDTH = 1560;

const IN = "in:";
const OUT = "out:";

/** All roots side by side, in several rows where they would be too wide; those that are joined as one graph. */
export function layoutGraph(roots: readonly GraphBox[], open: ReadonlySet<string>): Placed {
  const flows = flowsIn(roots, open);
  if (flows.has(OUTSIDE)) return shifted(layGroup(OUTSIDE, "", roots, open, flows), MARGIN, MARGIN);
  const laid = roots.map((box) => layGroup("", "", [box], open, flows));
  let [x, y, rowHeight, width] = [MARGIN, MARGIN, 0, 0];
  const parts = laid.map((part) => {
    if (x > MARGIN && x + part.width > MOST_WIDTH) [x, y, rowHeight] = [MARGIN, y + rowHeight + ROW_GAP, 0];
    const at = moved(part, x, y);
    x += part.width + ROW_GAP;
    width = Math.max(width, x - ROW_GAP);
    rowHeight = Math.max(rowHeight, part.height);
    return at;
  });
  return {
    width: width + MARGIN,
    height: y + rowHeight + MARGIN,
    boxes: parts.flatMap((p) => p.boxes),
    lines: parts.flatMap((p) => p.lines),
  };
}

function shifted(laid: Placed, dx: number, dy: number): Placed {
  return { ...moved(laid, dx, dy), width: laid.width + 2 * dx, height: laid.height + 2 * dy };
}

function moved({ boxes, lines, ...rest }: Placed, dx: number, dy: number): Placed {
  return {
    ...rest,
    boxes: boxes.map((b) => ({ ...b, x: b.x + dx, y: b.y + dy })),
    lines: lines.map((l) => ({ ...l, points: l.points.map(([x, y]) => [x + dx, y + dy] as const) })),
  };
}

// ---------------------------------------------------------------- flows

const OUTSIDE = "";

/** The flows of each open group, between its own boxes and its ports; those outside of all under "". */
function flowsIn(roots: readonly GraphBox[], open: ReadonlySet<string>): ReadonlyMap<string, readonly Flow[]> {
  const parents = parentsOf(roots);
  const found = new Map<string, Map<string, Flow>>();
  const add = (group: string, from: string, to: string, source: string): void => {
    const known = found.get(group) ?? new Map<string, Flow>();
    found.set(group, known.set(`${from} ${to} ${source}`, { from, to, source }));
  };
  for (const [user, source] of visibleEdges(roots, parents, open)) {
    const [up, down] = [wayUp(source, parents), wayUp(user, parents)];
    const common = up.find((id) => down.includes(id)) ?? OUTSIDE;
    const above = through(up.slice(0, up.indexOf(common)), (group, from) => add(group, from, OUT + source, source));
    const below = through(down.slice(0, down.indexOf(common)), (group, to) => add(group, IN + source, to, source));
    add(common, above, below, source);
  }
  return new Map([...found].map(([group, flows]) => [group, [...flows.values()]]));
}

/** Goes from a box through the groups around it: each with what stands in it on the way. Gives the last of them. */
function through([box = OUTSIDE, ...groups]: readonly string[], add: (group: string, inner: string) => void): string {
  let inner = box;
  for (const group of groups) {
    add(group, inner);
    inner = group;
  }
  return inner;
}

/** From a box to the groups around it, the last of them "". */
function wayUp(id: string, parents: ReadonlyMap<string, GraphBox | undefined>): readonly string[] {
  const way = [id];
  for (let parent = parents.get(id); parent; parent = parents.get(parent.id)) way.push(parent.id);
  return [...way, OUTSIDE];
}

/** Users and sources, each as the box that is drawn for it. */
function visibleEdges(
  roots: readonly GraphBox[],
  parents: ReadonlyMap<string, GraphBox | undefined>,
  open: ReadonlySet<string>,
): readonly (readonly [user: string, source: string])[] {
  const shown = (id: string): string => wayUp(id, parents).findLast((g) => g !== OUTSIDE && !open.has(g)) ?? id;
  const edges = new Map<string, readonly [string, string]>();
  const visit = (box: GraphBox): void => {
    for (const input of box.inputs) {
      if (!parents.has(input)) continue;
      const [user, source] = [shown(box.id), shown(input)];
      if (user !== source) edges.set(`${user} ${source}`, [user, source]);
    }
    for (const child of box.children) visit(child);
  };
  for (const root of roots) visit(root);
  return [...edges.values()];
}

// ---------------------------------------------------------------- one group

interface Item extends Rectangle {
  readonly laid?: Laid;
}

interface Row {
  readonly top: number;
  readonly bottom: number;
}

/** Of a frame's title: its words and its sign. */
const titleWidth = (title: string): number => title.length * LETTER * 1.08 + TITLE_SIGN;
const TITLE_SIGN = 34;

function layGroup(
  id: string,
  title: string,
  children: readonly GraphBox[],
  open: ReadonlySet<string>,
  flows: ReadonlyMap<string, readonly Flow[]>,
): Laid {
  const inner = new Map(
    children
      .filter((c) => open.has(c.id))
      .map((c) => [c.id, layGroup(c.id, c.title, c.children, open, flows)] as const),
  );
  const own = flows.get(id) ?? [];
  const graph = dagreOf(children, inner, own);
  layOut(graph);
  keepOrder(graph, children);
  const ports = [...new Set(own.flatMap(({ from, to }) => [from, to]).filter(isPort))];
  const [top, bottom] = [IN, OUT].map((side) => ports.find((p) => p.startsWith(side)));
  // The frame stands where the ports are; without any, around the boxes.
  const rects = children.map((c) => rectangleOf(graph, c.id));
  const padTop = id === OUTSIDE ? 0 : TITLE;
  const padding = id === OUTSIDE ? 0 : MARGIN;
  const y0 = top === undefined ? Math.min(...rects.map((r) => r.y)) - padTop : pointOf(graph, top).y;
  const y1 = bottom === undefined ? Math.max(...rects.map((r) => r.y + r.height)) + padding : pointOf(graph, bottom).y;
  const xs = [...rects.flatMap((r) => [r.x, r.x + r.width]), ...pointsOf(graph).map((p) => p.x)];
  // A value that comes in passes beside the title, not through it.
  const beside = ports.filter((p) => p.startsWith(IN)).map((p) => pointOf(graph, p).x - titleWidth(title));
  const [x0, x1] = [Math.min(...xs.map((x) => x - padding), ...beside), Math.max(...xs) + padding];
  const own0 = { x: x0, y: y0 };
  const items = new Map<string, Item>(
    children.map((c) => {
      const laid = inner.get(c.id);
      const r = rectangleOf(graph, c.id);
      return [c.id, { ...r, x: r.x - x0, y: r.y - y0, ...(laid ? { laid } : {}) }];
    }),
  );
  const port = (p: string): number => pointOf(graph, p).x - x0;
  const lines = linesOf(graph, own, items, own0, { id, port, bottom: y1 - y0 });
  const portsOf = (side: string): ReadonlyMap<string, number> =>
    new Map(ports.filter((p) => p.startsWith(side)).map((p) => [p.slice(side.length), port(p)]));
  const nested = [...items.values()].flatMap(({ laid, x, y }) => (laid ? [moved(laid, x, y)] : []));
  return {
    width: Math.max(x1 - x0, id === OUTSIDE ? 0 : titleWidth(title) + MARGIN),
    height: y1 - y0,
    boxes: [
      ...children.map((box) => {
        const { x, y, width, height } = rectangleOf(graph, box.id);
        return { x: x - x0, y: y - y0, width, height, box, isOpen: inner.has(box.id) };
      }),
      ...nested.flatMap((n) => n.boxes),
    ],
    lines: [...lines, ...nested.flatMap((n) => n.lines)],
    ins: portsOf(IN),
    outs: portsOf(OUT),
  };
}

const isPort = (name: string): boolean => name.startsWith(IN) || name.startsWith(OUT);

/** The size of a closed box, by its text. */
function sizeOf({ title, notes, place }: Pick<GraphBox, "title" | "notes" | "place">) {
  // The line's number stands beside the last of them, which is in the middle.
  const lines = [title.length * 1.08, ...notes.map((n, i) => n.length + (place && i === notes.length - 1 ? 6 : 0))];
  return {
    width: Math.max(80, Math.ceil(Math.max(...lines) * LETTER) + 22),
    height: 14 + LINE_HEIGHT * (1 + notes.length),
  };
}

type DagreGraph = InstanceType<typeof Graph>;

function dagreOf(children: readonly GraphBox[], inner: ReadonlyMap<string, Laid>, flows: readonly Flow[]): DagreGraph {
  const graph = new Graph({ multigraph: true });
  const ranker = children.length > 300 ? "longest-path" : "network-simplex";
  graph.setGraph({ nodesep: 18, edgesep: 14, ranksep: ROW_GAP, ranker });
  for (const c of children) {
    const laid = inner.get(c.id);
    graph.setNode(c.id, laid ? { width: laid.width, height: laid.height } : sizeOf(c));
  }
  for (const { from, to, source } of flows) {
    for (const end of [from, to]) if (isPort(end)) graph.setNode(end, { width: 1, height: 0 });
    graph.setEdge(from, to, { weight: isPort(from) || isPort(to) ? 1 : 2 }, source);
  }
  pinPorts(graph, children);
  return graph;
}

const TOP = "top of all";
const BOTTOM = "bottom of all";

/** Ports stand in the first row and in the last. */
function pinPorts(graph: DagreGraph, children: readonly GraphBox[]): void {
  const ports = graph.nodes().filter(isPort);
  const ins = ports.filter((p: string) => p.startsWith(IN));
  const outs = ports.filter((p: string) => p.startsWith(OUT));
  const ids = children.map((c) => c.id);
  if (ins.length > 0) {
    graph.setNode(TOP, { width: 1, height: 0 });
    for (const p of ins) graph.setEdge(TOP, p, { weight: 1000, minlen: 1 });
    // A box without an input of its own is still below the frame's top.
    for (const id of ids)
      if ((graph.predecessors(id) ?? []).length === 0) graph.setEdge(TOP, id, { weight: 0, minlen: 2 });
  }
  if (outs.length > 0) {
    graph.setNode(BOTTOM, { width: 1, height: 0 });
    for (const p of outs) graph.setEdge(p, BOTTOM, { weight: 1000, minlen: 1 });
    for (const id of ids)
      if ((graph.successors(id) ?? []).length === 0) graph.setEdge(id, BOTTOM, { weight: 0, minlen: 2 });
  }
}

/** Of the two mirror images that which has boxes of a row in the order of the program. */
function keepOrder(graph: DagreGraph, children: readonly GraphBox[]): void {
  let turned = 0;
  const places = children.map((c) => graph.node(c.id) as Point);
  for (const [i, { x, y }] of places.entries())
    for (const before of places.slice(Math.max(0, i - NEIGHBOURS), i))
      if (before.y === y) turned += Math.sign(before.x - x);
  if (turned <= 0) return;
  for (const id of graph.nodes()) mirror(graph.node(id) as { x: number });
  for (const e of graph.edges())
    for (const p of (graph.edge(e) as { points?: { x: number }[] }).points ?? []) mirror(p);
}

/** Boxes this near in the program are compared. */
const NEIGHBOURS = 40;

const mirror = (place: { x: number }): void => {
  place.x = -place.x;
};

/** Where dagre has put a box or a port. */
function pointOf(graph: DagreGraph, id: string): Point {
  const { x, y } = graph.node(id);
  if (x === undefined || y === undefined) throw new Error(`${id} has no place`);
  return { x, y };
}

function rectangleOf(graph: DagreGraph, id: string): Rectangle {
  const { x, y, width, height } = graph.node(id) as { x: number; y: number; width: number; height: number };
  return { x: x - width / 2, y: y - height / 2, width, height };
}

type Point = { readonly x: number; readonly y: number };

interface Edge {
  readonly v: string;
  readonly w: string;
  readonly name?: string;
}

const isPinned = (e: Edge): boolean => e.v === TOP || e.w === BOTTOM;

const pointsOf = (graph: DagreGraph): readonly Point[] =>
  graph.edges().flatMap((e: Edge) => (isPinned(e) ? [] : ((graph.edge(e) as { points: Point[] }).points ?? [])));

// ---------------------------------------------------------------- lines

interface Frame {
  readonly id: string;
  readonly port: (name: string) => number;
  readonly bottom: number;
}

/** Lines from the bottom of a box to the top of another, by the places that dagre keeps free for them in each row between. */
function linesOf(
  graph: DagreGraph,
  flows: readonly Flow[],
  items: ReadonlyMap<string, Item>,
  origin: Point,
  frame: Frame,
): PlacedLine[] {
  const rows = rowsOf(items);
  return flows.map(({ from, to, source: value }) => {
    const source = items.get(from);
    const target = items.get(to);
    const start = source
      ? ([endAt(source, "outs", value), source.y + source.height] as const)
      : ([frame.port(from), 0] as const);
    const end = target ? ([endAt(target, "ins", value), target.y] as const) : ([frame.port(to), frame.bottom] as const);
    const points: (readonly [number, number])[] = [start];
    const { points: given } = graph.edge(from, to, value) as { points: readonly Point[] };
    const [low, high] = [rowAt(rows, source)?.bottom ?? start[1], rowAt(rows, target)?.top ?? end[1]];
    if (low > start[1]) points.push([start[0], low]);
    for (const row of rows) {
      if (row.top < low || row.bottom > high) continue;
      const x = xAt(given, (row.top + row.bottom) / 2 + origin.y) - origin.x;
      points.push([x, row.top], [x, row.bottom]);
    }
    if (high < end[1]) points.push([end[0], high]);
    points.push(end);
    return { group: frame.id, from, to, points };
  });
}

/** Where a value leaves a box or enters it: an open group at its port. */
function endAt({ x, width, laid }: Item, side: "ins" | "outs", source: string): number {
  const port = laid?.[side].get(source);
  return x + (port ?? width / 2);
}

/** Boxes with one middle are one row, as high as the highest of them. */
function rowsOf(items: ReadonlyMap<string, Item>): readonly Row[] {
  const rows = new Map<number, Row>();
  for (const { y, height } of items.values()) {
    const middle = Math.round((y + height / 2) * 100) / 100;
    const known = rows.get(middle);
    rows.set(middle, { top: Math.min(y, known?.top ?? y), bottom: Math.max(y + height, known?.bottom ?? y + height) });
  }
  return [...rows.values()].toSorted((a, b) => a.top - b.top);
}

const rowAt = (rows: readonly Row[], item: Item | undefined): Row | undefined =>
  item && rows.find((r) => r.top <= item.y && item.y + item.height <= r.bottom);

/** Where dagre's line is at a height. */
function xAt(points: readonly Point[], y: number): number {
  const [first, ...rest] = points;
  if (!first) throw new Error("a line without points");
  let a = first;
  for (const [i, b] of rest.entries()) {
    const isPast = y > b.y && i < rest.length - 1;
    if (!isPast) return b.y === a.y ? b.x : a.x + (b.x - a.x) * Math.min(1, Math.max(0, (y - a.y) / (b.y - a.y)));
    a = b;
  }
  return a.x;
}
