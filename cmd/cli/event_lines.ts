/** One server-sent event. */
export interface ServerEvent {
  /** `message` if the server gave no name. */
  readonly name: string;
  readonly data: string;
}

/** Parses server-sent events (https://html.spec.whatwg.org/#event-stream-interpretation) from pieces of text. */
export class EventLines {
  #rest = "";
  #name = "";
  #data: string[] = [];

  /** Returns the events that this piece completes. */
  read(piece: string): ServerEvent[] {
    const lines = (this.#rest + piece).split("\n");
    this.#rest = lines.pop() ?? "";
    return lines.map((line) => this.#line(line.replace(/\r$/, ""))).filter((event) => event !== null);
  }

  #line(line: string): ServerEvent | null {
    if (line === "") return this.#complete();
    const [, field, value] = /^([^:]+):? ?(.*)$/.exec(line) ?? [];
    if (field === "event") this.#name = value ?? "";
    if (field === "data") this.#data.push(value ?? "");
    return null;
  }

  #complete(): ServerEvent | null {
    const event = { name: this.#name || "message", data: this.#data.join("\n") };
    const empty = this.#data.length === 0;
    this.#name = "";
    this.#data = [];
    return empty ? null : event;
  }
}
