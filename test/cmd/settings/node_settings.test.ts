import assert from "node:assert/strict";
import { resolve } from "node:path";
import { urlOf } from "../../../cmd/settings/node_settings.ts";
import { mistakes, settings } from "./parsed_node.ts";

/** A node starts without any setting. Each setting is a flag and a variable. */
describe("node settings", () => {
  it("have defaults for a fresh machine", () => {
    assert.deepEqual(settings(["--log", "json"]), {
      port: 4000,
      host: "127.0.0.1",
      url: null,
      peerHost: "127.0.0.1",
      peerPort: 0,
      peerSecurity: { files: null, plainToo: false },
      admin: null,
      adminPage: "admin",
      name: "node-4000",
      region: "local",
      store: { kind: "sqlite", file: resolve("data/store.sqlite") },
      owner: null,
      pods: null,
      knownLedgerFile: null,
      dataDir: resolve("data/node-4000"),
      conversionDelay: 60_000,
      counters: null,
      maxCounters: 10_000,
      allowedOrigins: "*",
      tokens: null,
      anonymous: { usual: "count", named: new Map() },
      maxBy: { usual: 1, named: new Map() },
      create: { usual: "anyone", named: new Map() },
      trustedProxies: null,
      allowedHosts: "*",
      interval: 1000,
      keyWindow: 900_000,
      writeBudget: 100_000,
      importBudget: 1_000_000,
      daysBudget: 33_554_432,
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
      assert.equal(settings(["--host", host, "--peer-insecure"]).host, host);
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

  it("accept the names of the hosts that a node answers to", () => {
    const { allowedHosts } = settings(["--allowed-hosts", "Counter.example.com, counter"]);
    assert.deepEqual(allowedHosts, new Set(["counter.example.com", "counter"]));
    for (const bad of ["", "a:80", "https://a.example", "*.example.com", "10.0.0.1", "[::1]"])
      assert.equal(mistakes([`--allowed-hosts=a,${bad}`]).length, 1, bad);
  });

  it("keep the admin side beside the page only where nobody else can reach the page", () => {
    const everywhere = ["--host", "0.0.0.0", "--peer-host", "10.1.2.3", "--peer-insecure"];
    for (const host of ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
      assert.equal(settings(["--host", host]).admin, null, host);
    assert.deepEqual(settings(everywhere).admin, { host: "127.0.0.1", port: 14_000 });
    assert.deepEqual(settings(["--host", "10.1.2.3", "--peer-insecure", "--port", "60000"]).admin, {
      host: "127.0.0.1",
      port: 50_000,
    });
    assert.deepEqual(settings(["--host", "node1", "--peer-insecure"]).admin, { host: "127.0.0.1", port: 14_000 });
    assert.deepEqual(settings(["--admin-port", "9000"]).admin, { host: "127.0.0.1", port: 9_000 });
    assert.deepEqual(settings(["--admin-host", "10.1.2.3"]).admin, { host: "10.1.2.3", port: 14_000 });
    assert.match(mistakes(["--admin-port", "4000"]).join(), /--admin-port .*must differ from --port/);
  });

  it("give the address of a node's page", () => {
    assert.equal(urlOf(settings([]), 4000), "http://127.0.0.1:4000");
    assert.equal(urlOf(settings(["--host", "::1"]), 4000), "http://[::1]:4000");
    assert.equal(
      urlOf(settings(["--host", "0.0.0.0", "--peer-host", "10.1.2.3", "--peer-insecure"]), 80),
      "http://10.1.2.3:80",
    );
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
});
