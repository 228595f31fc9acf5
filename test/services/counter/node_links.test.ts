import assert from "node:assert/strict";
import { NodeLinks } from "../../../internal/services/counter/node_links.ts";

const LINKS = new Map([["news", "https://example.org/"]]);

/** What a node makes of snapshots that have links, and of those that have none. */
describe("the links of a node", () => {
  it("are not known before the first snapshot", () => {
    assert.equal(new NodeLinks().shown, null);
  });

  it("stay as they are in a change that has none", () => {
    const links = new NodeLinks();
    links.adopt({ since: null, links: LINKS });
    links.adopt({ since: 4 });
    assert.deepEqual(links.shown, LINKS);
  });

  it("are those of a change that has some, which may be none", () => {
    const links = new NodeLinks();
    links.adopt({ since: null, links: LINKS });
    links.adopt({ since: 4, links: new Map() });
    assert.deepEqual(links.shown, new Map());
  });

  it("are none in a ledger that has none, as one of format 1", () => {
    const links = new NodeLinks();
    links.adopt({ since: null, links: LINKS });
    links.adopt({ since: null });
    assert.deepEqual(links.shown, new Map());
  });
});
