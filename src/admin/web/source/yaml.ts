import { isPlain } from "./exact_json";

// A configuration as YAML for people. Not for values of several lines.

const safe = /^[A-Za-z0-9_./][A-Za-z0-9_./:@%+-]*( [A-Za-z0-9_./%+-]+)*$/;
const ambiguous = /^(true|false|yes|no|on|off|null|~|[-+.\d][\d_.eE+-]*)$/i; // would be parsed as another type

function plain(value: unknown): string {
  if (typeof value !== "string") return String(value);
  return safe.test(value) && !ambiguous.test(value) && !/:( |$)/.test(value) ? value : JSON.stringify(value);
}

function inline(value: unknown): string | undefined {
  if (isPlain(value)) return plain(value);
  const parts = Object.values(value as object);
  if (parts.length === 0) return Array.isArray(value) ? "[]" : "{}";
  if (Array.isArray(value) && value.every(isPlain)) return `[${value.map(plain).join(", ")}]`;
  return undefined;
}

export function toYaml(value: unknown, indent = ""): string {
  const short = inline(value);
  if (short !== undefined) return indent + short;
  if (Array.isArray(value)) {
    return value.map((each) => `${indent}- ${toYaml(each, indent + "  ").trimStart()}`).join("\n");
  }
  return Object.entries(value as object)
    .map(([key, each]) => {
      const text = inline(each);
      return `${indent}${key}:${text === undefined ? "\n" + toYaml(each, indent + "  ") : " " + text}`;
    })
    .join("\n");
}
