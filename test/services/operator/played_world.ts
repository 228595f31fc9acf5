import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import { DEFAULT_LIVES } from "../../../internal/core/operator/certificates.ts";
import type { CounterCluster, CounterClusterStatus } from "../../../internal/core/operator/counter_cluster.ts";
import { type CounterPages, CounterPagesError } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesObject, ObjectMeta } from "../../../internal/ports/kubernetes.ts";
import type { ReconcileOutcome } from "../../../internal/ports/operator_meter.ts";
import { Operator } from "../../../internal/services/operator/operator.ts";
import { cluster } from "../../core/operator/samples.ts";
import { ManualClock } from "../../ports/store/manual_clock.ts";
import { silentLog as log } from "../../ports/store/store_backends.ts";
import { PlayedApi } from "./played_api.ts";
import { playedMaker } from "./played_maker.ts";

const NOBODY_ANSWERS: CounterPages = { read: (at) => Promise.reject(new CounterPagesError(`nobody is at ${at}`)) };

/** An operator with a clock and an API server that a test controls. */
export class PlayedWorld {
  readonly clock = new ManualClock();
  readonly outcomes: ReconcileOutcome[] = [];
  readonly api: PlayedApi;
  readonly operator: Operator;

  constructor(pages = NOBODY_ANSWERS, api = new PlayedApi()) {
    this.api = api;
    const meter = { reconciled: (outcome: ReconcileOutcome) => void this.outcomes.push(outcome), lost: () => {} };
    const usual = {
      namespaces: null,
      class: "default",
      defaults: { image: "counter:1", namespace: null, lives: DEFAULT_LIVES },
    };
    const shared = { certificateMaker: playedMaker, reachability: { accepts: async () => false } };
    this.operator = new Operator({ ...usual, ...shared, api, pages, clock: this.clock, random, logger: log, meter });
    this.operator.start();
  }

  /** A resource `visits` that was just created. */
  made(metadata: Partial<ObjectMeta>): KubernetesObject {
    const { status: _, ...fresh } = cluster();
    return this.api.versioned<KubernetesObject>(fresh, metadata);
  }

  /** The status that was written last of the resource with this uid. */
  statusOf(uid: string): CounterClusterStatus | undefined {
    const written = this.api.statuses.findLast(({ metadata }) => metadata.uid === uid);
    return (written as CounterCluster | undefined)?.status;
  }
}
