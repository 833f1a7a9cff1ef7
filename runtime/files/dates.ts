// In: one cell of a table. Out: the date it writes, as days since 1970-01-01, with the time of day as the fraction.
// Invariant: a cell is read in the order of its column alone; a day that no calendar has is no date. Linear in the cell.

/** In which order a date is written: 2020-01-31, 31.01.2020, 01/31/2020. */
export type DateOrder = "ymd" | "dmy" | "mdy";

/** The parts of a date as numbers. */
export type DatePart = "days" | "year" | "month" | "weekday";

const YEAR_FIRST = /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(.*)$/;
const YEAR_LAST = /^(\d{1,2})([-/.])(\d{1,2})\2(\d{4})(.*)$/;
const TIME = /^[T ](\d{1,2}):(\d{2})(?::(\d{2})(\.\d{1,9})?)?(?:Z|([+-])(\d{2}):?(\d{2}))?$/;
/** Longer cells are no dates. */
const LONGEST = 40;
const DAY = 86_400;

/** Days since 1970-01-01; undefined for what is no date in this order. */
export function readDate(cell: string, order: DateOrder): number | undefined {
  if (cell.length < 8 || cell.length > LONGEST) return undefined;
  const match = (order === "ymd" ? YEAR_FIRST : YEAR_LAST).exec(cell);
  if (!match) return undefined;
  const [, first, , second, third, rest = ""] = match.map((part) => part ?? "");
  const [year, month, day] =
    order === "ymd" ? [first, second, third] : order === "dmy" ? [third, second, first] : [third, first, second];
  const days = dayOf(Number(year), Number(month), Number(day));
  const time = rest === "" ? 0 : timeOf(rest);
  return days === undefined || time === undefined ? undefined : days + time;
}

/** Undefined for a day that is not in the calendar. */
function dayOf(year: number, month: number, day: number): number | undefined {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  const isReal = date.getUTCMonth() === month - 1 && date.getUTCDate() === day;
  return isReal ? date.getTime() / (1000 * DAY) : undefined;
}

/** The part of a day that has gone by. */
function timeOf(text: string): number | undefined {
  const match = TIME.exec(text);
  if (!match) return undefined;
  const [, hours, minutes, seconds = "0", fraction = "", sign, aheadHours = "0", aheadMinutes = "0"] = match;
  if (Number(hours) > 23 || Number(minutes) > 59 || Number(seconds) > 60) return undefined;
  const ahead = (Number(aheadHours) * 3600 + Number(aheadMinutes) * 60) * (sign === "-" ? -1 : 1);
  return (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds + fraction) - ahead) / DAY;
}

/** The next days of a calendar after two: as many days apart, or as many months where both are the same day of a month. */
export function laterDates(one: number, last: number, count: number): number[] {
  const [a, b] = [partsOf(one), partsOf(last)];
  const months = 12 * (b.year - a.year) + b.month - a.month;
  const isMonthly = months > 0 && a.day === b.day && a.rest === b.rest;
  return Array.from({ length: count }, (_, k) => {
    if (!isMonthly) return last + (k + 1) * (last - one);
    const date = new Date(0);
    const month = b.month + (k + 1) * months;
    date.setUTCFullYear(b.year, month + 1, 0);
    date.setUTCFullYear(b.year, month, Math.min(b.day, date.getUTCDate()));
    return date.getTime() / (1000 * DAY) + b.rest;
  });
}

function partsOf(days: number) {
  const whole = Math.floor(days);
  const date = new Date(whole * 1000 * DAY);
  return { year: date.getUTCFullYear(), month: date.getUTCMonth(), day: date.getUTCDate(), rest: days - whole };
}

/** Days beyond which no calendar of the machine goes. */
const MOST_DAYS = 1e8;

/** A date in an order, and the time of day where there is one; empty for no date. */
export function dateText(days: number, order: DateOrder): string {
  if (!(Math.abs(days) < MOST_DAYS)) return "";
  const seconds = Math.round(days * DAY);
  const iso = new Date(1000 * seconds).toISOString();
  const [, year = "", month = "", day = "", time = ""] = /^(.+)-(..)-(..)T(.{8})/.exec(iso) ?? [];
  const date = { ymd: `${year}-${month}-${day}`, dmy: `${day}.${month}.${year}`, mdy: `${month}/${day}/${year}` }[
    order
  ];
  const clock = time.replace(/:00$/, "");
  return seconds % DAY === 0 ? date : `${date} ${clock}`;
}

/** One number of a date; Monday is 1. */
export function partOfDate(days: number, part: DatePart): number {
  if (part === "days" || Number.isNaN(days)) return days;
  const date = new Date(Math.floor(days) * 1000 * DAY);
  if (part === "year") return date.getUTCFullYear();
  return part === "month" ? date.getUTCMonth() + 1 : ((date.getUTCDay() + 6) % 7) + 1;
}
