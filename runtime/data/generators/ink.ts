// In: line segments in pixels. Out: grey values, antialiased, of a round pen drawn along them.
// Invariant: a pixel depends only on its distance to the nearest segment; untouched pixels stay zero.

/** Its two ends, in pixels. */
export type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

export interface Pen {
  /** Half the width of the line, in pixels. */
  readonly radius: number;
  /** Width of the edge over which ink fades out, in pixels: 1 is sharp, more is blurred. */
  readonly softness: number;
}

/** Squared distance of a point to the segment from (x0, y0) by (dx, dy); `inverse` is 1 / (dx^2 + dy^2). */
function squaredDistance(x: number, y: number, dx: number, dy: number, inverse: number): number {
  const along = Math.min(1, Math.max(0, (x * dx + y * dy) * inverse));
  const across = x - along * dx;
  const down = y - along * dy;
  return across * across + down * down;
}

/** Lowers `nearest` (height x width, squared distances) to the distance of this segment, within `reach` pixels of it. */
function approach(nearest: Float32Array, width: number, height: number, segment: Segment, reach: number): void {
  const [x0, y0, x1, y1] = segment;
  const [dx, dy] = [x1 - x0, y1 - y0];
  const inverse = 1 / Math.max(1e-9, dx * dx + dy * dy);
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  const right = Math.min(width - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
  const bottom = Math.min(height - 1, Math.floor(Math.max(y0, y1) + reach));
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const distance = squaredDistance(x - x0, y - y0, dx, dy, inverse);
      const at = y * width + x;
      if (distance < nearest[at]!) nearest[at] = distance;
    }
  }
}

/** Draws into `image` (height x width, row by row); pixel (0, 0) has its centre at x = 0, y = 0. */
export function draw(image: Float32Array, width: number, height: number, segments: readonly Segment[], pen: Pen): void {
  const reach = pen.radius + pen.softness / 2;
  const far = reach * reach;
  image.fill(far);
  for (const segment of segments) approach(image, width, height, segment, reach);
  for (let at = 0; at < image.length; at++) {
    const distance = image[at]!;
    const depth = distance < far ? (reach - Math.sqrt(distance)) / pen.softness : 0;
    image[at] = Math.min(1, depth);
  }
}
