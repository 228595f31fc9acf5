import { constants, gunzipSync } from "node:zlib";
import { eventually } from "../../eventually.ts";
import { RawClient } from "./raw_client.ts";

/** Everything that a browser loads to show the page at `path`, and what each of it is on the wire, in bytes: the page first, its events last. */
export async function pageLoad(origin: string, path = "/"): Promise<Map<string, number>> {
  const page = await fetch(origin + path, { headers: ZIPPED });
  const sizes = new Map([[path, sizeOf(page)]]);
  for (const [, link = ""] of (await page.text()).matchAll(LOADED)) {
    const file = await fetch(origin + link.replaceAll("&amp;", "&"), { headers: ZIPPED });
    await file.arrayBuffer();
    sizes.set(link, sizeOf(file));
  }
  const { port } = new URL(origin);
  const stream = await openZippedStream(Number(port));
  await eventually(() => streamText(stream).endsWith("\n\n"));
  stream.socket.destroy();
  return sizes.set("/v1/events", streamBytes(stream).length);
}

/** Files, and both charts: that of hours is shown at first, that of days when somebody switches to it. */
const LOADED = /(?:href|src)="(\/assets\/[^"#]+|\/history\/[^"]*&amp;as=svg)/g;

const ZIPPED = { "accept-encoding": "gzip" };

function sizeOf({ headers, url }: Response): number {
  if (headers.get("content-encoding") === null && !url.endsWith(".woff2")) throw new Error(`${url} is not compressed`);
  return Number(headers.get("content-length"));
}

export async function openZippedStream(port: number): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send("GET /v1/events HTTP/1.1\r\nHost: a\r\nAccept-Encoding: gzip\r\n\r\n");
  await eventually(() => client.received.includes("\r\n\r\n"));
  return client;
}

export function streamBytes({ received }: RawClient): Buffer {
  return Buffer.from(received.slice(received.indexOf("\r\n\r\n") + 4), "latin1");
}

/** What has come of a compressed stream that goes on. */
export function streamText(client: RawClient): string {
  const bytes = streamBytes(client);
  return bytes.length === 0 ? "" : gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString();
}
