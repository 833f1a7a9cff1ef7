// Numbers as people read them: figures, rates and times. In: a number. Out: its text.

/** A loss or metric: a share of nothing, 0/0, is none. */
export const figureText = (value: number): string => (Number.isNaN(value) ? "n/a" : numberText(value));

export function numberText(value: number): string {
  if (value === 0) return "0";
  return Math.abs(value) >= 1e5 || Math.abs(value) < 1e-4
    ? value.toExponential(3)
    : Number(value.toPrecision(4)).toString();
}

/** 61706 as 61,706. `toLocaleString` would load the tables of all languages first, which takes 15 ms. */
export const countText = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ",");

export function rateText(rate: number): string {
  if (rate >= 1e6) return `${(rate / 1e6).toFixed(1)}M`;
  return rate >= 1e4 ? `${(rate / 1e3).toFixed(1)}k` : rate.toFixed(rate < 10 ? 1 : 0);
}

export function timeText(seconds: number): string {
  const whole = Math.max(0, Math.round(seconds));
  const [h, m, s] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (h > 0) return `${h}h${String(m).padStart(2, "0")}m`;
  return m > 0 ? `${m}m${String(s).padStart(2, "0")}s` : `${s}s`;
}

/** `1 epoch`, `2 epochs` */
export const counted = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
