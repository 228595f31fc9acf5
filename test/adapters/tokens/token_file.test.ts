import assert from "node:assert/strict";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TokenFile } from "../../../internal/adapters/tokens/token_file.ts";
import { tokenHash } from "../../../internal/adapters/tokens/token_hash.ts";
import { changeTokens, readTokens, TokenFileError } from "../../../internal/adapters/tokens/token_storage.ts";
import { formatTokens, type TokenEntry } from "../../../internal/core/access/token_list.ts";
import { TOKEN_BYTES, tokenText } from "../../../internal/core/access/token_text.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";

const tokenOf = (fill: number) => tokenText(new Uint8Array(TOKEN_BYTES).fill(fill));
const entryOf = (fill: number, change: Partial<TokenEntry> = {}): TokenEntry => ({
  ...{ name: `t${fill}`, hash: tokenHash(tokenOf(fill)), rights: ["count"], counters: ["*"], expires: null },
  ...change,
});

/** The tokens in force are those of the file, or the last ones that it had while it is missing or not valid. */
describe("token file", () => {
  let folder: string;
  let path: string;
  let clock: ManualClock;
  let logged: string[];
  let outdated: boolean[];
  let opened: TokenFile | undefined;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "tokens-"));
    path = join(folder, "tokens.json");
    clock = new ManualClock();
    logged = [];
    outdated = [];
  });
  afterEach(() => {
    opened?.close();
    rmSync(folder, { recursive: true });
  });

  const write = (...entries: TokenEntry[]) => writeFileSync(path, formatTokens(entries), { mode: 0o600 });
  function open(): TokenFile {
    const note = (event: string, fields?: unknown) => void logged.push(`${event} ${JSON.stringify(fields)}`);
    const logger = { debug: note, info: note, warn: note, error: note };
    opened = new TokenFile(path, { clock, logger, meter: { tokensOutdated: (is) => outdated.push(is) } });
    return opened;
  }
  const look = () => clock.advance(1_000);

  it("finds the entry of a token, and nothing for other texts", () => {
    write(entryOf(1), entryOf(2));
    const file = open();
    assert.equal(file.find(tokenOf(2))?.name, "t2");
    for (const text of [tokenOf(3), "", "gc_", entryOf(1).hash, tokenOf(1).toLowerCase()])
      assert.equal(file.find(text), null, text);
  });

  it("keeps no token's text", () => {
    write(entryOf(1));
    assert.ok(!readFileSync(path, "utf8").includes(tokenOf(1).slice(3, 40)));
  });

  it("finds no token whose time is over, also after the clock was set forward", async () => {
    const expires = new Date(clock.wall() + 60_000).toISOString().replace(/\.\d+Z$/, "Z");
    write(entryOf(1, { expires }));
    const file = open();
    assert.equal(file.find(tokenOf(1))?.name, "t1");
    clock.stepWall(61_000);
    assert.equal(file.find(tokenOf(1)), null);
  });

  it("reads the file again when it changed: a revoked token ends within a second", async () => {
    write(entryOf(1));
    const file = open();
    write(entryOf(2));
    await look();
    assert.deepEqual([file.find(tokenOf(1)), file.find(tokenOf(2))?.name], [null, "t2"]);
    assert.match(logged.join(), /tokens read again .*"tokens":1/);
    await look();
    assert.equal(logged.length, 1);
  });

  it("reads a Secret again when Kubernetes exchanges the folder behind its link", async () => {
    for (const version of [1, 2]) {
      mkdirSync(join(folder, `v${version}`));
      writeFileSync(join(folder, `v${version}`, "tokens.json"), formatTokens([entryOf(version)]));
    }
    symlinkSync("v1", join(folder, "..data"));
    symlinkSync("..data/tokens.json", path);
    const file = open();
    symlinkSync("v2", join(folder, "..data_tmp"));
    renameSync(join(folder, "..data_tmp"), join(folder, "..data"));
    await look();
    assert.deepEqual([file.find(tokenOf(1)), file.find(tokenOf(2))?.name], [null, "t2"]);
  });

  const failures: [title: string, breakFile: () => void, words: RegExp][] = [
    ["emptied", () => writeFileSync(path, ""), /It is empty/],
    ["broken", () => writeFileSync(path, '{"tokens":['), /It is not JSON/],
    ["deleted", () => rmSync(path), /it does not exist/],
    ["writable for others", () => chmodSync(path, 0o666), /mode 666: other users could add tokens/],
  ];
  for (const [title, breakFile, words] of failures) {
    it(`keeps the old tokens while the file is ${title}, says so once, and recovers by itself`, async () => {
      write(entryOf(1));
      const file = open();
      breakFile();
      await look();
      await look();
      assert.equal(file.find(tokenOf(1))?.name, "t1");
      assert.equal(logged.length, 1);
      assert.match(logged[0] ?? "", words);
      assert.deepEqual(outdated, [true]);
      rmSync(path, { force: true });
      write(entryOf(2));
      await look();
      assert.deepEqual([file.find(tokenOf(1)), file.find(tokenOf(2))?.name], [null, "t2"]);
      assert.equal(outdated.at(-1), false);
    });
    it(`does not open a file that is ${title}`, () => {
      write(entryOf(1));
      breakFile();
      assert.throws(open, (error: Error) => error instanceof TokenFileError && words.test(error.message));
    });
  }

  it("is changed as a whole, by one command at a time, for its owner alone", () => {
    changeTokens(path, () => [entryOf(1)]);
    changeTokens(path, (tokens) => [...tokens, entryOf(2)]);
    assert.deepEqual(
      readTokens(path).map(({ name }) => name),
      ["t1", "t2"],
    );
    assert.equal(statSync(path).mode & 0o777, 0o600);
    assert.throws(
      () =>
        changeTokens(path, (tokens) => {
          changeTokens(path, () => []);
          return tokens;
        }),
      /another command is changing the tokens/,
    );
    assert.equal(readTokens(path).length, 2);
    changeTokens(path, () => []);
    assert.deepEqual(readTokens(path), []);
  });

  it("is not changed while it is not valid: that would drop the tokens in it", () => {
    writeFileSync(path, "{", { mode: 0o600 });
    assert.throws(() => changeTokens(path, () => [entryOf(1)]), /is not a list of tokens/);
    assert.equal(readFileSync(path, "utf8"), "{");
    assert.throws(
      () => changeTokens(join(folder, "missing/tokens.json"), () => []),
      /Cannot create .*it does not exist/,
    );
  });
});
