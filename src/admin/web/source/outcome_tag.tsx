const tones: Record<string, string> = {
  accepted: "", delivered: "good", retried: "busy", dead_letter: "bad", dropped: "", rejected: "bad",
};

export function OutcomeTag({ outcome }: { outcome: string }) {
  return <span class={`tag ${tones[outcome] ?? ""}`}>{outcome.replace("_", " ")}</span>;
}
