import assert from "node:assert/strict";
import { PeerPortGathering } from "../../../internal/adapters/etcd/peer_port_gathering.ts";
import { freePorts } from "../../free_port.ts";
import { loopbackAddresses } from "../../loopback_addresses.ts";

const NOTE = { volume: "v", members: 3, peerUrl: "http://etcd-0:2380", founding: null };

describe("etcd member: the others", () => {
  it("hear its note at every address, IPv4 and IPv6: a pod may have either", async () => {
    const [port = 0] = await freePorts(1);
    const gathering = new PeerPortGathering("0.0.0.0", port);
    await gathering.tell(NOTE);
    try {
      for (const address of loopbackAddresses()) {
        const member = { name: "etcd-0", peerUrl: `http://${address}:${port}`, clientUrl: "" };
        assert.deepEqual(await gathering.ask(member), NOTE, address);
      }
    } finally {
      await gathering.close();
    }
  });
});
