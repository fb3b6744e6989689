import { useEffect, useState } from "preact/hooks";
import { callExact, told } from "./api";
import type { Request } from "./types";

export interface Preview {
  request?: Request;
  error?: string;
}

// What an event would become; nothing is sent. Nothing is asked of an empty text.
export function usePreview(event: string, destination: string): Preview {
  const [preview, setPreview] = useState<Preview>({});
  useEffect(() => {
    if (!event.trim()) return setPreview({});
    let left = false;
    callExact<Request & { error?: string }>("POST", "api/transform", { destination }, event).then(
      (answer) => left || setPreview(answer.error === undefined ? { request: answer } : { error: answer.error }),
      (error) => left || setPreview({ error: told(error) }),
    );
    return () => void (left = true);
  }, [event, destination]);
  return preview;
}
