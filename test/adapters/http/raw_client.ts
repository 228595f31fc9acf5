import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { eventually } from "../../eventually.ts";

/** A client that sends exactly the bytes it is given. */
export class RawClient {
  readonly socket: Socket;
  /** Everything received so far. */
  received = "";
  closed = false;
  /** How the connection broke, for example ECONNRESET; null while it did not. */
  brokenBy: string | null = null;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.setEncoding("latin1");
    socket.on("data", (text: string) => {
      this.received += text;
    });
    // A reset is one of the ways in which a server closes.
    socket.on("error", ({ code }: NodeJS.ErrnoException) => {
      this.brokenBy = code ?? "unknown";
    });
    socket.on("close", () => {
      this.closed = true;
    });
  }

  /** `allowHalfOpen`: goes on sending after the server has ended its side, until the test ends this one. `localAddress`: of loopback. */
  static async open(port: number, { allowHalfOpen = false, localAddress = "127.0.0.1" } = {}): Promise<RawClient> {
    const socket = connect({ port, host: "127.0.0.1", allowHalfOpen, localAddress });
    const client = new RawClient(socket);
    await once(socket, "connect");
    return client;
  }

  /** One byte a character. */
  send(bytes: string): void {
    this.socket.write(bytes, "latin1");
  }

  /** Status of each response so far. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status));
  }

  async untilClosed(): Promise<void> {
    await eventually(() => this.closed);
  }
}

/** Sends bytes on a connection of their own and gives all that comes back until the server closes it. */
export async function exchange(port: number, bytes: string): Promise<string> {
  const client = await RawClient.open(port);
  client.send(bytes);
  await client.untilClosed();
  return client.received;
}

/** A request's text; `Connection: close` so that its answer has an end. */
export function request(line: string, headers: readonly string[] = [], body = ""): string {
  return [`${line} HTTP/1.1`, "Host: counter", "Connection: close", ...headers, "", body].join("\r\n");
}

export function postJson(path: string, body: string, type = "application/json"): string {
  return request(`POST ${path}`, [`Content-Type: ${type}`, `Content-Length: ${Buffer.byteLength(body)}`], body);
}

/** The response's parts: what a problem says is in `body`. */
export function parseResponse(text: string): { status: number; headers: Headers; body: string } {
  const [head = "", ...rest] = text.split("\r\n\r\n");
  const [statusLine = "", ...lines] = head.split("\r\n");
  const headers = new Headers(
    lines.map((line): [string, string] => [line.split(":", 1)[0] ?? "", line.replace(/^[^:]*:/, "")]),
  );
  return { status: Number(statusLine.split(" ")[1]), headers, body: rest.join("\r\n\r\n") };
}
