import { ApiError, request } from "./api";
import { SseReader, type Message } from "./sse";

// Follows a stream of server-sent events, and comes back to it when it breaks. By fetch, as EventSource sends no token.

const firstPause = 500; // ms, doubled up to the longest
const longestPause = 8000;
const silence = 15_000; // ms; the daemon gives a sign of life every 5 s

export interface Follower {
  connected(): void; // at the first connection and at each later one
  message(message: Message): void;
  lost(error: ApiError): void;
}

async function read(path: string, follower: Follower, signal: AbortSignal): Promise<void> {
  const silent = new AbortController();
  const hush = () => silent.abort();
  let watchdog = setTimeout(hush, silence);
  try {
    const response = await request(path, { signal: AbortSignal.any([signal, silent.signal]) });
    follower.connected();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    const messages = new SseReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(hush, silence);
      for (const message of messages.feed(value)) follower.message(message);
    }
  } finally {
    clearTimeout(watchdog);
    silent.abort();
  }
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.addEventListener("abort", () => (clearTimeout(timer), resolve()), { once: true });
  });
}

// Until `signal` says so.
export async function follow(path: string, follower: Follower, signal: AbortSignal): Promise<void> {
  let wait = firstPause;
  const notingSuccess = { ...bound(follower), connected: () => ((wait = firstPause), follower.connected()) };
  while (!signal.aborted) {
    try {
      await read(path, notingSuccess, signal);
      if (!signal.aborted) follower.lost(new ApiError(0, "the stream ended"));
    } catch (error) {
      if (signal.aborted) return;
      follower.lost(error instanceof ApiError ? error : new ApiError(0, "the stream broke"));
    }
    await pause(wait, signal);
    wait = Math.min(wait * 2, longestPause);
  }
}

function bound(follower: Follower): Follower {
  return {
    connected: () => follower.connected(),
    message: (message) => follower.message(message),
    lost: (error) => follower.lost(error),
  };
}
