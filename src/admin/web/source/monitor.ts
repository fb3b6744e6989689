import { ApiError, call, setToken } from "./api";
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
  private polled = Promise.resolve(); // the last poll has ended
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

  // Uses the token from now on. Returns what is wrong with it; empty: nothing is.
  async unlock(token: string): Promise<string> {
    await this.polled; // with the token before
    setToken(token);
    await this.poll();
    return this.connection === "connected" ? "" : this.error;
  }

  // Now, and every second from now on.
  async poll(): Promise<void> {
    if (!this.polling) this.polled = this.pollOnce();
    await this.polled;
  }

  private async pollOnce(): Promise<void> {
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

  // A wrong token is forgotten: each poll with it would count as a further attempt, and make the wait longer.
  private fail(error: ApiError): void {
    const connection = error.status === 401 || error.status === 429 ? "locked" : "lost";
    if (connection === "locked") setToken("");
    if (connection === "lost" && this.connection !== "lost") this.lostSince = Date.now();
    this.connection = connection;
    this.error = error.status === 401 ? "Wrong token." : error.message;
  }
}

export const monitor = new Monitor();
