// JSON whose numbers stay as they were written: 49.90 and 12345678901234567890 are shown to the last digit.

export class Exact {
  constructor(readonly text: string) {}
}

type Reviver = (key: string, value: unknown, context?: { source?: string }) => unknown;

// A browser that does not pass a number's source text gives the parsed number.
const keep: Reviver = (_key, value, context) =>
  typeof value === "number" && context?.source !== undefined && String(value) !== context.source
    ? new Exact(context.source)
    : value;

export function parse<T>(text: string): T {
  return JSON.parse(text, keep as (key: string, value: unknown) => unknown) as T;
}

export function isPlain(value: unknown): boolean {
  return value === null || typeof value !== "object" || value instanceof Exact;
}

export function write(value: unknown, indent = ""): string {
  if (value instanceof Exact) return value.text;
  if (isPlain(value)) return JSON.stringify(value) ?? "null";
  const inner = indent + "  ";
  const isArray = Array.isArray(value);
  const parts = isArray
    ? value.map((each) => inner + write(each, inner))
    : Object.entries(value as object).map(([key, each]) => `${inner}${JSON.stringify(key)}: ${write(each, inner)}`);
  const [open, close] = isArray ? "[]" : "{}";
  return parts.length === 0 ? open + close : `${open}\n${parts.join(",\n")}\n${indent}${close}`;
}
