import assert from "node:assert/strict";
import { mistakes } from "./parsed_node.ts";

/** Each mistake is told in a sentence, with the setting, what is right, and the value. */
describe("node settings: mistakes", () => {
  const wrong: [title: string, argv: string[], env: Record<string, string>, ...sentences: string[]][] = [
    ["a port out of range", ["--port", "70000"], {}, '--port must be a whole number from 0 to 65535, not "70000"'],
    [
      "a port in words",
      [],
      { GLOBAL_CLUSTER_PORT: "http" },
      'GLOBAL_CLUSTER_PORT must be a whole number from 0 to 65535, not "http"',
    ],
    [
      "a negative number",
      ["--max-counters=-1"],
      {},
      '--max-counters must be a whole number from 1 to 1000000, not "-1"',
    ],
    [
      "a free port without a name",
      ["--port", "0"],
      {},
      "--port needs --name, because the default name contains the port",
    ],
    [
      "a host with a port",
      ["--host", "localhost:80"],
      {},
      '--host must be a host name or an IP address, without a port, not "localhost:80"',
    ],
    [
      "a host that is nearly an IP address",
      ["--host", "1.2.3.4.5"],
      {},
      '--host must be a host name or an IP address, without a port, not "1.2.3.4.5"',
    ],
    [
      "a flag twice with different values",
      ["--port", "1", "--name", "a", "--port", "2"],
      {},
      '--port is given twice: "1" and "2"',
    ],
    [
      "all addresses without an address for peers",
      ["--host", "0.0.0.0"],
      {},
      "--host needs --peer-host, because other nodes cannot connect to it",
    ],
    [
      "a peer address that other nodes cannot connect to",
      ["--peer-host", "::"],
      {},
      "--peer-host must be an address that other nodes can connect to",
    ],
    [
      "a web address without scheme",
      ["--url", "localhost"],
      {},
      '--url must be an http:// or https:// address, such as http://counter.example.com, not "localhost"',
    ],
    [
      "a name with a slash",
      ["--name", "../x"],
      {},
      '--name must be 1 to 63 characters (a-z A-Z 0-9 . _ -), the first a letter or a digit, not "../x"',
    ],
    [
      "a time without unit",
      ["--interval", "1000"],
      {},
      '--interval must be a time with its unit (ms, s, m or h) from 100ms to 60s, not "1000"',
    ],
    [
      "a time that is too long",
      ["--interval", "61s"],
      {},
      '--interval must be a time with its unit (ms, s, m or h) from 100ms to 60s, not "61s"',
    ],
    [
      "a size in a word of Object",
      ["--write-budget", "1constructor"],
      {},
      '--write-budget must be a size with its unit (B, kB, MB, KiB, MiB) from 1kB to 100MB, not "1constructor"',
    ],
    [
      "a drain that ends before it begins",
      ["--drain-delay", "30s"],
      {},
      "--drain-timeout must be longer than --drain-delay",
    ],
    [
      "an invalid counter name",
      ["--counters", "visits,Bad"],
      {},
      '--counters must be a comma-separated list of counter names (a-z and 0-9, with . _ - and / between them, at most 128 characters), not "visits,Bad": "Bad" is not valid',
    ],
    [
      "an origin with a path",
      ["--allowed-origins", "https://a.example,https://b.example/blog"],
      {},
      '--allowed-origins must be * or a comma-separated list of origins, such as https://example.com,http://127.0.0.1:8080, not "https://a.example,https://b.example/blog": "https://b.example/blog" is not valid',
    ],
    ["another log format", ["--log", "xml"], {}, '--log must be text or json, not "xml"'],
    [
      "another store",
      ["--store", "redis://x"],
      {},
      '--store must be sqlite:FILE or etcd://HOST:PORT[,HOST:PORT...], not "redis://x"',
    ],
    [
      "an etcd port out of range",
      ["--store", "etcd://a:0"],
      {},
      '--store must be sqlite:FILE or etcd://HOST:PORT[,HOST:PORT...], not "etcd://a:0"',
    ],
    [
      "an empty endpoint",
      ["--store", "etcd://a:1,"],
      {},
      '--store must be sqlite:FILE or etcd://HOST:PORT[,HOST:PORT...], not "etcd://a:1,"',
    ],
    [
      "etcd's settings on SQLite",
      ["--etcd-user", "x"],
      { GLOBAL_CLUSTER_ETCD_PASSWORD: "p" },
      "--etcd-user works only with --store etcd://...",
      "GLOBAL_CLUSTER_ETCD_PASSWORD works only with --store etcd://...",
    ],
    [
      "a user without password",
      ["--store=etcd://a", "--etcd-user", "x"],
      {},
      "--etcd-user needs GLOBAL_CLUSTER_ETCD_PASSWORD or --etcd-password-file",
    ],
    [
      "a password without user",
      ["--store=etcd://a"],
      { GLOBAL_CLUSTER_ETCD_PASSWORD: "p" },
      "GLOBAL_CLUSTER_ETCD_PASSWORD needs --etcd-user",
    ],
    [
      "a password as a flag, without repeating it",
      ["--etcd-password", "p"],
      {},
      "--etcd-password cannot be a flag: other users could read it. Set GLOBAL_CLUSTER_ETCD_PASSWORD",
    ],
    [
      "the same as one word",
      ["--etcd-password=p"],
      {},
      "--etcd-password cannot be a flag: other users could read it. Set GLOBAL_CLUSTER_ETCD_PASSWORD",
    ],
    ["an unknown flag, and suggest a similar one", ["--prot", "4000"], {}, "--prot is unknown; did you mean --port?"],
    ["an unknown flag without a similar one", ["--frobnicate"], {}, "--frobnicate is unknown; --help lists all flags"],
    ["an unknown short flag", ["-p", "1"], {}, "-p is unknown; --help lists all flags"],
    [
      "an unknown variable",
      [],
      { GLOBAL_CLUSTER_REGOIN: "x" },
      "GLOBAL_CLUSTER_REGOIN is unknown; did you mean GLOBAL_CLUSTER_REGION?",
    ],
    ["a flag without value", ["--name", "--port", "1"], {}, "--name needs a value: --name <name>"],
    ["a flag without value at the end", ["--name"], {}, "--name needs a value: --name <name>"],
    [
      "a word that belongs to no flag",
      ["4003"],
      {},
      '"4003" belongs to no flag; with npm, write flags after -- (npm run node -- --port <port>)',
    ],
    [
      "several at once",
      ["--port", "x", "--log", "y"],
      { GLOBAL_CLUSTER_NAME: "?" },
      '--port must be a whole number from 0 to 65535, not "x"',
      'GLOBAL_CLUSTER_NAME must be 1 to 63 characters (a-z A-Z 0-9 . _ -), the first a letter or a digit, not "?"',
      '--log must be text or json, not "y"',
    ],
  ];
  for (const [title, argv, env, ...sentences] of wrong) {
    it(`refuse ${title}`, () => assert.deepEqual(mistakes(argv, env), sentences));
  }
});
