import assert from "node:assert/strict";
import {
  authorityUri,
  clusterOfAuthority,
  identityOf,
  isClusterName,
  ROLES,
  soleIdentity,
  uriOf,
  whyNotPeer,
} from "../../../internal/core/identity/identity.ts";
import { uriNamesIn } from "../../../internal/core/identity/subject_alt_name.ts";

/** A certificate says in one URI name which part of which cluster its holder is. */
describe("identity", () => {
  const counter = { cluster: "shop.web", role: "counter" } as const;

  it("goes into a URI name and comes back", () => {
    assert.equal(uriOf(counter), "spiffe://shop.web/counter");
    for (const role of ROLES)
      assert.deepEqual(identityOf(uriOf({ cluster: "a-1.b", role })), { cluster: "a-1.b", role });
  });

  it("is no URI name of another form", () => {
    const bad = ["", "spiffe://shop.web", "spiffe://shop.web/", "spiffe://shop.web/admin", "spiffe:///counter"];
    bad.push(
      "https://shop.web/counter",
      "spiffe://shop.web/counter/",
      "spiffe://shop.web/counter?x",
      "SPIFFE://a/counter",
    );
    bad.push(
      "spiffe://shop.web/counter#x",
      "spiffe://u@shop.web/counter",
      "spiffe://shop.web:1/counter",
      "spiffe://A/counter",
    );
    bad.push("spiffe://shop.web/counter\n", "xspiffe://shop.web/counter", `spiffe://${"a".repeat(129)}/counter`);
    for (const uri of bad) assert.equal(identityOf(uri), null, JSON.stringify(uri));
  });

  it("takes the names of Kubernetes, and no others", () => {
    for (const name of ["a", "a.b", "a-b.c-d", "0", "a".repeat(128)]) assert.ok(isClusterName(name), name);
    for (const name of ["", "A", "a_b", ".a", "a.", "-a", "a-", "a/b", "a b", "a\n", "a".repeat(129)]) {
      assert.ok(!isClusterName(name), JSON.stringify(name));
      assert.throws(() => uriOf({ cluster: name, role: "store" }), RangeError);
    }
  });

  it("of an authority is its cluster's name alone", () => {
    assert.equal(clusterOfAuthority(authorityUri("shop.web")), "shop.web");
    for (const uri of ["", "spiffe://", "spiffe://shop.web/", "spiffe://shop.web/counter", "spiffe://A"])
      assert.equal(clusterOfAuthority(uri), null, uri);
    assert.equal(identityOf("spiffe://shop.web"), null);
    assert.throws(() => authorityUri("A"), RangeError);
  });

  it("is that of a certificate with one URI name", () => {
    assert.deepEqual(soleIdentity(["spiffe://shop.web/counter"]), counter);
    assert.equal(soleIdentity([]), null);
    assert.equal(soleIdentity(["spiffe://shop.web/counter", "spiffe://shop.web/counter"]), null);
    assert.equal(soleIdentity(["spiffe://shop.web/counter", "https://example.com"]), null);
  });

  it("of a peer must be the cluster and the role that are expected", () => {
    assert.equal(whyNotPeer(["spiffe://shop.web/counter"], counter), null);
    assert.match(
      whyNotPeer(["spiffe://shop.db/counter"], counter) ?? "",
      /names "spiffe:\/\/shop\.db\/counter"; expected/,
    );
    assert.match(whyNotPeer(["spiffe://shop.web/store"], counter) ?? "", /expected spiffe:\/\/shop\.web\/counter/);
    assert.match(whyNotPeer([], counter) ?? "", /no URI name/);
    const two = ["spiffe://shop.web/counter", "spiffe://shop.web/store"];
    assert.match(whyNotPeer(two, counter) ?? "", /names ".*" and ".*"/);
  });
});

describe("the URI names of a certificate", () => {
  const cases: [text: string, uris: string[]][] = [
    ["", []],
    ["DNS:a", []],
    ["URI:spiffe://a/counter", ["spiffe://a/counter"]],
    ["DNS:a.b, URI:spiffe://a/counter, IP Address:127.0.0.1", ["spiffe://a/counter"]],
    ["URI:spiffe://a/counter, URI:spiffe://b/counter", ["spiffe://a/counter", "spiffe://b/counter"]],
    // A DNS name with a comma is quoted: what is in it must not pass for a URI name.
    ['DNS:"a, URI:spiffe://a/counter"', []],
    ['DNS:"a\\", URI:spiffe://a/counter", URI:spiffe://b/store', ["spiffe://b/store"]],
    ['URI:"spiffe://a/counter\\u0000"', ["spiffe://a/counter\u0000"]],
    // Not the form that Node writes: nothing in it counts.
    ['URI:spiffe://a/counter, DNS:"open', []],
    ["URI:spiffe://a/counter, nonsense", []],
    ["URI:spiffe://a/counter,URI:spiffe://b/counter", []],
  ];
  for (const [text, uris] of cases) it(text || "(none)", () => assert.deepEqual(uriNamesIn(text), uris));
});
