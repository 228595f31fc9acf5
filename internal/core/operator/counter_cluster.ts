/** The API that the resource belongs to. */
export const API_VERSION = "globalcluster.dev/v1alpha1";
export const KIND = "CounterCluster";

/** The resource as the API server returns it. Its definition (charts/global-cluster/crds) has filled in all defaults and checked the rest. */
export interface CounterCluster {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: CounterClusterMeta;
  readonly spec: CounterClusterSpec;
  readonly status?: CounterClusterStatus;
}

export interface CounterClusterMeta {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion?: string;
  readonly creationTimestamp?: string;
  readonly deletionTimestamp?: string;
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
}

export type StringMap = Readonly<Record<string, string>>;

/** An amount in Kubernetes' notation, such as `128Mi` or `0.5`. */
export type Quantity = string | number;

/** The definition says what each field means and which values it may have. */
export interface CounterClusterSpec {
  readonly class: string;
  readonly replicas: number;
  readonly image?: string;
  readonly imagePullPolicy?: "Always" | "IfNotPresent" | "Never";
  readonly imagePullSecrets?: readonly SecretName[];
  readonly resources: Resources;
  readonly region?: string;
  readonly service: ServiceSpec;
  readonly ingress?: IngressSpec;
  readonly access?: AccessSpec;
  readonly store: StoreSpec;
  readonly journal: JournalSpec;
  readonly limits: LimitsSpec;
  readonly scheduling: SchedulingSpec;
  readonly drainSeconds: number;
  readonly monitoring: MonitoringSpec;
  readonly disruptionBudget: boolean;
  readonly networkPolicy: boolean;
  readonly tls: TlsSettings;
  readonly podTemplate: PodTemplateSpec;
}

export interface SecretName {
  readonly name: string;
}

export interface Resources {
  readonly requests?: Readonly<Record<string, Quantity>>;
  readonly limits?: Readonly<Record<string, Quantity>>;
}

export interface ServiceSpec {
  readonly type: "ClusterIP" | "NodePort" | "LoadBalancer";
  readonly port: number;
  readonly annotations?: StringMap;
}

export interface IngressSpec {
  readonly host: string;
  readonly className?: string;
  readonly annotations?: StringMap;
  readonly tlsSecret?: string;
}

export interface AccessSpec {
  readonly anonymous?: "count" | "read" | "none";
  readonly maxBy?: number;
  readonly create?: "anyone" | "token" | "nobody";
  readonly counters?: readonly AccessRuleSpec[];
  readonly origins?: readonly string[];
  readonly hosts?: readonly string[];
  readonly trustedProxies?: readonly string[];
  readonly tokensSecret?: string;
  readonly adminPage?: "admin" | "public";
}

export interface AccessRuleSpec {
  readonly name: string;
  readonly anonymous?: "count" | "read" | "none";
  readonly maxBy?: number;
  readonly create?: "anyone" | "token" | "nobody";
}

export interface StoreSpec {
  readonly etcd: EtcdSpec;
}

/** Exactly one of the two is set. */
export interface EtcdSpec {
  readonly managed?: ManagedEtcd;
  readonly external?: ExternalEtcd;
}

export interface ManagedEtcd {
  readonly members: 1 | 3;
  readonly storage?: StorageSpec;
  readonly emptyDir?: EmptyDirSpec;
  readonly image: string;
  readonly resources: Resources;
}

export interface StorageSpec {
  readonly size: Quantity;
  readonly storageClassName?: string;
}

export type EmptyDirSpec = Readonly<Record<string, never>>;

export interface ExternalEtcd {
  readonly endpoints: readonly string[];
  readonly prefix?: string;
  readonly tls?: TlsSpec;
  readonly auth?: AuthSpec;
}

export interface TlsSpec {
  readonly secretName: string;
  readonly clientCertificate: boolean;
}

export interface AuthSpec {
  readonly secretName: string;
}

export interface JournalSpec {
  readonly size: Quantity;
}

export interface LimitsSpec {
  readonly counters: number;
}

export interface SchedulingSpec {
  readonly topologySpread: "Preferred" | "Required" | "None";
  readonly affinity?: Readonly<Record<string, unknown>>;
  readonly nodeSelector?: StringMap;
  readonly tolerations?: readonly TolerationSpec[];
  readonly priorityClassName?: string;
}

export interface TolerationSpec {
  readonly key?: string;
  readonly operator?: "Exists" | "Equal";
  readonly value?: string;
  readonly effect?: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
  readonly tolerationSeconds?: number;
}

export interface MonitoringSpec {
  readonly namespaces?: readonly string[];
  readonly podMonitor?: PodMonitorSpec;
  readonly dashboard?: DashboardSpec;
}

export interface PodMonitorSpec {
  readonly labels?: StringMap;
  readonly interval: string;
}

export interface DashboardSpec {
  readonly labels: StringMap;
}

export interface TlsSettings {
  readonly enabled?: boolean;
  readonly issuerRef?: IssuerRef;
}

export interface IssuerRef {
  readonly name: string;
  readonly kind: string;
  readonly group: string;
}

export interface PodTemplateSpec {
  readonly labels?: StringMap;
  readonly annotations?: StringMap;
  readonly env?: readonly EnvSpec[];
  readonly shareProcessNamespace: boolean;
}

export interface EnvSpec {
  readonly name: string;
  readonly value?: string;
  readonly valueFrom?: EnvSource;
}

/** Has other sources, too. They are passed on as they are. */
export interface EnvSource {
  readonly secretKeyRef?: Readonly<Record<string, unknown>>;
}

export interface CounterClusterStatus {
  readonly observedGeneration: number;
  readonly replicas?: number;
  readonly readyReplicas?: number;
  readonly selector?: string;
  readonly leader?: string;
  readonly total?: string;
  readonly counters?: readonly CounterStatus[];
  readonly ratePerSecond?: number;
  readonly lag?: number;
  readonly ledgerID?: string;
  readonly conditions?: readonly Condition[];
}

export interface CounterStatus {
  readonly name: string;
  readonly total: string;
}

export type ConditionType = "Ready" | "Progressing" | "Degraded" | "StoreHealthy" | "Secure" | "Isolated";

export interface Condition {
  readonly type: ConditionType;
  readonly status: "True" | "False" | "Unknown";
  readonly reason: string;
  readonly message: string;
  /** ISO 8601 with whole seconds. */
  readonly lastTransitionTime: string;
  readonly observedGeneration?: number;
}
