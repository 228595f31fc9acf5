import assert from "node:assert/strict";
import { parseCommandLine } from "../../../cmd/cli/command_line.ts";

const HOME = "http://127.0.0.1:4000";

/** The command line takes words and flags in any order, and refuses what it does not know with a suggestion. */
describe("cli: the command line", () => {
  it("accepts words and flags in any order", () => {
    const expected = {
      kind: "run",
      command: "hit",
      counter: "visits",
      options: { server: "https://a.example", json: true, by: 3, wait: false },
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
    assert.deepEqual(options, { server: HOME, json: false, by: 1, wait: false });
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

  const WRONG: [line: string, ...messages: string[]][] = [
    ["", "A command is missing; the commands are get, hit, watch, top"],
    ["wacth visits", '"wacth" is not a command; did you mean watch?'],
    ["foo", '"foo" is not a command; the commands are get, hit, watch, top'],
    ["tap", '"tap" is not a command; did you mean top?'],
    ["frobnicate", '"frobnicate" is not a command; the commands are get, hit, watch, top'],
    ["constructor", '"constructor" is not a command; the commands are get, hit, watch, top'],
    ["get", "get needs the name of a counter"],
    [
      "get Visits",
      '"Visits" is not a valid counter name (a-z and 0-9, with . _ and - between them, at most 128 characters)',
    ],
    ["get a b", 'Unexpected word: "b"'],
    ["top a b", 'Unexpected word: "b"'],
    ["get a --by 2", "--by is unknown; --help lists all flags"],
    ["hit a --by 0", '--by must be a whole number from 1 to 1000000, not "0"'],
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
      assert.deepEqual(request.messages, messages);
    });
  }

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

  function run(...argv: string[]) {
    const request = parseCommandLine(argv);
    assert.ok(request.kind === "run", JSON.stringify(request));
    return request;
  }
});
