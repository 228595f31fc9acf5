import { systemClock as clock } from "../../../internal/adapters/system/system_clock.ts";
import { systemRandom as random } from "../../../internal/adapters/system/system_random.ts";
import { certificateMaker } from "../../../internal/adapters/x509/certificate_maker.ts";
import { DEFAULT_LIVES } from "../../../internal/core/operator/certificates.ts";
import {
  API_VERSION,
  type Condition,
  type ConditionType,
  type CounterCluster,
  KIND,
} from "../../../internal/core/operator/counter_cluster.ts";
import { type CounterPages, CounterPagesError } from "../../../internal/ports/counter_pages.ts";
import type { KubernetesApi, KubernetesObject } from "../../../internal/ports/kubernetes.ts";
import type { ReconcileOutcome } from "../../../internal/ports/operator_meter.ts";
import type { Reachability } from "../../../internal/ports/reachability.ts";
import { COUNTER_CLUSTERS } from "../../../internal/services/operator/cache.ts";
import { CHILD_KINDS, type ChildKind, EVENTS } from "../../../internal/services/operator/child_kinds.ts";
import { Operator } from "../../../internal/services/operator/operator.ts";
import { SECRETS } from "../../../internal/services/operator/secrets.ts";
import { type ApiServer, requireApiServer, sharedApiServer } from "../../adapters/kubernetes/api_server.ts";
import { installDefinition } from "../../core/operator/installed_definition.ts";
import { eventually } from "../../eventually.ts";
import { silentLog as log } from "../../ports/store/store_backends.ts";

/** The field manager of changes by a person. */
export const PERSON = { fieldManager: "a-person", force: true } as const;

/** A Kubernetes Event, as far as the tests read it. */
export interface EventObject extends KubernetesObject {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  readonly count: number;
  readonly involvedObject: { readonly name: string; readonly uid: string };
}

/** Any object with a specification. */
export interface Specified extends KubernetesObject {
  readonly spec?: Readonly<Record<string, unknown>>;
}

export interface OperatorOptions {
  readonly api?: KubernetesApi;
  readonly namespaces?: readonly string[] | null;
  readonly class?: string;
  readonly pages?: CounterPages;
  readonly image?: string;
  readonly reachability?: Reachability;
}

/** An operator in this process, and the outcomes of its reconciles. */
export interface RunningOperator {
  readonly operator: Operator;
  readonly outcomes: ReconcileOutcome[];
  /** Hits that were lost with pods. */
  readonly lost: number[];
}

let defined: Promise<unknown> | null = null;

/** A namespace on a real API server that has the definition of CounterCluster. Nothing else runs: no pod starts, and no garbage collector. */
export class OperatorWorld {
  readonly server: ApiServer;
  readonly api: KubernetesApi;
  readonly namespace: string;
  readonly #running: Operator[] = [];

  static async begin(): Promise<OperatorWorld> {
    const server = await sharedApiServer();
    defined ??= installDefinition(server.api());
    await defined;
    return new OperatorWorld(server, await server.namespace("operator"));
  }

  private constructor(server: ApiServer, namespace: string) {
    this.server = server;
    this.api = server.api();
    this.namespace = namespace;
  }

  operate(options: OperatorOptions = {}): RunningOperator {
    const outcomes: ReconcileOutcome[] = [];
    const { image = "counter:1", ...chosen } = options;
    const usual = { api: this.api, pages: NOBODY_ANSWERS, reachability: NOTHING_TRIED, namespaces: [this.namespace] };
    const lost: number[] = [];
    const meter = {
      reconciled: (outcome: ReconcileOutcome) => void outcomes.push(outcome),
      lost: (hits: number) => void lost.push(hits),
    };
    const operator = new Operator({
      ...usual,
      class: "default",
      ...chosen,
      clock,
      random,
      logger: log,
      meter,
      certificateMaker,
      defaults: { image, namespace: null, lives: DEFAULT_LIVES },
      intervals: FAST,
    });
    operator.start();
    this.#running.push(operator);
    return { operator, outcomes, lost };
  }

  async end(): Promise<void> {
    for (const operator of this.#running.splice(0)) await operator.stop();
  }

  /** Creates a resource as a person would. */
  make(name: string, spec: object = {}, namespace = this.namespace): Promise<CounterCluster> {
    const object = { apiVersion: API_VERSION, kind: KIND, metadata: { name, namespace }, spec: { ...SMALL, ...spec } };
    return this.api.apply<KubernetesObject>(COUNTER_CLUSTERS, object, PERSON) as Promise<CounterCluster>;
  }

  async cluster(name: string): Promise<CounterCluster> {
    const found = await this.api.read<CounterCluster>(COUNTER_CLUSTERS, this.namespace, name);
    if (!found) throw new Error(`there is no CounterCluster ${name}`);
    return found;
  }

  async condition(name: string, type: ConditionType): Promise<Condition | undefined> {
    return (await this.cluster(name)).status?.conditions?.find((condition) => condition.type === type);
  }

  child(kind: string, name: string): Promise<Specified | null> {
    return this.api.read(kindOf(kind), this.namespace, name);
  }

  /** Changes an object as a person would, even if another manager has set these fields. */
  change(kind: string, name: string, fields: object, metadata: object = {}): Promise<KubernetesObject> {
    const of = kindOf(kind);
    const head = { apiVersion: of.apiVersion, kind, metadata: { ...metadata, name, namespace: this.namespace } };
    return this.api.apply<KubernetesObject>(of, { ...head, ...fields }, PERSON);
  }

  remove(kind: string, name: string): Promise<void> {
    return this.api.remove(kindOf(kind), { name, namespace: this.namespace });
  }

  /** All objects of the kinds that the operator applies, by `Kind name`. */
  async children(namespace = this.namespace): Promise<Map<string, KubernetesObject>> {
    const kinds = [...CHILD_KINDS.filter(({ foreign }) => !foreign), SECRET];
    const lists = await Promise.all(kinds.map((kind) => this.api.list<KubernetesObject>(kind, { namespace })));
    const titled = (list: readonly KubernetesObject[], index: number) =>
      list.map((object) => [`${kinds[index]?.kind} ${object.metadata.name}`, object] as const);
    return new Map(lists.flatMap(titled));
  }

  async events(name: string, reason?: string): Promise<EventObject[]> {
    const events = await this.api.list<EventObject>(EVENTS, { namespace: this.namespace });
    return events.filter((event) => event.involvedObject.name === name && (!reason || event.reason === reason));
  }

  /** Resolves when the operator has reconciled several times without changing anything. */
  async settled({ outcomes }: RunningOperator): Promise<void> {
    const seen = outcomes.length;
    await eventually(async () => {
      const before = await this.versions();
      const turns = outcomes.length;
      await eventually(() => outcomes.length >= turns + 2);
      return outcomes.length > seen && same(before, await this.versions());
    });
  }

  /** The version of every child. Each write changes it. */
  async versions(): Promise<Map<string, string | undefined>> {
    const children = await this.children();
    return new Map([...children].map(([title, { metadata }]) => [title, metadata.resourceVersion]));
  }
}

/** Gives each test of the suite around it a world of its own, and ends it. Skips them where there is no API server. */
export function withOperatorWorld(use: (world: OperatorWorld) => void): void {
  let world: OperatorWorld;
  before(function () {
    requireApiServer(this);
  });
  beforeEach(async () => {
    world = await OperatorWorld.begin();
    use(world);
  });
  afterEach(() => world.end());
}

/** One pod of a store on an emptyDir: as little as makes every kind of object. */
const SMALL = { replicas: 2, store: { etcd: { managed: { members: 1, emptyDir: {} } } } };

/** Otherwise the tests would mostly wait for the operator's intervals. */
const FAST = { pollMs: 300, statusMs: 300 };

/** For worlds in which no pod runs. */
const NOBODY_ANSWERS: CounterPages = {
  read: (address) => Promise.reject(new CounterPagesError(`nobody is at ${address}`)),
};

/** No pod runs, so there is nothing to reach. */
const NOTHING_TRIED: Reachability = { accepts: async () => false };

/** Secrets are no children that are watched. */
const SECRET: ChildKind = { ...SECRETS, kind: "Secret" };

function kindOf(kind: string): ChildKind {
  const found = [...CHILD_KINDS, SECRET].find((child) => child.kind === kind);
  if (!found) throw new Error(`the operator makes no ${kind}`);
  return found;
}

function same(one: ReadonlyMap<string, unknown>, other: ReadonlyMap<string, unknown>): boolean {
  return one.size === other.size && [...one].every(([key, value]) => other.get(key) === value);
}
