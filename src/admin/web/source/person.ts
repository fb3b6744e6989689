// The person of an event, for people: the user id, else the email, else the anonymous id.
export function userOf(event: unknown): string {
  if (event === null || typeof event !== "object") return "–";
  const parts = event as Record<string, unknown>;
  const { traits, context } = parts as { traits?: Record<string, unknown>; context?: { traits?: Record<string, unknown> } };
  const all = [parts.userId, traits?.email, context?.traits?.email, parts.anonymousId];
  return String(all.find((each) => typeof each === "string" && each !== "") ?? "–");
}
