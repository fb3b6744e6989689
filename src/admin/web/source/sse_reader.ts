// Parses server-sent events from pieces of text that may be cut anywhere.

export interface Message {
  event: string;
  data: string;
}

export class SseReader {
  private rest = "";
  private event = "";
  private data: string[] = [];

  // The messages that `piece` completes.
  feed(piece: string): Message[] {
    const completed: Message[] = [];
    this.rest += piece;
    // A \r at the very end may be half of a \r\n.
    const end = this.rest.endsWith("\r") ? this.rest.length - 1 : this.rest.length;
    const lines = this.rest.slice(0, end).split(/\r\n|\n|\r/);
    this.rest = (lines.pop() ?? "") + this.rest.slice(end);
    for (const line of lines) {
      const message = this.take(line);
      if (message) completed.push(message);
    }
    return completed;
  }

  private take(line: string): Message | undefined {
    if (line === "") {
      const message = { event: this.event || "message", data: this.data.join("\n") };
      const isThere = this.data.length > 0;
      this.event = "";
      this.data = [];
      return isThere ? message : undefined;
    }
    const colon = line.indexOf(":");
    const field = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (field === "event") this.event = value;
    if (field === "data") this.data.push(value);
    return undefined; // a comment, or a field that the page does not need
  }
}
