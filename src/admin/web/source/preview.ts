import { useEffect, useState } from "preact/hooks";
import { callExact, errorText } from "./api";
import type { Request } from "./types";

export interface Preview {
  request?: Request;
  error?: string;
}

// The request that an event would become; nothing is sent. An empty text has no preview.
export function usePreview(event: string, destination: string): Preview {
  const [preview, setPreview] = useState<Preview>({});
  useEffect(() => {
    if (!event.trim()) return setPreview({});
    let cancelled = false;
    callExact("post", "/api/transform", { query: { destination }, body: event }).then(
      (reply) => cancelled || setPreview("error" in reply ? { error: reply.error } : { request: reply }),
      (error) => cancelled || setPreview({ error: errorText(error) }),
    );
    return () => void (cancelled = true);
  }, [event, destination]);
  return preview;
}
