// Figures for people. An unknown value is a dash.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
const three = new Intl.NumberFormat("en", { maximumSignificantDigits: 3 });

export const none = "–";

type Maybe = number | null | undefined;

function known(value: Maybe): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

export function count(value: Maybe): string {
  return known(value) ? whole.format(value) : none;
}

// With its noun: 1 event, 2 events.
export function counted(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

export function rate(value: Maybe): string {
  if (!known(value)) return none;
  if (value > 0 && value < 0.1) return "<0.1";
  return value < 10 ? String(Math.round(value * 10) / 10) : count(value);
}

// A duration, to three digits.
export function latency(seconds: Maybe): string {
  if (!known(seconds)) return none;
  if (seconds === 0) return "0";
  if (seconds < 0.001) return `${three.format(seconds * 1e6)} µs`;
  if (seconds < 1) return `${three.format(seconds * 1000)} ms`;
  return seconds < 100 ? `${three.format(seconds)} s` : span(seconds);
}

// A duration, in its two largest units.
export function span(seconds: Maybe): string {
  if (!known(seconds)) return none;
  if (seconds < 1) return seconds > 0 ? "<1 s" : "0 s";
  let rest = Math.round(seconds);
  const parts: string[] = [];
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["min", 60], ["s", 1]] as const) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) parts.push(`${n} ${unit}`);
    else if (parts.length > 0) break;
  }
  return parts.slice(0, 2).join(" ");
}

export function bytes(value: Maybe): string {
  if (!known(value)) return none;
  let size = value;
  for (const unit of ["B", "KiB", "MiB", "GiB"]) {
    if (size < 1000) return `${unit === "B" ? whole.format(size) : three.format(size)} ${unit}`;
    size /= 1024;
  }
  return `${three.format(size)} TiB`;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}

// Local time of day, to the millisecond.
export function clock(iso: string | number): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return none;
  const [h, m, s] = [time.getHours(), time.getMinutes(), time.getSeconds()].map(twoDigits);
  return `${h}:${m}:${s}.${String(time.getMilliseconds()).padStart(3, "0")}`;
}

// Local date and time, to the second; today's without the date.
export function moment(iso: string | number | null | undefined): string {
  const time = new Date(iso ?? NaN);
  if (Number.isNaN(time.getTime())) return none;
  const day = `${time.getFullYear()}-${twoDigits(time.getMonth() + 1)}-${twoDigits(time.getDate())} `;
  return (time.toDateString() === new Date().toDateString() ? "" : day) + clock(time.getTime()).slice(0, 8);
}
