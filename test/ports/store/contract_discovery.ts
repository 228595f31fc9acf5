import assert from "node:assert/strict";
import { eventually } from "../../eventually.ts";
import { everythingIn } from "./everything_in.ts";
import type { Backend, OpenStore } from "./store_backends.ts";

export function discoveryTests(backend: Backend): void {
  const member = (id: string) => ({
    id,
    name: `node ${id}`,
    region: "eu-west",
    peerAddress: "10.0.0.1:5000",
    url: "http://10.0.0.1:4000",
  });
  const idsSeenBy = async ({ discovery }: OpenStore) =>
    (await discovery.members())
      .map(({ id }) => id)
      .sort()
      .join();

  it("lists who registered, and not who withdrew", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    a.discovery.register(member("a"));
    b.discovery.register(member("b"));
    await eventually(async () => (await idsSeenBy(a)) === "a,b");
    const [first] = (await b.discovery.members()).filter(({ id }) => id === "a");
    assert.deepEqual(first, member("a"));
    await a.discovery.withdraw();
    assert.equal(await idsSeenBy(b), "b");
    await a.discovery.withdraw();
  });

  it("goes on listing the living, and forgets the dead", async () => {
    const [a, b] = [await backend.open(), await backend.open()];
    a.discovery.register(member("a"));
    b.discovery.register(member("b"));
    await eventually(async () => (await idsSeenBy(b)) === "a,b");
    await a.close();
    await eventually(async () => (await idsSeenBy(b)) === "b");
    const until = performance.now() + 2 * backend.memberTtlMs;
    while (performance.now() < until) {
      assert.equal(await idsSeenBy(b), "b");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it("is not part of the ledger", async () => {
    const a = await backend.open();
    a.discovery.register(member("a"));
    await eventually(async () => (await idsSeenBy(a)) === "a");
    assert.equal((await everythingIn(a.store)).entries.size, 0);
  });

  it("registers again in a store that was wiped", async () => {
    const a = await backend.open();
    a.discovery.register(member("a"));
    await eventually(async () => (await idsSeenBy(a)) === "a");
    await backend.wipe();
    await eventually(async () => (await idsSeenBy(a).catch(() => "")) === "a");
  });
}
