import { ApiError, call } from "./api";
import { History } from "./history";
import type { Status } from "./types";

// Polls the daemon every second while the page is visible.

export type Connection = "connecting" | "connected" | "lost" | "locked";

const period = 1000; // ms

export class Monitor {
  status: Status | null = null;
  connection: Connection = "connecting";
  lostSince = 0; // ms
  error = "";
  readonly history = new History();

  private timer = 0;
  private polling = false;
  private readonly watchers = new Set<() => void>();

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  start(): void {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) clearTimeout(this.timer);
      else this.poll();
    });
    this.poll();
  }

  // Now, and every second from now on.
  async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    clearTimeout(this.timer);
    const began = performance.now();
    try {
      this.status = await call("get", "/api/status");
      this.connection = "connected";
      this.history.add(this.status, Date.now() / 1000);
    } catch (error) {
      this.fail(error as ApiError);
    }
    this.polling = false;
    for (const watcher of this.watchers) watcher();
    if (!document.hidden) {
      this.timer = window.setTimeout(() => this.poll(), Math.max(100, period - (performance.now() - began)));
    }
  }

  private fail(error: ApiError): void {
    const connection = error.status === 401 ? "locked" : "lost";
    if (connection === "lost" && this.connection !== "lost") this.lostSince = Date.now();
    this.connection = connection;
    this.error = error.message;
  }
}

export const monitor = new Monitor();
