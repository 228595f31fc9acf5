import assert from "node:assert/strict";
import type { Pod } from "../../../internal/core/operator/children.ts";
import { CounterPagesError, type NodeAccount } from "../../../internal/ports/counter_pages.ts";
import { Looks } from "../../../internal/services/operator/looks.ts";
import { ManualClock } from "../../store/manual_clock.ts";

const PAUSE = 2_000;

/** Pods at addresses that a test answers for. */
class World {
  readonly clock = new ManualClock();
  readonly asked: string[] = [];
  readonly accounts = new Map<string, Partial<NodeAccount>>();
  pods: Pod[] = [];
  looked = 0;
  readonly looks = new Looks({
    clock: this.clock,
    pause: PAUSE,
    pods: () => this.pods,
    looked: () => {
      this.looked += 1;
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

  /** Lets one more look happen, and gives whom it asked. */
  async look(): Promise<string[]> {
    this.asked.length = 0;
    await this.clock.advance(PAUSE);
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
  nodes: ["a", "b", "c", "d"].map((ip) => ({ id: ip, name: `pod-${ip}`, state: "counting" })),
};

describe("operator: its looks at counters", () => {
  let world: World;
  beforeEach(() => {
    world = new World();
  });
  afterEach(() => world.looks.endAll());

  it("are over at once where there is no pod to ask", async () => {
    world.pod("a", "Pending");
    world.looks.begin("x");
    await world.clock.advance(0);
    assert.deepEqual([world.looks.hasLooked("x"), world.looks.answer("x"), world.asked], [true, null, []]);
  });

  it("go to any pod first, and to the leader as soon as one has named it", async () => {
    for (const ip of ["a", "b", "c"]) world.pod(ip);
    for (const ip of ["a", "b", "c"]) world.accounts.set(ip, {});
    world.looks.begin("x");
    assert.equal(world.looks.hasLooked("x"), false);
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["a:4000"]);
    assert.deepEqual([await world.look(), await world.look()], [["b"], ["b"]]);
    assert.equal(world.looks.answer("x")?.pod, "pod-b");
  });

  it("go on to others when a pod does not answer or may be cut off, and keep the most current answer", async () => {
    for (const ip of ["a", "b", "c", "d"]) world.pod(ip);
    world.accounts.set("b", { age: 60 }).set("c", { age: 30 }).set("d", { age: 0 });
    world.looks.begin("x");
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["a:4000", "b:4000", "c:4000"]);
    assert.deepEqual([world.looks.answer("x")?.pod, world.looks.answer("x")?.age], ["pod-c", 30]);
    for (let look = 0; look < 4 && world.looks.answer("x")?.age !== 0; look += 1) await world.look();
    assert.equal(world.looks.answer("x")?.pod, "pod-d");
  });

  it("keep the last answer while nobody answers, and ask every pod in turn", async () => {
    for (const ip of ["a", "b", "c", "d"]) world.pod(ip);
    world.accounts.set("a", { leader: null });
    world.looks.begin("x");
    await world.clock.advance(0);
    const { at } = world.looks.answer("x") ?? {};
    world.accounts.clear();
    const asked = new Set<string>();
    for (let look = 0; look < 5; look += 1) for (const ip of await world.look()) asked.add(ip);
    assert.deepEqual([...asked].sort(), ["a", "b", "c", "d"]);
    assert.equal(world.looks.answer("x")?.at, at);
    assert.equal(world.looked, 6);
  });

  it("reach addresses of both families", async () => {
    world.pod("fd00::7");
    world.looks.begin("x");
    await world.clock.advance(0);
    assert.deepEqual(world.asked, ["[fd00::7]:4000"]);
  });

  it("end", async () => {
    world.pod("a");
    world.looks.begin("x");
    await world.clock.advance(0);
    world.looks.end("x");
    assert.deepEqual(await world.look(), []);
    assert.equal(world.looks.hasLooked("x"), false);
  });
});
