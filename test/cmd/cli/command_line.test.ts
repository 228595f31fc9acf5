import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseCommandLine } from "../../../cmd/cli/command_line.ts";
import { ALL_COMMANDS } from "../../../cmd/cli/command_table.ts";
import { badToken, tokenNeeded, tokenNotForThis } from "../../../internal/adapters/http/access/access_problems.ts";
import { adminNeeded } from "../../../internal/adapters/http/adjusting/adjust_problems.ts";
import { TOKEN_BYTES, tokenText } from "../../../internal/core/access/token_text.ts";

const HOME = "http://127.0.0.1:4000";

/** The command line takes words and flags in any order, and refuses what it does not know with a suggestion. */
describe("cli: the command line", () => {
  it("accepts words and flags in any order", () => {
    const expected = {
      kind: "run",
      command: "hit",
      counter: "visits",
      options: { server: "https://a.example", token: null, json: true, by: 3, key: null, wait: false },
    };
    for (const line of [
      "hit visits --server https://a.example --by 3 --json",
      "--json --by=3 hit --server https://a.example visits",
      "--server https://a.example/ hit --by 3 visits --json",
    ])
      assert.deepEqual(parseCommandLine(line.split(" ")), expected, line);
  });

  it("has a default server, and counts one hit", () => {
    const { options } = run("hit", "visits");
    assert.deepEqual(options, { server: HOME, token: null, json: false, by: 1, key: null, wait: false });
    assert.deepEqual([run("top").counter, run("top", "blog").counter], ["", "blog"]);
    assert.equal(run("hit", "a", "--wait").options.wait, true);
  });

  it("accepts a server without a scheme", () => {
    for (const [given, meant] of [
      ["localhost:4000", "http://localhost:4000"],
      ["counter.example.com/", "http://counter.example.com"],
      ["[::1]:4000", "http://[::1]:4000"],
      ["https://a.example", "https://a.example"],
    ] as const)
      assert.equal(run("top", "--server", given).options.server, meant);
  });

  const MISTYPED = "--token must be a whole token, as it was shown (gc_ and 49 letters or digits)";
  const WRONG: [line: string, ...messages: (string | RegExp)[]][] = [
    [
      "",
      "A command is missing; the commands are get, hit, watch, top, set, reset, delete, audit, import, export, links, token, completion",
    ],
    ["wacth visits", '"wacth" is not a command; did you mean watch?'],
    [
      "foo",
      '"foo" is not a command; the commands are get, hit, watch, top, set, reset, delete, audit, import, export, links, token, completion',
    ],
    ["tap", '"tap" is not a command; did you mean top?'],
    [
      "frobnicate",
      '"frobnicate" is not a command; the commands are get, hit, watch, top, set, reset, delete, audit, import, export, links, token, completion',
    ],
    [
      "constructor",
      '"constructor" is not a command; the commands are get, hit, watch, top, set, reset, delete, audit, import, export, links, token, completion',
    ],
    ["get", "get needs the name of a counter"],
    [
      "get Visits",
      '"Visits" is not a valid counter name (a-z and 0-9, with . _ - and / between them, at most 128 characters)',
    ],
    ["get a b", 'Unexpected word: "b"'],
    ["top a b", 'Unexpected word: "b"'],
    ["get a --by 2", "--by is unknown; --help lists all flags"],
    ["hit a --by 0", '--by must be a whole number from 1 to 1000000, not "0"'],
    ["hit a --token gc_abc", "--token must be a whole token, as it was shown (gc_ and 49 letters or digits)"],
    ["hit a --token gc_a --token gc_b", "--token is given twice, with different values", MISTYPED],
    ["get a --token-file /nowhere", /^--token-file must be a readable file/],
    ["set a", "set needs a whole number from 0 to 9223372036854775807"],
    ["set a ten", 'set needs a whole number from 0 to 9223372036854775807, not "ten"'],
    ["set a 9223372036854775808", /^set needs a whole number .*, not "9223372036854775808"$/],
    ["set A 1 2", /^"A" is not a valid counter name/, 'Unexpected word: "2"'],
    ["reset", "reset needs the name of a counter"],
    ["delete a b", 'Unexpected word: "b"'],
    ["delete a --region de", "--region is unknown; did you mean --reason?"],
    ["audit a", 'Unexpected word: "a"'],
    ["import", "import needs a file"],
    ["import a.csv --from exel", /^--from must be csv, ndjson, goatcounter, abacus or busuanzi/],
    ["import a.csv --from goatcounter", "--site is needed for --from goatcounter"],
    ["import a.csv --site blog.example", "--site works only with --from goatcounter"],
    ["links list", 'links can be followed by set or delete, not by "list"'],
    ["links set", "links set needs the name of a counter", /^links set needs an address that begins with/],
    [
      "links set news ftp://a.example/",
      'links set needs an address that begins with http:// or https://, without user and password, of at most 2000 characters, not "ftp://a.example/"',
    ],
    ["links set news https://a.example/ b", 'Unexpected word: "b"'],
    ["links delete", "links delete needs the name of a counter"],
    ["links delete news https://a.example/", 'Unexpected word: "https://a.example/"'],
    ["export", "export needs one of totals, days, audit"],
    ["export everything", 'export needs one of totals, days, audit, not "everything"'],
    ["completion", "completion needs the name of a shell: bash or zsh"],
    ["completion fish", "completion needs the name of a shell: bash or zsh"],
    ["completion bash --json", "--json is unknown; --help lists all flags"],
    ["token", "A command is missing; the commands are token create, token list, token revoke"],
    ["token make", '"token make" is not a command; the commands are token create, token list, token revoke'],
    ["token create", "token create needs a name for the token"],
    ["token create a/b", /^"a\/b" is not a name for a token/],
    ["token list a", 'Unexpected word: "a"'],
    ["token create a --counters A", /^--counters must be a comma-separated list of counter names/],
    ["token create a --expires 2020-01-01", /^--expires must be a day or a time to come/],
    ["token create a --expires soon", /^--expires must be/],
    ["token revoke a --admin", "--admin is unknown; --help lists all flags"],
    ["hit a --wate", "--wate is unknown; did you mean --wait?"],
    ["get --server", "get needs the name of a counter", "--server needs a value: --server <url>"],
    [
      "watch a --server ftp://x",
      '--server must be an http:// or https:// address, such as http://counter.example.com, not "ftp://x"',
    ],
  ];
  for (const [line, ...messages] of WRONG) {
    it(`refuses: global-cluster ${line}`, () => {
      const request = parseCommandLine(line.split(" ").filter((word) => word !== ""));
      assert.ok(request.kind === "errors");
      assert.equal(request.messages.length, messages.length, request.messages.join("\n"));
      for (const [at, message] of messages.entries())
        if (typeof message === "string") assert.equal(request.messages[at], message);
        else assert.match(request.messages[at] ?? "", message);
    });
  }

  it("takes a token from a variable, a flag or a file, and no other variable", () => {
    const text = tokenText(new Uint8Array(TOKEN_BYTES));
    const folder = mkdtempSync(join(tmpdir(), "token-"));
    writeFileSync(join(folder, "token"), `${text}\nthe rest does not matter\n`);
    const variable = { GLOBAL_CLUSTER_TOKEN: text, GLOBAL_CLUSTER_PORT: "nonsense", GLOBAL_CLUSTER_SERVER: "nonsense" };
    for (const [argv, env] of [
      [[], variable],
      [["--token", text], {}],
      [["--token-file", join(folder, "token")], {}],
    ] as const) {
      const request = parseCommandLine(["hit", "a", ...argv], env);
      assert.equal(request.kind === "run" && request.options.token, text);
    }
    const both = parseCommandLine(["hit", "a", "--token-file", join(folder, "token")], variable);
    assert.deepEqual(both.kind === "errors" && both.messages, [
      "--token-file works only without --token and GLOBAL_CLUSTER_TOKEN",
    ]);
    rmSync(folder, { recursive: true });
  });

  it("has help for itself and for each command", () => {
    for (const line of [["--help"], ["-h"], ["get", "--help"], ["hit", "-h"], ["--help", "watch"], ["top", "--help"]]) {
      const request = parseCommandLine(line);
      assert.ok(request.kind === "help", line.join(" "));
      for (const word of ["--server", "--json", "http://127.0.0.1:4000"]) assert.ok(request.text.includes(word), word);
    }
    const hit = parseCommandLine(["hit", "--help"]);
    assert.ok(hit.kind === "help" && hit.text.includes("--by <number>"));
    assert.doesNotMatch(hit.text, /--(?:json|wait)\n.*default:/);
    assert.deepEqual(parseCommandLine(["--version"]), { kind: "version" });
  });

  it("knows the commands that problems advise", () => {
    const refused = { refusal: "by", counter: "blog", by: 3, maxBy: 1 } as const;
    const problems = [adminNeeded(null), tokenNeeded(refused), tokenNotForThis(refused, "ci"), badToken()];
    for (const { remedy } of problems) {
      const [, advised = ""] = /global-cluster (token create NAME[^.]*)/.exec(remedy) ?? [];
      const words = advised.replace("NAME", "ci").trim().split(" ");
      const request = parseCommandLine(words);
      assert.ok(request.kind === "token", `${remedy}: ${JSON.stringify(request)}`);
      assert.equal(request.options.admin, remedy.includes("--admin"));
    }
  });

  it("has columns that line up, and no default without a value, in every help", () => {
    const help = parseCommandLine(["--help"]);
    assert.ok(help.kind === "help");
    const places = [...help.text.matchAll(/^ {2}global-cluster .*? {2,}(?=\S)/gm)].map(([before]) => before.length);
    assert.deepEqual([...new Set(places)].length, 1, String(places));
    for (const { words } of ALL_COMMANDS) {
      const own = parseCommandLine([...words, "--help"]);
      if (own.kind === "help") assert.doesNotMatch(own.text, /\(default: \)/, words.join(" "));
    }
  });

  function run(...argv: string[]) {
    const request = parseCommandLine(argv);
    assert.ok(request.kind === "run", JSON.stringify(request));
    return request;
  }
});
