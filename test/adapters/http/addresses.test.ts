import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import {
  addressOf,
  assertFree,
  ListenError,
  startListening,
} from "../../../internal/adapters/http/connections/listening.ts";
import { loopbackAddresses } from "../../loopback_addresses.ts";

/** The server listens on the addresses that its setting names, IPv4 and IPv6. */
describe("HTTP: the addresses that it listens on", () => {
  let server: Server;
  beforeEach(() => {
    server = createServer((_, res) => void res.end("here"));
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  for (const host of ["0.0.0.0", "::"]) {
    it(`are all that the machine has with ${host}, IPv4 and IPv6: a pod may have either`, async () => {
      await startListening(server, { host, port: 0 });
      for (const address of loopbackAddresses()) {
        const answer = await fetch(`http://${address}:${addressOf(server).port}/`);
        assert.equal(await answer.text(), "here", address);
      }
    });
  }

  it("are refused with a ListenError that says which, and what to do", async () => {
    await startListening(server, { host: "127.0.0.1", port: 0 });
    const { port } = addressOf(server);
    await assert.rejects(assertFree({ host: "127.0.0.1", port }), (error) => {
      assert.ok(error instanceof ListenError);
      assert.equal(error.code, "EADDRINUSE");
      assert.match(error.message, new RegExp(`^Cannot listen on 127.0.0.1, port ${port}: another process .* Stop it`));
      return true;
    });
  });

  it("are no others than the one that is named", async () => {
    await startListening(server, { host: "127.0.0.1", port: 0 });
    assert.equal(addressOf(server).address, `127.0.0.1:${addressOf(server).port}`);
  });
});
