import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { csvRows } from "../../../../cmd/cli/import/csv_rows.ts";
import { importKey } from "../../../../cmd/cli/import/import_key.ts";
import { ImportError } from "../../../../cmd/cli/import/import_line.ts";
import { readImport, type Source, sourceOf } from "../../../../cmd/cli/import/read_import.ts";
import { parseKey, timeOfKey } from "../../../../internal/core/keys/idempotency_key.ts";

const SAMPLES = fileURLToPath(new URL("samples/", import.meta.url));

/** Each service's numbers become the counters that its pages have here. A mistake names its line. */
describe("cli: files to import", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "import-"));
  });
  after(() => rmSync(folder, { recursive: true }));

  async function read(path: string, source: Source, site = "blog.example") {
    const found: string[] = [];
    for await (const { counter, value, region } of readImport(path, source, site))
      found.push(`${counter} ${value}${region === null ? "" : ` ${region}`}`);
    return found;
  }

  function file(text: string | Buffer, name = "file.csv"): string {
    const path = join(folder, name);
    writeFileSync(path, text);
    return path;
  }

  it("adds up GoatCounter's page views as count.js counts them, without events, and programs apart", async () => {
    assert.deepEqual(await read(`${SAMPLES}goatcounter.csv`, "goatcounter"), [
      "blog.example 7",
      "blog.example/index 2",
      "blog.example/posts/1 3",
      "blog.example/posts/2-page-3-756af01sy7j3 1",
      "blog.example/posts/uber-2ogpuas740kz 1",
    ]);
    assert.deepEqual(await read(`${SAMPLES}goatcounter_documented.csv`, "goatcounter"), [
      "blog.example 4",
      "blog.example/_bots 1",
      "blog.example/index 2",
      "blog.example/posts/1 2",
    ]);
    assert.deepEqual(await read(`${SAMPLES}goatcounter_version_1.csv`, "goatcounter"), [
      "blog.example 1",
      "blog.example/_bots 1",
      "blog.example/index 1",
    ]);
  });

  it("takes Abacus's counters by their addresses, each once, and those together that differ in case alone", async () => {
    assert.deepEqual(await read(`${SAMPLES}abacus.txt`, "abacus"), [
      "blog.example/likes 3",
      "blog.example/posts_1 4211",
      "blog.example/visits 6",
    ]);
    const twice = ["Likes", "likes", "Likes"].map((key, at) => `https://a.example/get/blog/${key} {"value":${at + 1}}`);
    assert.deepEqual(await read(file(twice.join("\n")), "abacus"), ["blog/likes 5"]);
  });

  it("takes busuanzi's views of pages, and the largest that it said of each site", async () => {
    assert.deepEqual(await read(`${SAMPLES}busuanzi.txt`, "busuanzi"), [
      "notes.example 9",
      "notes.example/a.html 4",
      "notes.example/b 2",
      "notes.example/index 3",
      "shop.example 3",
      "shop.example/a.html 2",
      "shop.example/index 1",
    ]);
    assert.deepEqual(await read(`${SAMPLES}busuanzi_documented.txt`, "busuanzi"), [
      "blog.example 901",
      "blog.example/index 120",
      "blog.example/posts/1 41",
    ]);
  });

  it("takes names and numbers in CSV with and without a header, and in NDJSON", async () => {
    assert.deepEqual(await read(file("a,1\nb,2,de\n"), "csv"), ["a 1", "b 2 de"]);
    const reordered = '\ufeffregion,hits,"name"\r\n"",1,a\r\nde,9223372036854775807,"b/c"\r\n';
    assert.deepEqual(await read(file(reordered), "csv"), ["a 1", "b/c 9223372036854775807 de"]);
    const lines = '{"counter":"a","value":1}\n\n{"counter":"b","value":"9007199254740993","region":"de"}';
    assert.deepEqual(await read(file(lines), "ndjson"), ["a 1", "b 9007199254740993 de"]);
    assert.deepEqual(await read(file(gzipSync("a,1\n"), "x.csv.gz"), "csv"), ["a 1"]);
    assert.deepEqual(["a.csv", "A.CSV.gz", "b.ndjson", "c"].map(sourceOf), ["csv", "csv", "ndjson", "ndjson"]);
  });

  const WRONG: [source: Source, text: string, message: string | RegExp][] = [
    ["csv", "counter,value\na,1\nB,2\n", /^line 3: "B" is not a valid counter name/],
    ["csv", "counter,value\na,1.5\n", /^line 2: "1\.5" is not a number of hits/],
    ["csv", "counter,value\na,9223372036854775808\n", /^line 2: .* is not a number of hits/],
    ["csv", "counter,value\na\n", /^line 2: nothing is not a number of hits/],
    ["csv", "a,1,no\tsuch\n", /^line 1: "no\\tsuch" cannot name a region/],
    ["csv", "page,views\na,1\n", /^line 1: the first line must name the columns counter and value/],
    ["csv", 'a,1\n"b,2\nc,3\n', "line 2: a quote is not closed"],
    ["csv", 'a,1\n"b"c,2\n', "line 2: after a quote, a comma or the end must follow"],
    ["csv", 'a,1\nb"c,2\n', 'line 2: a quote stands inside of the field "b\\"c"'],
    ["ndjson", '{"counter":"a","value":1}\n{"counter":"b","value":-1}\n', /^line 2: -1 is not a number/],
    ["ndjson", '{"counter":"a","value":1,"by":2}\n', /^line 1: has a member "by"/],
    ["ndjson", "\n[1]\n", /^line 2: must be a JSON object/],
    ["ndjson", "{\n", /^line 1: must be a JSON object/],
    ["goatcounter", "3Path,Event,Bot\n", /^line 1: has version 3 of GoatCounter's CSV export; .* versions 1 and 2$/],
    ["goatcounter", "Path,Event,Bot\n", /^line 1: is not the header of GoatCounter's CSV export/],
    ["goatcounter", "2Path,Title,Bot\n", /^line 1: is not the header of GoatCounter's CSV export/],
    [
      "goatcounter",
      "PK\u0003\u0004\n",
      /^The file is a ZIP file, as GoatCounter's JSON export is\. Use its CSV export\.$/,
    ],
    ["goatcounter", "2Path,Event,Bot\n/,maybe,0\n", 'line 2: Event is "maybe", and must be 0, false, 1, true'],
    ["goatcounter", "2Path,Event,Bot\n/,0,no\n", 'line 2: Bot is "no", and must be a number'],
    ["goatcounter", "2Path,Event,Bot\n/,false\n", "line 2: has 2 fields, and is not a whole row"],
    ["goatcounter", "", "The file is empty."],
    ["abacus", 'https://abacus.jasoncameron.dev/stats {"value":1}\n', /^line 1: .* is not an address such as/],
    ["abacus", "blog 12\n", /^line 1: must begin with an address/],
    ["busuanzi", "https://blog.example/ <html>Bad gateway</html>\n", /^line 1: has a response without JSON/],
    [
      "abacus",
      'https://abacus.example/get/a/b {"error":"Key not found"}\n',
      /^line 1: .* without value: .*Key not found/,
    ],
    ["busuanzi", 'https://blog.example/ {"page_pv":1}\n', /^line 1: has a response without site_pv/],
    [
      "busuanzi",
      "https://blog.example/ try{console.error('invalid referer')}catch{}\n",
      /^line 1: has a response without/,
    ],
  ];
  for (const [source, text, message] of WRONG) {
    it(`refuses ${source} with ${JSON.stringify(text)}`, async () => {
      await assert.rejects(read(file(text), source), (error) => {
        assert.ok(error instanceof ImportError, String(error));
        if (typeof message === "string") assert.equal(error.message, message);
        else assert.match(error.message, message);
        return true;
      });
    });
  }

  it("refuses a file that is not there, or not compressed as its name says", async () => {
    await assert.rejects(read(join(folder, "none.csv"), "csv"), /^ImportError: Cannot read .*none\.csv: ENOENT/);
    await assert.rejects(read(file("a,1\n", "plain.csv.gz"), "csv"), /^ImportError: Cannot read .*: incorrect header/);
  });

  it("reads back all fields that CSV can hold", async () => {
    const text = fc.string({ unit: fc.constantFrom("a", '"', ",", "\n", " ", "é") });
    const table = fc.array(fc.array(text, { minLength: 2, maxLength: 4 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const csv = rows.map((row) => row.map((field) => `"${field.replaceAll('"', '""')}"`).join(",")).join("\n");
        const found: (readonly string[])[] = [];
        for await (const { fields } of csvRows(linesOf(csv))) found.push(fields);
        assert.deepEqual(found, rows);
      }),
    );
  });

  async function* linesOf(text: string) {
    for (const [at, line] of text.split("\n").entries()) yield { line: at + 1, text: line };
  }

  it("gives the same file the same key, with the time of its last change", () => {
    const path = file("a,1\n");
    utimesSync(path, 1_700_000_000, 1_700_000_000);
    const key = importKey(path, "content");
    assert.equal(timeOfKey(parseKey(key) ?? ""), 1_700_000_000_000);
    assert.equal(importKey(path, "content"), key);
    assert.notEqual(importKey(path, "other content"), key);
    utimesSync(path, 4_000_000_000, 4_000_000_000);
    assert.ok(timeOfKey(parseKey(importKey(path, "content")) ?? "") <= Date.now());
  });
});
