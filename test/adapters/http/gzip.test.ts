import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { crc32, gunzipSync } from "node:zlib";
import { eventBytes, joinedBytes } from "../../../internal/adapters/http/events/bytes.ts";
import { factorOf, joinedChecksum } from "../../../internal/adapters/http/gzip/checksum.ts";
import { gzipAround, joined, pieceOf } from "../../../internal/adapters/http/gzip/pieces.ts";
import { needs } from "../../needs.ts";
import { type Serving, serve } from "./serving.ts";

const run = promisify(execFile);

/** A compressed page is the same page, made of pieces that are compressed once. */
describe("HTTP: gzip that is prepared in pieces", () => {
  const TEXTS = ["", "a", "Global Cluster ".repeat(1000), Array.from({ length: 70_000 }, (_, i) => i % 10).join("")];

  it("has the checksum of the whole", () => {
    for (const first of TEXTS) {
      for (const second of TEXTS) {
        const both = joinedChecksum(crc32(first), crc32(second), factorOf(second.length));
        assert.equal(both, crc32(first + second));
      }
    }
  });

  it("is one stream, with what was put between the pieces", () => {
    for (const before of TEXTS) {
      for (const between of ["", "1,234,567", "x".repeat(65_535)]) {
        for (const after of TEXTS) {
          const bytes = Buffer.from(
            gzipAround(pieceOf(before), between, joined(pieceOf(after), pieceOf("end"))),
            "latin1",
          );
          assert.equal(gunzipSync(bytes).toString("latin1"), `${before + between + after}end`);
        }
      }
    }
  });
});

describe("HTTP: the bytes of events", () => {
  it("are made once for all readers, and each part of them once for all messages that have it", () => {
    const nodes = eventBytes("n".repeat(1000));
    const compressed = nodes.zipped;
    const messages = ["a", "b"].map((text) => joinedBytes(eventBytes(text), nodes));
    for (const message of messages) {
      assert.equal(message.zipped, message.zipped);
      assert.equal(message.plain, message.plain);
      assert.deepEqual(message.zipped.subarray(-compressed.length), compressed);
    }
    assert.equal(nodes.zipped, compressed);
  });
});

describe("HTTP: the page, compressed", () => {
  let node: Serving;
  beforeEach(async () => {
    node = await serve();
    node.counting.totals.set("visits", 1_234_566n);
  });
  afterEach(() => node.close(100));

  it("is the same page, in one gzip stream of a fraction of the size", async () => {
    const plain = await (await fetch(node.url, { headers: { "accept-encoding": "identity" } })).text();
    const response = await fetch(node.url, { headers: { "accept-encoding": "gzip" } });
    assert.equal(response.headers.get("content-encoding"), "gzip");
    assert.ok(Number(response.headers.get("content-length")) < plain.length / 2);
    const text = await response.text();
    assert.match(text, /You are visit number <strong>1,234,568<[\s\S]*<\/html>\s*$/);
    assert.equal(text.replaceAll("1,234,568", "1,234,567"), plain);
  });

  it("arrives whole at curl", async function () {
    needs(this, "curl");
    const { stdout } = await run("curl", ["--silent", "--show-error", "--fail", "--compressed", node.url]);
    assert.match(stdout, /<strong>1,234,567<[\s\S]*<\/html>\s*$/);
  });

  const ENCODINGS: readonly [accepted: string, encoding: string | null][] = [
    ["gzip", "gzip"],
    ["br, GZIP;q=0.5", "gzip"],
    ["gzip ; q=0.001, identity", "gzip"],
    ["deflate,gzip", "gzip"],
    ["identity", null],
    ["gzip;q=0", null],
    ["gzip; q=0.000, br", null],
    ["xgzip, gzip2", null],
    ["", null],
  ];
  for (const [accepted, encoding] of ENCODINGS) {
    it(`is ${encoding ?? "not compressed"} for "${accepted}", and says that it depends on that`, async () => {
      for (const path of ["/", "/?from=afar"]) {
        const { headers } = await fetch(node.url + path, { headers: { "accept-encoding": accepted } });
        assert.deepEqual([headers.get("content-encoding"), headers.get("vary")], [encoding, "Accept-Encoding"], path);
      }
    });
  }
});
