import assert from "node:assert/strict";
import type { Pod } from "../../../internal/core/operator/children.ts";
import { CURRENT_INTERFACE } from "../../../internal/core/operator/pod_interface.ts";
import { CounterPagesError, type NodeAccount } from "../../../internal/ports/counter_pages.ts";
import { StatusPoller } from "../../../internal/services/operator/status_poller.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";

const INTERVAL_MS = 2_000;

/** Pods at addresses that a test answers for. */
class World {
  readonly clock = new ManualClock();
  readonly asked: string[] = [];
  readonly accounts = new Map<string, Partial<NodeAccount>>();
  pods: Pod[] = [];
  polls = 0;
  readonly poller = new StatusPoller({
    clock: this.clock,
    intervalMs: INTERVAL_MS,
    pods: () => this.pods,
    polled: () => {
      this.polls += 1;
    },
    pages: {
      read: async (address) => {
        this.asked.push(address);
        const account = this.accounts.get(address.replace(":4000", ""));
        if (!account) throw new CounterPagesError("nobody is there");
        return { ...ACCOUNT, ...account };
      },
    },
  });

  pod(ip: string, phase = "Running"): void {
    this.pods.push({ metadata: { name: `pod-${ip}` }, status: { phase, podIP: ip } });
  }

  /** Lets one more poll happen. Resolves to the pods that it asked. */
  async poll(): Promise<string[]> {
    this.asked.length = 0;
    await this.clock.advance(INTERVAL_MS);
    return this.asked.map((address) => address.replace(":4000", ""));
  }
}

const ACCOUNT: NodeAccount = {
  ...{
    ledger: "l",
    version: 1,
    leader: "b",
    store: "ok",
    storeDetail: "",
    age: 0,
    interval: 1,
    total: 1n,
    largest: [],
  },
  nodes: ["a", "b", "c", "d"].map((ip) => ({ id: ip, name: `pod-${ip}`, state: "counting", pending: 0, age: 1 })),
};

describe("operator: its polls of counters", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.poller.stopAll());

  it("end at once if there is no pod to ask", async () => {
    world.pod("a", "Pending");
    world.poller.start("x");
    await world.clock.advance(0);
    assert.deepEqual([world.poller.hasPolled("x"), world.poller.report("x"), world.asked], [true, null, []]);
  });

  it("go to the admin port, and to the pages of pods that an earlier operator made", async () => {
    const status = { phase: "Running" };
    world.pods.push(
      { metadata: { name: "new", annotations: CURRENT_INTERFACE }, status: { ...status, podIP: "10.0.0.1" } },
      { metadata: { name: "old" }, status: { ...status, podIP: "10.0.0.2" } },
    );
    world.poller.start("x");
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["10.0.0.1:4002", "10.0.0.2:4000"]);
  });

  it("go to any pod first, and to the leader as soon as a pod has named it", async () => {
    for (const ip of ["a", "b", "c"]) world.pod(ip);
    for (const ip of ["a", "b", "c"]) world.accounts.set(ip, {});
    world.poller.start("x");
    assert.equal(world.poller.hasPolled("x"), false);
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["a:4000"]);
    assert.deepEqual([await world.poll(), await world.poll()], [["b"], ["b"]]);
    assert.equal(world.poller.report("x")?.pod, "pod-b");
  });

  it("go to other pods if one does not answer or may be cut off, and keep the most current report", async () => {
    for (const ip of ["a", "b", "c", "d"]) world.pod(ip);
    world.accounts.set("b", { age: 60 }).set("c", { age: 30 }).set("d", { age: 0 });
    world.poller.start("x");
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["a:4000", "b:4000", "c:4000"]);
    assert.deepEqual([world.poller.report("x")?.pod, world.poller.report("x")?.age], ["pod-c", 30]);
    for (let poll = 0; poll < 4 && world.poller.report("x")?.age !== 0; poll += 1) await world.poll();
    assert.equal(world.poller.report("x")?.pod, "pod-d");
  });

  it("keep the last report while no pod answers, and ask every pod in turn", async () => {
    for (const ip of ["a", "b", "c", "d"]) world.pod(ip);
    world.accounts.set("a", { leader: null });
    world.poller.start("x");
    await world.clock.advance(0);
    const { at } = world.poller.report("x") ?? {};
    world.accounts.clear();
    const asked = new Set<string>();
    for (let poll = 0; poll < 5; poll += 1) for (const ip of await world.poll()) asked.add(ip);
    assert.deepEqual([...asked].sort(), ["a", "b", "c", "d"]);
    assert.equal(world.poller.report("x")?.at, at);
    assert.equal(world.polls, 6);
  });

  it("reach addresses of both families", async () => {
    world.pod("fd00::7");
    world.poller.start("x");
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["[fd00::7]:4000"]);
  });

  it("stop", async () => {
    world.pod("a");
    world.poller.start("x");
    await world.clock.advance(0);
    world.poller.stop("x");
    assert.deepEqual(await world.poll(), []);
    assert.equal(world.poller.hasPolled("x"), false);
  });
});
