import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mistakes, settings } from "./parsed_node.ts";

/** Who may do what: one value for all counters, and others by name. */
describe("node settings: access", () => {
  it("have one value for all counters, and others by name", () => {
    const { anonymous, maxBy, create } = settings([
      ...["--anonymous", "read,visits=count,blog-*=none"],
      ...["--max-by", "imports=1000"],
      ...["--create", "token"],
    ]);
    const named = new Map([
      ["visits", "count"],
      ["blog-*", "none"],
    ]);
    assert.deepEqual(anonymous, { usual: "read", named });
    assert.deepEqual(maxBy, { usual: 1, named: new Map([["imports", 1000]]) });
    assert.deepEqual(create, { usual: "token", named: new Map() });
  });

  it("name addresses and networks of proxies", () => {
    const { trustedProxies } = settings(["--trusted-proxies", "10.0.0.0/8, 192.0.2.1,fd00::/8"]);
    assert.deepEqual(trustedProxies, ["10.0.0.0/8", "192.0.2.1", "fd00::/8"]);
  });

  it("name a file with tokens", () => {
    const directory = mkdtempSync(join(tmpdir(), "tokens-"));
    const file = join(directory, "tokens.json");
    writeFileSync(file, '{"tokens":[]}');
    assert.equal(settings(["--tokens", file]).tokens, file);
    rmSync(directory, { recursive: true });
  });

  const wrong: [argv: string[], ...sentences: RegExp[]][] = [
    [
      ["--tokens", "/nowhere/tokens.json"],
      /^--tokens must be a file of tokens \(Cannot read .*: it does not exist\.\)/,
    ],
    [
      ["--anonymous", "write"],
      /^--anonymous must be count, read or none, or NAME=VALUE with commas between, not "write"$/,
    ],
    [["--anonymous", "read,count"], /^--anonymous must have one value for each name.*: "count" is not valid$/],
    [["--anonymous", "a=read,a=none"], /^--anonymous must have one value for each name.*: "a=none" is not valid$/],
    [["--anonymous", "Blog=read"], /^--anonymous must have a counter's name before =.*, not "Blog=read"$/],
    [["--anonymous", "a*b=read"], /must have a counter's name before =/],
    [["--max-by", "0"], /^--max-by must be a whole number from 1 to 1000000/],
    [["--max-by", "1,a=b=2"], /^--max-by must be a whole number/],
    [["--create", "x=token,y="], /^--create must be anyone, token or nobody/],
    [["--trusted-proxies", "proxy.example"], /^--trusted-proxies must be a comma-separated list of IP addresses/],
    [["--trusted-proxies", "10.0.0.0/33"], /"10.0.0.0\/33"/],
    [["--anonymous", "x", "--max-by", "x", "--create", "x"], /^--anonymous/, /^--max-by/, /^--create/],
  ];
  for (const [argv, ...sentences] of wrong)
    it(`refuse ${argv.join(" ")}`, () => {
      const found = mistakes(argv);
      assert.equal(found.length, sentences.length, found.join("\n"));
      for (const [at, sentence] of sentences.entries()) assert.match(found[at] ?? "", sentence);
    });
});
