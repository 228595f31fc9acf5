import { setTimeout as sleep } from "node:timers/promises";
import { timeToNextRound } from "../../processes/failover.ts";
import { RealCluster } from "../../processes/real_cluster.ts";
import type { Effort, Line, Row } from "../row.ts";
import { spreadOf, spreadText } from "../spread.ts";

const KILL_GOAL_MS = 1_500;
/** A younger leader is not taken over (docs/protocol.md, Take over). */
const OLD_ENOUGH_MS = 11_000;
const HAND_OVER_GOAL_MS = 1_500;
const WARM_UP_HITS = 100;

/** Three nodes on the embedded store, under a little load: the leader goes, with and without a goodbye. */
export const failover: Row = {
  name: "failover",
  async run(effort) {
    const cluster = await RealCluster.start();
    try {
      cluster.load.start();
      const killed = await repeated(cluster, effort, OLD_ENOUGH_MS, (leader) => leader.kill());
      const left = await repeated(cluster, effort, 0, (leader) => leader.terminate());
      await cluster.assertExact();
      return [
        line("leader kill -9 to next committed round", KILL_GOAL_MS, killed),
        line("planned hand-over: SIGTERM to the other's round", HAND_OVER_GOAL_MS, left),
      ];
    } finally {
      await cluster.end(false);
    }
  },
};

type Fault = (leader: Awaited<ReturnType<RealCluster["leader"]>>) => Promise<unknown>;

async function repeated(cluster: RealCluster, { smoke, say }: Effort, waitMs: number, fault: Fault): Promise<number[]> {
  const times: number[] = [];
  for (let run = 0; run < (smoke ? 1 : 20); run++) {
    await cluster.acknowledged(WARM_UP_HITS);
    await sleep(waitMs);
    const leader = await cluster.leader();
    const watchers = cluster.running.filter((node) => node !== leader);
    times.push(await timeToNextRound(watchers, () => fault(leader)));
    say(`${Math.round(times.at(-1)!)} ms`);
    await leader.start();
  }
  return times;
}

function line(measure: string, goal: number, times: readonly number[]): Line {
  const spread = spreadOf(times.map((ms) => ms / 1000));
  return {
    measure,
    goal: `< ${goal / 1000} s`,
    result: `worst ${spread.most.toFixed(2)} s; ${spreadText(spread, 2)} s; three nodes, embedded store`,
    reached: spread.most * 1000 < goal,
  };
}
