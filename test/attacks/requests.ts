import { type IncomingMessage, request } from "node:http";
import { text } from "node:stream/consumers";
import type { Target } from "./attack.ts";
import { ATTACKER_ADDRESS, isLoopback } from "./attacker.ts";

export interface Answered {
  readonly status: number;
  readonly text: string;
}

/** Sends a request from the attacker's address. */
export function askFrom(
  target: Target,
  path: string,
  options: { method?: string; headers?: object; body?: string } = {},
) {
  const url = new URL(target.publicUrl + path);
  const from = isLoopback(url.hostname) ? { localAddress: ATTACKER_ADDRESS } : {};
  return new Promise<Answered>((resolve, reject) => {
    const sent = request(
      url,
      { ...from, method: options.method ?? "GET", headers: { ...options.headers } },
      (response) => answered(response).then(resolve, reject),
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

export function postFrom(target: Target, path: string, headers: object = {}, body?: string): Promise<Answered> {
  return askFrom(target, path, { method: "POST", headers, ...(body !== undefined && { body }) });
}

async function answered(response: IncomingMessage): Promise<Answered> {
  return { status: response.statusCode ?? 0, text: await text(response) };
}
