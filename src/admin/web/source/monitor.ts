import { ApiError, call } from "./api";
import { History } from "./history";
import type { Status } from "./types";

// Looks at the daemon every second, while somebody looks at the page.

export type Reach = "starting" | "reached" | "lost" | "locked";

const period = 1000; // ms

export class Monitor {
  status: Status | null = null;
  reach: Reach = "starting";
  lostSince = 0; // ms
  trouble = "";
  readonly history = new History();

  private timer = 0;
  private looking = false;
  private readonly watchers = new Set<() => void>();

  watch(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  start(): void {
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) clearTimeout(this.timer);
      else this.look();
    });
    this.look();
  }

  // Now, and every second from now on.
  async look(): Promise<void> {
    if (this.looking) return;
    this.looking = true;
    clearTimeout(this.timer);
    const began = performance.now();
    try {
      this.status = await call<Status>("GET", "api/status");
      this.reach = "reached";
      this.history.add(this.status, Date.now() / 1000);
    } catch (error) {
      this.fail(error as ApiError);
    }
    this.looking = false;
    for (const watcher of this.watchers) watcher();
    if (!document.hidden) {
      this.timer = window.setTimeout(() => this.look(), Math.max(100, period - (performance.now() - began)));
    }
  }

  private fail(error: ApiError): void {
    const reach = error.status === 401 ? "locked" : "lost";
    if (reach === "lost" && this.reach !== "lost") this.lostSince = Date.now();
    this.reach = reach;
    this.trouble = error.message;
  }
}

export const monitor = new Monitor();
