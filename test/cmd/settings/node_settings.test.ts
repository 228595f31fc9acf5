import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type NodeSettings, nodeCommand, urlOf } from "../../../cmd/settings/node_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";
import { makeReadOnly, withSmallDisk } from "../../adapters/disk/small_disk.ts";
import { needs } from "../../needs.ts";

const PEM = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

/**
 * A node starts without any setting. Each setting is a flag and a variable, and each mistake is told with what is
 * right.
 */
describe("node settings", () => {
  let directory: string;
  let pem: string;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "settings-"));
    pem = file("ca.pem", PEM);
  });
  after(() => rmSync(directory, { recursive: true }));

  it("have defaults for a fresh machine", () => {
    assert.deepEqual(settings(["--log", "json"]), {
      port: 4000,
      host: "127.0.0.1",
      url: null,
      peerHost: "127.0.0.1",
      peerPort: 0,
      name: "node-4000",
      region: "local",
      store: { kind: "sqlite", file: resolve("data/store.sqlite") },
      owner: null,
      pods: null,
      knownLedgerFile: null,
      dataDir: resolve("data/node-4000"),
      counters: null,
      maxCounters: 10_000,
      allowedOrigins: "*",
      interval: 1000,
      writeBudget: 100_000,
      drainDelay: 0,
      drainTimeout: 25_000,
      drainReport: null,
      log: "json",
      logLevel: "info",
    });
  });

  it("derive the name from the port, and the data directory from the name", () => {
    assert.equal(settings(["--port", "4003"]).dataDir, resolve("data/node-4003"));
    assert.equal(settings(["--port", "0", "--name", "blue"]).dataDir, resolve("data/blue"));
    assert.equal(settings(["--data-dir", "none"]).dataDir, null);
  });

  it("prefer flags to variables and variables to defaults, and ignore empty variables", () => {
    const env = { GLOBAL_CLUSTER_PORT: "5000", GLOBAL_CLUSTER_REGION: "mars", GLOBAL_CLUSTER_NAME: "" };
    const { port, region, name } = settings(["--port=6000"], env);
    assert.deepEqual({ port, region, name }, { port: 6000, region: "mars", name: "node-6000" });
  });

  it("accept a flag twice with the same value, and host names with digits", () => {
    assert.equal(settings(["--port", "2", "--port", "2"]).port, 2);
    for (const host of ["10.0.0.1", "node1", "1.node", "4.example.com"])
      assert.equal(settings(["--host", host]).host, host);
  });

  it("parse times and sizes with units", () => {
    const { interval, drainDelay, writeBudget } = settings([
      "--interval",
      "1.5s",
      "--drain-delay=250ms",
      "--write-budget",
      "64KiB/s",
    ]);
    assert.deepEqual({ interval, drainDelay, writeBudget }, { interval: 1500, drainDelay: 250, writeBudget: 65_536 });
    assert.equal(settings(["--drain-delay", "0"]).drainDelay, 0);
    assert.equal(settings(["--drain-timeout", "2m"]).drainTimeout, 120_000);
  });

  it("parse several etcd endpoints, with a default port and IPv6", () => {
    assert.deepEqual(settings(["--store", "etcd://a.example:2379,10.0.0.2,[::1]:9"]).store, {
      kind: "etcd",
      endpoints: ["a.example:2379", "10.0.0.2:2379", "[::1]:9"],
      prefix: "/global-cluster/",
    });
  });

  it("read certificates and the password file", () => {
    const flags = [
      "--store",
      "etcd://e:1",
      "--etcd-ca",
      pem,
      "--etcd-cert",
      pem,
      "--etcd-key",
      pem,
      "--etcd-user",
      "root",
    ];
    const { store } = settings([...flags, "--etcd-password-file", file("password", "s3cret\n")]);
    assert.ok(store.kind === "etcd");
    assert.equal(store.tls?.().key?.toString(), PEM);
    assert.deepEqual(store.auth, { username: "root", password: "s3cret" });
    const fromVariable = settings(flags, { GLOBAL_CLUSTER_ETCD_PASSWORD: "other" }).store;
    assert.deepEqual(fromVariable.kind === "etcd" && fromVariable.auth, { username: "root", password: "other" });
  });

  it("reload renewed certificates, and keep the last ones while the file is empty", () => {
    const renewed = file("renewed.pem", PEM);
    const { store } = settings(["--store", "etcd://e:1", "--etcd-ca", renewed]);
    assert.ok(store.kind === "etcd");
    const ca = () => store.tls?.().ca.toString();
    assert.equal(ca(), PEM);
    file("renewed.pem", `${PEM}and another`);
    assert.equal(ca(), `${PEM}and another`);
    file("renewed.pem", "");
    assert.equal(ca(), `${PEM}and another`);
  });

  it("accept regions by name and by coordinates", () => {
    for (const region of ["eu-central-1", "mars", "48.21,16.37", "office:-33.9,18.4"]) {
      assert.equal(settings([`--region=${region}`]).region, region);
    }
    for (const bad of ["a b", "office:91,0", "48.21,", "office@1,2"]) {
      assert.match(mistakes([`--region=${bad}`]).join(), /degrees north and east/, bad);
    }
  });

  it("accept the origins whose pages may count", () => {
    const { allowedOrigins } = settings(["--allowed-origins", "https://a.example, http://127.0.0.1:8080"]);
    assert.deepEqual(allowedOrigins, new Set(["https://a.example", "http://127.0.0.1:8080"]));
    for (const bad of ["a.example", "https://a.example/", "https://A.example", "null", "file://", "https://*.example"])
      assert.equal(mistakes(["--allowed-origins", bad]).length, 1, bad);
  });

  it("give the address of a node's page", () => {
    assert.equal(urlOf(settings([]), 4000), "http://127.0.0.1:4000");
    assert.equal(urlOf(settings(["--host", "::1"]), 4000), "http://[::1]:4000");
    assert.equal(urlOf(settings(["--host", "0.0.0.0", "--peer-host", "10.1.2.3"]), 80), "http://10.1.2.3:80");
    assert.equal(urlOf(settings(["--url", "https://count.example/"]), 1), "https://count.example");
  });

  it("refuse addresses that peers would refuse", () => {
    const told: [argv: string[], words: RegExp][] = [
      [["--url", "https://zähler.example"], /^--url must have the form https:\/\/xn--zhler-gra\.example, not/],
      [["--url", "HTTP://Counter.example.com/"], /^--url must have the form http:\/\/counter\.example\.com, not/],
      [["--url", `http://counter.example.com/${"x".repeat(500)}`], /^--url must be .* at most 500 characters/],
      [["--peer-host", "fe80::1%eth0"], /^--peer-host must be an address without a zone/],
      [["--host", "[fe80::1%eth0]"], /^--host must be an address without a zone/],
    ];
    for (const [argv, words] of told) assert.match(mistakes(argv).join("\n"), words);
  });

  it("ignore the variables that Kubernetes sets for a Service called global-cluster", () => {
    const env = {
      GLOBAL_CLUSTER_PORT: "tcp://10.96.0.7:80",
      GLOBAL_CLUSTER_PORT_80_TCP: "tcp://10.96.0.7:80",
      GLOBAL_CLUSTER_PORT_80_TCP_ADDR: "10.96.0.7",
      GLOBAL_CLUSTER_SERVICE_HOST: "10.96.0.7",
      GLOBAL_CLUSTER_SERVICE_PORT: "80",
      GLOBAL_CLUSTER_SERVICE_PORT_HTTP: "80",
      GLOBAL_CLUSTER_PEERS_SERVICE_HOST: "10.96.0.8",
    };
    assert.equal(settings([], env).port, 4000);
  });

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
      '--max-counters must be a whole number from 1 to 100000, not "-1"',
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
      '--counters must be a comma-separated list of counter names (a-z and 0-9, with . _ and - between them, at most 128 characters), not "visits,Bad": "Bad" is not valid',
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

  it("refuse files that are not readable or have other content", () => {
    const nowhere = join(directory, "nowhere");
    const text = file("text", "hello");
    const empty = file("empty", "");
    const argv = ["--store", `sqlite:${directory}`, "--data-dir", text, "--etcd-ca", nowhere, "--etcd-cert", directory];
    assert.deepEqual(mistakes([...argv, "--etcd-key", text, "--etcd-password-file", empty]), [
      `--store must be a file, but it is a directory, not "sqlite:${directory}"`,
      `--etcd-ca must be a readable file (it does not exist), not "${nowhere}"`,
      `--etcd-cert must be a readable file (it is a directory), not "${directory}"`,
      `--etcd-key must be a PEM file: a line must begin with -----BEGIN, not "${text}"`,
      `--etcd-password-file must be a file with the password in its first line, which is empty, not "${empty}"`,
      `--data-dir must be a directory (or none), but it is a file, not "${text}"`,
    ]);
  });

  it("refuse a client certificate without its key, and one without etcd's authority", () => {
    const store = ["--store", "etcd://a", "--etcd-cert", pem];
    assert.deepEqual(mistakes([...store, "--etcd-ca", pem]), ["--etcd-cert needs --etcd-key"]);
    assert.deepEqual(mistakes([...store, "--etcd-key", pem]), ["--etcd-cert needs --etcd-ca"]);
  });

  it("refuse paths that are not writable", function () {
    needs(this, "mount");
    withSmallDisk(64 * 1024, (disk) => {
      makeReadOnly(disk);
      const argv = ["--data-dir", join(disk, "a", "b"), "--store", `sqlite:${disk}/c/store.sqlite`];
      assert.deepEqual(mistakes(argv), [
        `--store must be a writable file (${disk}: read-only file system), not "sqlite:${disk}/c/store.sqlite"`,
        `--data-dir must be a writable directory (${disk}: read-only file system), not "${disk}/a/b"`,
      ]);
    });
  });

  function file(name: string, text: string): string {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  }

  function mistakes(argv: string[], env: Record<string, string> = {}): string[] {
    const reading = parseSettings(nodeCommand, argv, env);
    assert.ok(reading.kind === "errors", "everything was taken");
    return reading.errors.map(messageOf);
  }

  function settings(argv: string[], env: Record<string, string> = {}): NodeSettings {
    const reading = parseSettings(nodeCommand, argv, env);
    assert.ok(reading.kind === "settings", JSON.stringify(reading));
    return reading.settings;
  }
});
