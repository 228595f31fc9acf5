import assert from "node:assert/strict";
import { exchange, parseResponse, postJson, request } from "./raw_client.ts";
import { type Serving, serve } from "./serving.ts";

const HITS = "/v1/counters/visits/hits";

/** What is sent, byte for byte; the status and the kind of problem that must come back. */
const CASES: readonly [name: string, sent: string, status: number, kind: string][] = [
  ["an unknown path", request("GET /nothing"), 404, "unknown-path"],
  ["an unknown path below a known one", request("GET /v1/cluster/a"), 404, "unknown-path"],
  ["a trailing slash", request("GET /v1/cluster/"), 404, "unknown-path"],
  ["another case", request("GET /V1/cluster"), 404, "unknown-path"],
  ["an unknown asset", request("GET /assets/passwd"), 404, "unknown-path"],
  ["a path that climbs", request("GET /assets/..%2f..%2fpackage.json"), 404, "unknown-path"],
  ["a counter never counted", request("GET /v1/counters/never"), 404, "unknown-counter"],
  ["GET of hits", request(`GET ${HITS}`), 405, "wrong-method"],
  ["POST of the page", request("POST /"), 405, "wrong-method"],
  ["DELETE of a counter", request("DELETE /v1/counters/visits"), 405, "wrong-method"],
  ["PROPFIND", request("PROPFIND /v1/cluster"), 405, "wrong-method"],
  ["OPTIONS", request("OPTIONS /v1/counters"), 405, "wrong-method"],
  ["CONNECT", request("CONNECT counter:443"), 405, "no-tunnel"],
  ["an upper-case name", request("POST /v1/counters/Visits/hits"), 400, "bad-name"],
  ["a name that begins with a dot", request("POST /v1/counters/.visits/hits"), 400, "bad-name"],
  ["a name that ends with a dash", request("POST /v1/counters/visits-/hits"), 400, "bad-name"],
  ["a name of 129 characters", request(`POST /v1/counters/${"a".repeat(129)}/hits`), 400, "bad-name"],
  ["a name with two slashes", request("POST /v1/counters/a/%2Fb/hits"), 400, "bad-name"],
  ["a name with a broken escape", request("POST /v1/counters/a%zz/hits"), 400, "bad-name"],
  ["a name with a zero byte", request("POST /v1/counters/a%00b/hits"), 400, "bad-name"],
  ["a bad name to read", request("GET /v1/counters/__proto__"), 400, "bad-name"],
  ["a bad name to watch", request("GET /v1/events?counter=A"), 400, "bad-name"],
  ["no JSON", postJson(HITS, "{by:3}"), 400, "bad-body"],
  ["half JSON", postJson(HITS, '{"by":'), 400, "bad-body"],
  [
    "no UTF-8",
    request(`POST ${HITS}`, ["Content-Type: application/json", "Content-Length: 9"], '{"by\xff":1}'),
    400,
    "bad-body",
  ],
  ["an array", postJson(HITS, "[3]"), 400, "bad-body"],
  ["a number", postJson(HITS, "3"), 400, "bad-body"],
  ["null", postJson(HITS, "null"), 400, "bad-body"],
  ["another member", postJson(HITS, '{"by":1,"count":2}'), 400, "bad-body"],
  ["by as a string", postJson(HITS, '{"by":"3"}'), 400, "bad-body"],
  ["by as null", postJson(HITS, '{"by":null}'), 400, "bad-body"],
  ["by 0", postJson(HITS, '{"by":0}'), 400, "bad-body"],
  ["by -1", postJson(HITS, '{"by":-1}'), 400, "bad-body"],
  ["by 1.5", postJson(HITS, '{"by":1.5}'), 400, "bad-body"],
  ["by 1e309", postJson(HITS, '{"by":1e309}'), 400, "bad-body"],
  ["by 1,000,001", postJson(HITS, '{"by":1000001}'), 400, "bad-body"],
  ["a body over the limit", postJson(HITS, `{"by":1${" ".repeat(1024)}}`), 413, "body-too-large"],
  ["a chunked body over the limit", chunked(2000), 413, "body-too-large"],
  ["a form", postJson(HITS, "by=3", "application/x-www-form-urlencoded"), 415, "not-json"],
  ["a body without a type", request(`POST ${HITS}`, ["Content-Length: 2"], "{}"), 415, "not-json"],
  ["a compressed body", request(`POST ${HITS}`, gzipHeaders(), "xx"), 415, "not-json"],
  ["by in the query", request(`POST ${HITS}?by=3`), 400, "bad-query"],
  ["another wait", request(`POST ${HITS}?wait=forever`), 400, "bad-query"],
  ["wait twice", request(`POST ${HITS}?wait=committed&wait=committed`), 400, "bad-query"],
  ["limit 0", request("GET /v1/counters?limit=0"), 400, "bad-query"],
  ["limit 1001", request("GET /v1/counters?limit=1001"), 400, "bad-query"],
  ["limit 1e2", request("GET /v1/counters?limit=1e2"), 400, "bad-query"],
  ["after something that is no name", request("GET /v1/counters?after=%20"), 400, "bad-name"],
  ["no HTTP at all", "hello\r\n\r\n", 400, "not-http"],
  ["a header without a name", `POST ${HITS} HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n`, 400, "not-http"],
  ["two lengths", request(`POST ${HITS}`, ["Content-Length: 1", "Content-Length: 2"], "xx"), 400, "not-http"],
  [
    "a length and chunks",
    request(`POST ${HITS}`, ["Content-Length: 1", "Transfer-Encoding: chunked"], "x"),
    400,
    "not-http",
  ],
  ["a broken chunk", request(`POST ${HITS}`, ["Transfer-Encoding: chunked"], "zz\r\n"), 400, "not-http"],
  ["no host", `POST ${HITS} HTTP/1.1\r\nConnection: close\r\n\r\n`, 400, "no-host"],
  ["one header of 20 kB", request("GET /", [`Cookie: ${"a".repeat(20_000)}`]), 431, "headers-too-large"],
  ["a flood of headers", request("GET /", floodOfHeaders(5000)), 431, "headers-too-large"],
  ["a URL of 20 kB", request(`GET /?${"a".repeat(20_000)}`), 431, "headers-too-large"],
  ["an unknown expectation", request(`POST ${HITS}`, ["Expect: miracles"]), 417, "unknown-expectation"],
];

function chunked(length: number): string {
  const body = `${length.toString(16)}\r\n${" ".repeat(length)}\r\n0\r\n\r\n`;
  return request(`POST ${HITS}`, ["Content-Type: application/json", "Transfer-Encoding: chunked"], body);
}

function gzipHeaders(): string[] {
  return ["Content-Type: application/json", "Content-Encoding: gzip", "Content-Length: 2"];
}

function floodOfHeaders(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `x-${index}: y`);
}

/** Bad input gets a 4xx with a problem that says what to do, and counts nothing. */
describe("HTTP: bad input", () => {
  let node: Serving;
  before(async () => {
    node = await serve();
  });
  after(() => node.close(1000));

  for (const [name, sent, status, kind] of CASES) {
    it(`${name}: ${status}, and nothing is counted`, async () => {
      const response = parseResponse(await exchange(node.port, sent));
      assert.equal(response.status, status);
      assert.match(response.headers.get("content-type") ?? "", /^application\/problem\+json/);
      const problem: Record<string, unknown> = JSON.parse(response.body);
      assert.equal(problem.type, `urn:global-cluster:problem:${kind}`);
      assert.equal(problem.status, status);
      for (const word of ["title", "detail", "remedy"]) assert.match(String(problem[word]), /\w{2}/);
      assert.equal(node.counting.accepted, 0);
    });
  }

  it("tells which methods a path has", async () => {
    const allow = async (line: string) => parseResponse(await exchange(node.port, request(line))).headers.get("allow");
    assert.equal(await allow(`PUT ${HITS}`), "GET, HEAD, POST");
    assert.equal(await allow(`GET ${HITS}`), "POST");
    assert.equal(await allow("POST /"), "GET, HEAD");
    assert.equal(await allow("POST /v1/counters"), "GET, HEAD");
  });
});
