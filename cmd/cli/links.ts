import type { LinkedJson, LinksJson } from "../../internal/adapters/http/links/link_routes.ts";
import { adjust } from "./adjust.ts";
import { printJson, printLines } from "./output.ts";
import type { OwningOptions } from "./owning_commands.ts";
import { withProgress } from "./progress.ts";
import { ask } from "./server.ts";
import { columns } from "./text.ts";

/** `global-cluster links set NAME URL`. Throws ServerError. */
export async function setLink(counter: string, url: string, options: OwningOptions): Promise<void> {
  const { reason, json } = options;
  print(await adjust("PUT", `/v1/links/${counter}`, { url, reason }, options), json);
}

/** `global-cluster links delete NAME`. Throws ServerError. */
export async function removeLink(counter: string, options: OwningOptions): Promise<void> {
  const { reason, json } = options;
  print(await adjust("DELETE", `/v1/links/${counter}`, { reason }, options), json);
}

/** `global-cluster links`. Throws ServerError. */
export async function listLinks({ json, ...endpoint }: OwningOptions): Promise<void> {
  const { links } = JSON.parse(await withProgress("the links", ask(endpoint, "/v1/links"))) as LinksJson;
  if (json) for (const link of links) printJson(JSON.stringify(link));
  else if (links.length === 0) printLines("There are no links.");
  else printLines(columns([["LINK", "LEADS TO"], ...links.map(row)], [false, false]).join("\n"));
}

function row({ counter, url }: LinksJson["links"][number]): string[] {
  return [`/go/${counter}`, url];
}

function print(response: string, json: boolean): void {
  if (json) printJson(response);
  else printLines(sentence(JSON.parse(response) as LinkedJson));
}

function sentence({ counter, url, before, duplicate }: LinkedJson): string {
  const now = url === null ? "leads nowhere now" : `leads to ${url}`;
  const led = before === null ? "" : `; it led to ${before}`;
  return `/go/${counter} ${now}${led}.${duplicate ? " It was done before, with the same key." : ""}`;
}
