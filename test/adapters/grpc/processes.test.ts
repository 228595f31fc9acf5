import assert from "node:assert/strict";
import { type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { createPeers } from "../../../internal/adapters/grpc/grpc_peers.ts";
import { servePeers } from "../../../internal/adapters/grpc/peer_server.ts";
import { systemClock } from "../../../internal/adapters/system/system_clock.ts";
import { PLAIN } from "./plain.ts";
import { LeaderRecord, RecordingService } from "./recording.ts";

const CHILD = fileURLToPath(new URL("peer_process.ts", import.meta.url));

/** A leader and a node learn of the death of the other process, once. */
describe("peers in processes of their own", () => {
  const children: ChildProcessWithoutNullStreams[] = [];
  const start = (...args: string[]): ChildProcessWithoutNullStreams => {
    const child = spawn(process.execPath, [CHILD, ...args]);
    children.push(child);
    return child;
  };
  afterEach(async () => {
    for (const child of children.splice(0)) await end(child, () => child.kill("SIGKILL"));
  });

  it("tell the leader, once, when the node is killed", async () => {
    const node = start("serve");
    const address = await firstLine(node);
    const leader = new LeaderRecord();
    const peers = createPeers({ clock: systemClock, security: null });
    const stream = peers.connect(address, leader);
    await peers.getStatus(address);
    await end(node, () => node.kill("SIGKILL"));
    await leader.at(0);
    stream.send({ kind: "resigned" });
    assert.match(await leader.onlyClosed(), /^UNAVAILABLE|^INTERNAL|^CANCELLED/);
    assert.equal(leader.all.length, 1);
  });

  it("tell the node, once, when the leader is killed", async () => {
    const service = new RecordingService();
    const server = await servePeers(service, { ...PLAIN, host: "127.0.0.1", port: 0 });
    const leader = start("lead", server.address);
    const node = await service.streams.at(0);
    await node.at(0);
    await end(leader, () => leader.kill("SIGKILL"));
    await node.until(() => node.all.some((event) => "closed" in event), "the end of the stream");
    await server.close();
    assert.equal(node.all.filter((event) => "closed" in event).length, 1);
    assert.ok("closed" in node.all.at(-1)!);
  });

  it("end by themselves when they have closed what they opened", async () => {
    const node = start("serve");
    const leaders = [start("lead", await firstLine(node)), start("lead", "127.0.0.1:1")];
    // The second cannot connect, and says so before it is told to stop.
    await firstLine(leaders[1]!);
    for (const child of [...leaders, node]) assert.equal(await end(child, () => child.stdin.end()), 0);
  });
});

async function firstLine(child: ChildProcessWithoutNullStreams): Promise<string> {
  const [bytes] = await once(child.stdout, "data");
  return String(bytes).split("\n")[0]!;
}

/** Its exit code, after `act`. */
async function end(child: ChildProcessWithoutNullStreams, act: () => void): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, "exit");
  act();
  await ended;
  return child.exitCode;
}
