import { randomInt } from "node:crypto";
import { request } from "node:http";
import type { ImportedJson } from "../../internal/adapters/http/adjusting/import_route.ts";

/** The last line of the answer to an import. */
export type Imported = ImportedJson | { readonly done: false | "unknown"; readonly status: number };

interface ImportRequest {
  readonly key: string;
  readonly lines: readonly object[];
}

/** Each part waits for its round, and perhaps for another leader. */
const GIVE_UP_MS = 8_000;
/** A client that is cut off may have heard of its first part, or of nothing. */
const LONGEST_UNTIL_CUT_MS = 1_500;

/** Sends a whole import. Resolves to the last line of the answer; rejects if none comes. */
export async function sendImport(
  { port }: { readonly port: number },
  token: string,
  { key, lines }: ImportRequest,
): Promise<Imported> {
  const response = await fetch(`http://127.0.0.1:${port}/v1/import`, {
    method: "POST",
    body: bodyOf(lines),
    headers: headersOf(token, key),
    signal: AbortSignal.timeout(GIVE_UP_MS),
  });
  const [last = ""] = (await response.text()).trimEnd().split("\n").slice(-1);
  const answer = JSON.parse(last) as Imported | { lines: number };
  if ("done" in answer) return answer;
  throw new Error(`the answer broke off after ${last}`);
}

/** Sends nine tenths of an import, so the first part and a piece of the second, and breaks the connection some time later. */
export async function sendCut(
  { port }: { readonly port: number },
  token: string,
  { key, lines }: ImportRequest,
): Promise<void> {
  const body = bodyOf(lines);
  const headers = { ...headersOf(token, key), "Content-Length": Buffer.byteLength(body) };
  const sent = request({ host: "127.0.0.1", port, method: "POST", path: "/v1/import", headers });
  // That the connection breaks is the point.
  sent.on("error", () => {});
  sent.on("response", (response) => response.on("error", () => {}).resume());
  // `once` would reject for the error.
  const closed = new Promise((resolve) => sent.on("close", resolve));
  sent.write(body.slice(0, (body.length * 9) / 10));
  const cut = setTimeout(() => sent.destroy(), randomInt(LONGEST_UNTIL_CUT_MS));
  await closed;
  clearTimeout(cut);
}

function bodyOf(lines: readonly object[]): string {
  return lines.map((line) => `${JSON.stringify(line)}\n`).join("");
}

function headersOf(token: string, key: string): Record<string, string> {
  return { Authorization: `Bearer ${token}`, "Content-Type": "application/x-ndjson", "Idempotency-Key": key };
}
