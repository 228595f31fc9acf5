import assert from "node:assert/strict";
import { flawOf } from "../../../internal/core/cluster/member_fields.ts";

const MEMBER = { id: "n1", name: "n1", region: "eu", peerAddress: "127.0.0.1:1", url: "http://127.0.0.1:2" };

/** What a node says of itself is short and plain enough to be stored, shown and dialled. */
describe("what a member is known by", () => {
  const good: Partial<typeof MEMBER>[] = [
    {},
    { name: "Zähler 1" },
    { region: "office:-33.9,18.4" },
    { peerAddress: "[fe80::1]:4001" },
    { url: "https://counter.example.com/a?b" },
    { url: `http://${"x".repeat(500)}` },
  ];
  for (const part of good)
    it(`may be ${JSON.stringify(part).slice(0, 60)}`, () => assert.equal(flawOf({ ...MEMBER, ...part }), null));

  const bad: [Partial<typeof MEMBER>, RegExp][] = [
    [{ id: "a b" }, /^its id must be an id of 1 to 64 .*, not "a b"$/],
    [{ name: "a\u0007" }, /^its name must be 1 to 253 printable/],
    [{ region: "Österreich" }, /^its region must be .*, not "Österreich"$/],
    [{ peerAddress: "[fe80::1%eth0]:4001" }, /^its peer address must be host:port, not /],
    [
      { url: "https://zähler.example" },
      /^its url must be an http or https address .*, not "https:\/\/zähler.example"$/,
    ],
    [{ url: "HTTP://counter.example.com" }, /^its url must be/],
    [{ url: `http://${"x".repeat(501)}` }, /^its url must be/],
  ];
  for (const [part, words] of bad)
    it(`may not be ${JSON.stringify(part).slice(0, 60)}`, () =>
      assert.match(flawOf({ ...MEMBER, ...part }) ?? "", words));
});
