import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Exact, isPlain, write } from "./exact_json";

// Indented JSON with coloured syntax.

function Value({ value }: { value: unknown }) {
  if (value instanceof Exact) return <span class="j-number">{value.text}</span>;
  if (typeof value === "string") return <span class="j-string">{JSON.stringify(value)}</span>;
  return <span class="j-number">{JSON.stringify(value) ?? "null"}</span>;
}

function nodes(value: unknown, indent: string): ComponentChildren {
  if (isPlain(value)) return <Value value={value} />;
  const isArray = Array.isArray(value);
  const [open, close] = isArray ? "[]" : "{}";
  const entries = Object.entries(value as object);
  if (entries.length === 0) return open + close;
  const inner = indent + "  ";
  return (
    <>
      {open}
      {entries.map(([key, each], i) => (
        <>
          {"\n" + inner}
          {!isArray && (
            <>
              <span class="j-key">{JSON.stringify(key)}</span>:{" "}
            </>
          )}
          {nodes(each, inner)}
          {i < entries.length - 1 && ","}
        </>
      ))}
      {"\n" + indent + close}
    </>
  );
}

export function JsonView({ value, label }: { value: unknown; label: string }) {
  return (
    <div class="json">
      <pre tabindex={0} aria-label={label}>
        {typeof value === "string" ? value : nodes(value, "")}
      </pre>
      <CopyButton text={() => (typeof value === "string" ? value : write(value))} label={label} />
    </div>
  );
}

function CopyButton({ text, label }: { text: () => string; label: string }) {
  const [done, setDone] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text());
    setDone(true);
    setTimeout(() => setDone(false), 1500);
  };
  if (!navigator.clipboard) return null; // browsers have it only for localhost and https
  return (
    <button class="copy quiet" type="button" onClick={copy} aria-label={`Copy: ${label}`}>
      {done ? "Copied" : "Copy"}
    </button>
  );
}
