import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { eventually } from "../../../eventually.ts";
import { needs } from "../../../needs.ts";
import { type Machine, Network } from "../../../network_namespaces.ts";
import { CALL_MS, type Operation } from "./history.ts";
import { judge, until } from "./judge.ts";
import { CLIENT_PORT, NetworkedMember } from "./networked_member.ts";

/** For which a fault lasts: an election of etcd takes half of it. */
const FAULT_MS = 1_500;
/** On a busy machine. */
const PATIENCE_MS = 60_000;
/** Between two faults. */
const HEALTHY_MS = 500;
/** A packet of etcd with an answer is larger; what a connection begins with is smaller. */
const ANSWER_BYTES = 120;
/** Each time, some commits take effect and are not answered. */
const ANSWERS_LOST = 4;
const ANSWERS_ARE_LOST = "answers do not reach other machines, again and again";

const alive = new Set<ChildProcess>();
process.once("exit", () => {
  for (const child of alive) child.kill("SIGKILL");
});

/**
 * Three members of etcd on three machines, and three ledgers. Each ledger has a client on each machine: one knows the member there, the
 * others know only those on other machines. Links are cut in both directions and in one, members are paused and killed, and all that
 * clients asked and were answered is judged.
 *
 * Clocks are not set off: etcd and the clients measure leases on the monotonic clock, which all processes of a machine share, and etcd, a
 * Go program, takes it from the kernel and not from the C library, where it could be changed for one process.
 */
describe("etcd behind links that are cut", function () {
  this.timeout(600_000);
  let network: Network | null = null;
  let members: NetworkedMember[] = [];
  let clients: RecordedClient[] = [];
  before(function () {
    needs(this, "etcd", "network namespaces", "curl");
  });
  beforeEach(async () => {
    network = new Network(3);
    members = network.machines.map((machine) => new NetworkedMember(network!, machine));
    for (const member of members) member.start();
    await Promise.all(members.map((member) => member.ready()));
  });
  afterEach(async () => {
    for (const client of clients) client.kill();
    for (const member of members) await member.remove();
    network?.remove();
    clients = [];
    members = [];
    network = null;
  });

  const leader = () => eventually(() => members.find((member) => member.leads()));
  const others = (member: NetworkedMember) =>
    members.filter((other) => other !== member) as [NetworkedMember, NetworkedMember];

  /** Each is a fault, until `heal`. */
  const FAULTS: Record<string, () => Promise<void> | void> = {
    "the leader is cut off": async () => network!.isolate((await leader()).machine),
    "a follower is cut off": async () => network!.isolate(others(await leader())[0].machine),
    "nobody hears the leader": async () => {
      const led = await leader();
      for (const other of others(led)) network!.cutOneWay(led.machine, other.machine);
    },
    "the leader hears nobody": async () => {
      const led = await leader();
      for (const other of others(led)) network!.cutOneWay(other.machine, led.machine);
    },
    "a follower's clients do not hear the leader": async () => {
      const led = await leader();
      network!.cutOneWay(led.machine, others(led)[0].machine);
    },
    [ANSWERS_ARE_LOST]: async () => {
      for (let times = 1; times <= ANSWERS_LOST; times++) {
        network!.heal();
        await sleep(HEALTHY_MS);
        for (const from of network!.machines)
          for (const to of network!.machines)
            if (from !== to) network!.loseAnswers(from, to, CLIENT_PORT, ANSWER_BYTES);
        await sleep(CALL_MS);
      }
    },
    "two of three do not reach each other": async () => {
      const led = await leader();
      network!.cut(led.machine, others(led)[0].machine);
    },
    "the leader is paused": async () => (await leader()).pause(),
    "the leader is killed": async () => (await leader()).kill(),
    "two of three are paused": async () => {
      const led = await leader();
      led.pause();
      others(led)[0].pause();
    },
    "all are cut off from each other": () => {
      for (const { machine } of members) network!.isolate(machine);
    },
  };

  async function heal(): Promise<void> {
    network!.heal();
    for (const member of members) {
      member.resume();
      if (!member.runs) member.start();
    }
    await Promise.all(members.map((member) => member.ready()));
  }

  it("answers its clients as one store that does one thing after the other", async () => {
    clients = members.flatMap((_, ledger) =>
      members.map(({ machine, endpoint }, at) => {
        const near = at === ledger;
        const endpoints = members.map((other) => other.endpoint).filter((other) => (other === endpoint) === near);
        return new RecordedClient(network!, machine, `${near ? "near" : "far"}-${at}`, ledger, endpoints);
      }),
    );
    await eventually(() => clients.every((client) => client.operations.length > 0), PATIENCE_MS);
    for (const [name, fault] of Object.entries(FAULTS)) {
      await sleep(HEALTHY_MS);
      const before = summary(historyOf(clients)).commits;
      await fault();
      await sleep(FAULT_MS);
      await heal();
      const now = Number(process.hrtime.bigint() / 1_000n);
      const commits = () => summary(historyOf(clients)).commits;
      await eventually(() => commits() > before, PATIENCE_MS).catch(() => assert.fail(`no commit after this: ${name}`));
      assertRight(clients, now, name);
    }
    // A slow machine makes few calls, of which none may have lost its answer.
    for (let more = 0; more < 10 && summary(historyOf(clients)).appliedUnknown === 0; more++) {
      await FAULTS[ANSWERS_ARE_LOST]!();
      await heal();
    }
    await sleep(HEALTHY_MS);
    for (const client of clients) await client.end();
    const history = historyOf(clients);
    assertRight(clients, Infinity, "at the end");
    const figures = summary(history);
    console.log(`      ${history.length} calls: ${JSON.stringify(figures)}`);
    assert.ok(figures.commits > 200 && figures.appliedUnknown > 0 && figures.epochs > 5, JSON.stringify(figures));
  });
});

/** A process of `recorded_client.ts` on a machine. */
class RecordedClient {
  readonly ledger: number;
  readonly #child: ChildProcess;
  #output = "";
  #errors = "";

  constructor(network: Network, machine: Machine, name: string, ledger: number, endpoints: readonly string[]) {
    this.ledger = ledger;
    const script = join(import.meta.dirname, "recorded_client.ts");
    const told = [`${name}-of-${ledger}`, `/ledger-${ledger}/`, endpoints.join()];
    const [program, ...args] = network.on(machine, [process.execPath, script, ...told]);
    this.#child = spawn(program, args, { stdio: ["ignore", "pipe", "pipe"] });
    this.#child.stdout!.setEncoding("utf8").on("data", (text) => {
      this.#output += text;
    });
    this.#child.stderr!.setEncoding("utf8").on("data", (text) => {
      this.#errors += text;
    });
    alive.add(this.#child);
    this.#child.once("exit", () => alive.delete(this.#child));
  }

  /** What it did so far. */
  get operations(): Operation[] {
    const lines = this.#output.split("\n").slice(0, -1);
    const operations = lines.map((line) => JSON.parse(line) as Operation);
    // A write has a second line when it is answered.
    const answered = new Map(
      operations.map((operation, at) => ["value" in operation ? operation.value : at, operation]),
    );
    return [...answered.values()];
  }

  /** Resolves when its last call was answered. */
  async end(): Promise<void> {
    const closed = once(this.#child, "close");
    this.#child.kill("SIGTERM");
    const [code] = await closed;
    assert.equal(code, 0, this.#errors);
  }

  kill(): void {
    this.#child.kill("SIGKILL");
  }
}

/** Judges each ledger, as far as its history goes by `moment`. */
function assertRight(clients: readonly RecordedClient[], moment: number, when: string): void {
  for (const all of Map.groupBy(clients, ({ ledger }) => ledger).values()) {
    const wrong = judge(until(moment, historyOf(all)));
    assert.equal(wrong.length, 0, `${wrong.slice(0, 10).join("\n")} (${wrong.length} mistakes, ${when})`);
  }
}

/** What all of them did so far. */
function historyOf(clients: readonly RecordedClient[]): Operation[] {
  return clients.flatMap((client) => client.operations);
}

function summary(history: readonly Operation[]) {
  const writes = history.filter((operation) => operation.call === "write");
  const unknown = writes.filter(({ answer }) => "error" in answer && answer.mayBeApplied);
  const read = new Set(history.flatMap(({ answer }) => ("values" in answer ? answer.values : [])));
  const won = history.flatMap(({ call, answer }) => (call === "campaign" && "epoch" in answer ? [answer.epoch] : []));
  return {
    commits: writes.filter(({ answer }) => "revision" in answer).length,
    unknown: unknown.length,
    appliedUnknown: unknown.filter(({ value }) => read.has(value)).length,
    epochs: new Set(won.filter((epoch) => epoch !== null)).size,
  };
}
