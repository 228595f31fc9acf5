import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { ClientAddresses } from "../../../../internal/adapters/http/access/client_address.ts";

const TRUSTED = ["10.0.0.0/8", "192.0.2.1", "fd00::/8"];

/** A stranger's headers are ignored; a trusted proxy's name the client. */
describe("HTTP: addresses of clients", () => {
  const cases: [title: string, sender: string, headers: Record<string, string>, key: string][] = [
    ["no proxy", "203.0.113.9", {}, "203.0.113.9"],
    ["an IPv4 client of an IPv6 socket", "::ffff:203.0.113.9", {}, "203.0.113.9"],
    ["a stranger who sends X-Forwarded-For", "203.0.113.9", { "x-forwarded-for": "198.51.100.1" }, "203.0.113.9"],
    ["a stranger who sends Forwarded", "203.0.113.9", { forwarded: "for=198.51.100.1" }, "203.0.113.9"],
    ["a proxy", "10.1.2.3", { "x-forwarded-for": "198.51.100.1" }, "198.51.100.1"],
    ["a proxy on an IPv6 socket", "::ffff:10.1.2.3", { "x-forwarded-for": "198.51.100.1" }, "198.51.100.1"],
    ["a proxy that says nothing", "10.1.2.3", {}, "10.1.2.3"],
    ["two proxies", "10.1.2.3", { "x-forwarded-for": "198.51.100.1, 192.0.2.1" }, "198.51.100.1"],
    ["what a client put before", "10.1.2.3", { "x-forwarded-for": "1.1.1.1, 198.51.100.1" }, "198.51.100.1"],
    ["proxies alone", "10.1.2.3", { "x-forwarded-for": "10.9.9.9, 10.8.8.8" }, "10.9.9.9"],
    ["a port", "10.1.2.3", { "x-forwarded-for": "198.51.100.1:4711" }, "198.51.100.1"],
    ["IPv6 in brackets", "fd00::1", { "x-forwarded-for": "[2001:db8:1:2::9]:80" }, "2001:db8:1:2::/64"],
    ["what is no address", "10.1.2.3", { "x-forwarded-for": "198.51.100.1, unknown" }, "10.1.2.3"],
    [
      "Forwarded",
      "10.1.2.3",
      { forwarded: 'proto=https;for="[2001:db8::1]:80";by=x, for=192.0.2.1' },
      "2001:db8:0:0::/64",
    ],
    ["Forwarded with a hidden name", "10.1.2.3", { forwarded: "for=_hidden" }, "10.1.2.3"],
    [
      "both headers that agree",
      "10.1.2.3",
      { forwarded: "for=198.51.100.1", "x-forwarded-for": "198.51.100.1" },
      "198.51.100.1",
    ],
    [
      "a stranger's header that a proxy passed on",
      "10.1.2.3",
      { forwarded: "for=1.1.1.1", "x-forwarded-for": "198.51.100.1" },
      "10.1.2.3",
    ],
  ];
  const clients = new ClientAddresses(TRUSTED);
  for (const [title, remoteAddress, headers, key] of cases)
    it(title, () => {
      const request = { socket: { remoteAddress }, headers } as unknown as IncomingMessage;
      assert.equal(clients.keyOf(request), key);
    });

  it("trusts nobody unless the settings do", () => {
    const request = { socket: { remoteAddress: "10.1.2.3" }, headers: { "x-forwarded-for": "198.51.100.1" } };
    assert.equal(new ClientAddresses([]).keyOf(request as unknown as IncomingMessage), "10.1.2.3");
  });
});
