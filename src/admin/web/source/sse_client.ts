import { ApiError, request } from "./api";
import { SseReader, type Message } from "./sse_reader";

// Follows a stream of server-sent events, and reconnects when it breaks. It uses fetch, because EventSource cannot send a
// token.

const firstDelay = 500; // ms, doubled after each failure
const longestDelay = 8000; // ms
const silenceLimit = 15_000; // ms; the daemon sends a comment every 5 s

export interface Listener {
  connected(): void; // after each connection
  message(message: Message): void;
  lost(error: ApiError): void;
}

async function read(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  const silent = new AbortController();
  const abort = () => silent.abort();
  let watchdog = setTimeout(abort, silenceLimit);
  try {
    const response = await request(path, { signal: AbortSignal.any([signal, silent.signal]) });
    listener.connected();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const messages = new SseReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, silenceLimit);
      for (const message of messages.feed(value)) listener.message(message);
    }
  } finally {
    clearTimeout(watchdog);
    silent.abort();
  }
}

function delay(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

// Until `signal` is aborted.
export async function follow(path: string, listener: Listener, signal: AbortSignal): Promise<void> {
  let wait = firstDelay;
  const resetting: Listener = {
    connected: () => ((wait = firstDelay), listener.connected()),
    message: (message) => listener.message(message),
    lost: (error) => listener.lost(error),
  };
  while (!signal.aborted) {
    try {
      await read(path, resetting, signal);
      if (!signal.aborted) listener.lost(new ApiError(0, "the stream ended"));
    } catch (error) {
      if (signal.aborted) return;
      listener.lost(error instanceof ApiError ? error : new ApiError(0, "the stream broke"));
    }
    await delay(wait, signal);
    wait = Math.min(wait * 2, longestDelay);
  }
}
