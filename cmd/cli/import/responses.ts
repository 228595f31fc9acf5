import { isSiteName, pageName } from "../../../internal/core/visits/page_name.ts";
import { type FoundLine, ImportError, importLine } from "./import_line.ts";
import { Sums } from "./sums.ts";
import type { TextLine } from "./text_lines.ts";

/**
 * Services without an export answer one counter at a time. A file of their responses has a line for each: the address that was asked for (of
 * busuanzi: the page's), a space or a tab, and the response.
 */
interface RecordedResponse {
  readonly line: number;
  readonly url: URL;
  readonly json: Readonly<Record<string, unknown>>;
}

async function* recordedResponses(lines: AsyncIterable<TextLine>): AsyncGenerator<RecordedResponse> {
  for await (const { line, text } of lines) {
    if (text.trim() === "") continue;
    const [, address = "", response = ""] = /^(\S+)\s+(.*)$/.exec(text) ?? [];
    const url = URL.parse(address);
    if (url === null)
      throw new ImportError(line, "must begin with an address (https://...), a space, and the response");
    yield { line, url, json: jsonIn(line, response) };
  }
}

/** A response as it came: JSON, or a script that passes JSON to a function (JSONP). */
function jsonIn(line: number, response: string): Readonly<Record<string, unknown>> {
  try {
    const json: unknown = JSON.parse(/\{[^{}]*\}(?=\)|$)|\{.*\}/.exec(response.replace(/^try\s*\{/, ""))?.[0] ?? "");
    if (typeof json === "object" && json !== null) return json as Record<string, unknown>;
  } catch {}
  throw new ImportError(line, `has a response without JSON: ${JSON.stringify(response.slice(0, 80))}`);
}

/** A number that a response has. Services say in words what they do not know, for example `{"error":"Key not found"}`. */
function numberIn(line: number, json: Readonly<Record<string, unknown>>, member: string): unknown {
  if (json[member] !== undefined) return json[member];
  throw new ImportError(line, `has a response without ${member}: ${JSON.stringify(json).slice(0, 80)}`);
}

/**
 * Abacus (https://abacus.jasoncameron.dev; `routes.go` of JasonLovesDoggo/abacus v1.6.0): `/get/{namespace}/{key}` responds `{"value":12}`, and
 * so does `/hit/`, which counts; `/info/` has more members. Its counter becomes `namespace/key`, in lower case. Counters there only grow, so of
 * several responses for one the largest is true.
 */
export async function* abacusTable(lines: AsyncIterable<TextLine>): AsyncGenerator<FoundLine> {
  const [asWritten, sums] = [new Sums(), new Sums()];
  for await (const { line, url, json } of recordedResponses(lines)) {
    const [, name] = /\/(?:get|hit|info)\/(.+)$/.exec(decodeURIComponent(url.pathname)) ?? [];
    if (name === undefined)
      throw new ImportError(line, `${url.href} is not an address such as https://.../get/NAMESPACE/KEY`);
    asWritten.raise(name, importLine(line, name.toLowerCase(), numberIn(line, json, "value"), null).value, line);
  }
  for (const { counter, value, line } of asWritten.sorted()) sums.add(counter.toLowerCase(), value, line);
  for (const { counter, value, line } of sums.sorted()) yield importLine(line, counter, String(value), null);
}

/**
 * busuanzi, and services with its responses: `page_pv` views of the page that asked, `site_pv` of its whole site. They are members of the
 * response (busuanzi itself, JSONP of soxft/busuanzi v2.8.10), or of its `data` (`app/controller/api.go` there, and `apps/api` of
 * EvanNotFound/vercount). A request that counts a view raises both, so the largest number for a site is its total. `page_uv` and `site_uv` are
 * left out: they are estimates, or bound to nothing that is counted here.
 */
export async function* busuanziTable(lines: AsyncIterable<TextLine>): AsyncGenerator<FoundLine> {
  const sums = new Sums();
  for await (const { line, url, json } of recordedResponses(lines)) {
    const site = url.hostname;
    if (!isSiteName(site)) throw new ImportError(line, `${url.href} has no host that could be the name of a site`);
    const { data = json } = json as { data?: Readonly<Record<string, unknown>> };
    const { counter, value } = importLine(
      line,
      pageName(site, url.pathname + url.search),
      numberIn(line, data, "page_pv"),
      null,
    );
    sums.raise(counter, value, line);
    sums.raise(site, importLine(line, site, numberIn(line, data, "site_pv"), null).value, line);
  }
  for (const { counter, value, line } of sums.sorted()) yield { line, counter, value, region: null };
}
