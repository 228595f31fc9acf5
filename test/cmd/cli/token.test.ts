import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { USUAL_ACCESS } from "../../../internal/adapters/http/access/gate.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { TokenFile } from "../../../internal/adapters/tokens/token_file.ts";
import { type RealNode, startRealNode } from "../../adapters/http/real_node.ts";
import { eventually } from "../../eventually.ts";
import { cli } from "./cli_process.ts";

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** A token is shown once, works within a second, and ends within a second when it is revoked. */
describe("cli: tokens", () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "cli-token-"));
    file = join(folder, "made/tokens.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const token = (...words: string[]) => cli("token", ...words, "--tokens", file);

  it("makes a token, alone on standard output, in a file for its owner alone", async () => {
    const { code, out, err } = await token("create", "ci", "--counters", "blog-*,visits", "--expires", "2040-01-01");
    assert.equal(code, 0, err);
    assert.match(out, /^gc_[0-9A-Za-z]{49}\n$/);
    assert.match(err, /^It is shown only once/);
    assert.equal(statSync(file).mode & 0o777, 0o600);
    assert.ok(!readFileSync(file, "utf8").includes(out.trim()));
    const made = JSON.parse((await token("create", "boss", "--admin", "--json")).out);
    assert.deepEqual(
      { ...made, token: "" },
      { name: "boss", rights: ["count", "admin"], counters: ["*"], expires: null, token: "" },
    );
    const listed = JSON.parse((await token("list", "--json")).out);
    assert.deepEqual(listed, [
      { name: "ci", rights: ["count"], counters: ["blog-*", "visits"], expires: "2040-01-01T00:00:00Z" },
      { name: "boss", rights: ["count", "admin"], counters: ["*"], expires: null },
    ]);
    assert.match(
      (await token("list")).out,
      /^NAME +RIGHTS +COUNTERS +EXPIRES\nci +count +blog-\*,visits +2040-01-01T00:00:00Z\n/,
    );
  });

  it("refuses a second token of the same name, an unknown one, and a broken file, and changes nothing", async () => {
    await token("create", "ci");
    const before = readFileSync(file, "utf8");
    for (const [words, message] of [
      [["create", "ci"], /has a token "ci" already/],
      [["revoke", "nobody"], /has no token "nobody". Its tokens: ci/],
    ] as const) {
      const { code, err } = await token(...words);
      assert.equal(code, 1);
      assert.match(err, message);
    }
    assert.equal(readFileSync(file, "utf8"), before);
    writeFileSync(file, "{");
    assert.match((await token("create", "other")).err, /is not a list of tokens/);
    assert.ok(!existsSync(`${file}.new`));
  });

  describe("on a node that counts one hit a request otherwise", () => {
    let real: RealNode;
    let tokens: TokenFile;
    beforeEach(async () => {
      tokens = new TokenFile(
        file,
        { clock: systemClock, logger: SILENT, meter: { tokensOutdated() {} } },
        { optional: true },
      );
      real = await startRealNode(undefined, { ...USUAL_ACCESS, tokens });
      await eventually(() => real.node.cluster().ledger !== null);
    });
    afterEach(async () => {
      tokens.close();
      await real.end();
    });

    it("counts many hits at once, until it is revoked", async () => {
      const ask = (...args: string[]) => cli(...args, "--server", real.url);
      const without = await ask("hit", "a", "--by", "1000");
      assert.equal(without.code, 1);
      assert.match(without.err, /Nothing was counted\. .*global-cluster token create/);
      const text = (await token("create", "ci", "--counters", "a")).out.trim();
      writeFileSync(join(folder, "token"), `${text}\n`);
      const hit = ["hit", "a", "--by", "1000", "--wait", "--token-file", join(folder, "token")];
      await eventually(async () => (await ask(...hit)).code === 0);
      assert.equal(real.node.read("a")?.value, 1000n);
      assert.match((await ask("hit", "b", "--by", "2", "--token", text)).err, /with the token "ci"/);
      await token("revoke", "ci");
      await eventually(async () => /has no valid token/.test((await ask(...hit)).err));
    });
  });
});
