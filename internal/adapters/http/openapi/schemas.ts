import type { NodeState, StoreState } from "../../../core/cluster/cluster_view.ts";
import { MAX_REASON_LENGTH } from "../../../core/ledger/adjustment.ts";
import { MAX_DESTINATION_LENGTH } from "../../../core/links/destination.ts";
import { MAX_HITS_PER_REQUEST, MAX_NAME_LENGTH } from "../../../core/names.ts";
import { MAX_SITE_LENGTH } from "../../../core/visits/page_name.ts";
import type { AdjustedJson } from "../adjusting/adjust_routes.ts";
import type { AuditEntryJson, AuditJson } from "../adjusting/audit_route.ts";
import { BADGE_COLORS, BADGE_STYLES, MAX_LABEL_LENGTH, type ShieldsJson } from "../badge/look.ts";
import type { ClusterJson, NodeJson } from "../cluster_json.ts";
import type { HistoryJson } from "../history/history_route.ts";
import type { KeyedJson } from "../keyed/keyed_path.ts";
import type { LinkedJson, LinkJson, LinksJson } from "../links/link_routes.ts";
import type { CountersJson, ReadingJson, TotalsJson, ValueJson } from "../totals_json.ts";
import type { ViewJson } from "../visits/view_response.ts";

/** JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: keyof typeof SCHEMAS): Schema => ({ $ref: `#/components/schemas/${name}` });

/**
 * An object with exactly the members of `T`, the type of what the server sends: a member that is missing here does not compile. `optional`: members that
 * only the admin side sends.
 */
function object<T>(
  properties: Readonly<Record<keyof T, Schema>>,
  description?: string,
  optional: readonly (keyof T & string)[] = [],
): Schema {
  const described = description === undefined ? {} : { description };
  const required = Object.keys(properties).filter((name) => !optional.some((other) => other === name));
  return { type: "object", ...described, properties, required };
}

const whole: Schema = { type: "integer", minimum: 0 };
const seconds = (description: string): Schema => ({ type: ["number", "null"], minimum: 0, description });
const text = (description: string): Schema => ({ type: "string", description });
const oneOf = <Word extends string>(...words: readonly Word[]): Schema => ({ type: "string", enum: words });
const destination: Schema = { type: "string", format: "uri", maxLength: MAX_DESTINATION_LENGTH };
const destinationOrNull: Schema = { ...destination, type: ["string", "null"] };
const reason: Schema = { type: "string", maxLength: MAX_REASON_LENGTH };
const local = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const valueMembers: Readonly<Record<keyof ValueJson, Schema>> = {
  counter: local("CounterName"),
  value: local("Total"),
  committed: local("Total"),
  pending: {
    ...whole,
    description: "Hits that this node has acknowledged, and that it has not seen in the ledger yet.",
  },
};

const totals: Schema = {
  type: "object",
  description: "Committed totals by region.",
  additionalProperties: local("Total"),
};

export const SCHEMAS = {
  CounterName: {
    type: "string",
    pattern: "^[a-z0-9]([a-z0-9._-]*[a-z0-9])?(/_?[a-z0-9]([a-z0-9._-]*[a-z0-9])?)*$",
    minLength: 1,
    maxLength: MAX_NAME_LENGTH,
    examples: ["visits"],
  },
  SiteName: {
    type: "string",
    pattern: "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?$",
    maxLength: MAX_SITE_LENGTH,
    description: "The host name of a site, or another name for it. Capital letters are taken for small ones.",
    examples: ["blog.example"],
  },
  Total: {
    description:
      "A number up to 2^53 - 1. Beyond that a string of digits, because most JSON parsers would round such a number. Null until the node has received its first snapshot.",
    oneOf: [
      { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
      { type: "string", pattern: "^[0-9]{16,}$" },
      { type: "null" },
    ],
  },
  Hits: {
    type: "object",
    properties: { by: { type: "integer", minimum: 1, maximum: MAX_HITS_PER_REQUEST, default: 1 } },
    additionalProperties: false,
  },
  Value: object<ValueJson & Partial<KeyedJson>>(
    {
      ...valueMembers,
      duplicate: {
        type: "boolean",
        description:
          "Only of a request with an Idempotency-Key: whether a request with this key was counted before. It may be this very one.",
      },
    },
    undefined,
    ["duplicate"],
  ),
  Reading: object<ReadingJson>({
    ...valueMembers,
    regions: totals,
    generation: {
      ...whole,
      description:
        "The version that began the present count. Setting and deleting begin a new one. Send it in If-Match.",
    },
    version: { type: ["integer", "null"], description: "Number of transactions that the ledger has had." },
    asOf: {
      type: ["string", "null"],
      format: "date-time",
      description: "The last time at which the totals were known to be current.",
    },
  }),
  View: object<ViewJson>({
    site: local("CounterName"),
    page: {
      anyOf: [local("CounterName"), { type: "null" }],
      description:
        "The page's counter. Null: the site has as many pages as it may, and the view counts for `<site>/_other`.",
    },
    counted: { type: "boolean", description: "Whether the view is counted. False: a program sent it." },
    counts: {
      ...object<ViewJson["counts"]>({
        page: local("Total"),
        site: local("Total"),
        visits: local("Total"),
        visitors: local("Total"),
        today: local("Total"),
      }),
      description:
        "The counters after this view, and `today`: the page's views that were committed today (UTC), or null if they are not known. More may come: ignore those that you do not know.",
      additionalProperties: local("Total"),
    },
  }),
  Counters: object<CountersJson>({
    counters: {
      type: "array",
      items: object<TotalsJson>({ counter: local("CounterName"), committed: local("Total"), regions: totals }),
    },
    next: { type: ["string", "null"], description: "The `after` of the next page." },
    version: {
      type: ["integer", "null"],
      description: "Number of transactions that the ledger has had. Pages with the same number are of one time.",
    },
  }),
  SetCounter: {
    type: "object",
    properties: {
      value: {
        oneOf: [
          { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER },
          { type: "string", pattern: "^[0-9]{1,19}$", description: "At most 2^63 - 1." },
        ],
      },
      reason,
      region: { type: ["string", "null"], maxLength: 64, description: "Region of the value. Default: `other`." },
    },
    required: ["value"],
    additionalProperties: false,
  },
  DeleteCounter: {
    type: "object",
    properties: { reason },
    additionalProperties: false,
  },
  Adjusted: object<AdjustedJson>({
    counter: local("CounterName"),
    value: local("Total"),
    before: local("Total"),
    after: local("Total"),
    pending: {
      ...whole,
      description:
        "Hits that this node has acknowledged, and that are not in the ledger yet. They are added to `after`.",
    },
    generation: { ...whole, description: "The version that did it: the counter's generation from then on." },
    duplicate: { type: "boolean", description: "Whether it was done before, by an earlier request with this key." },
    key: { type: "string", format: "uuid" },
  }),
  Audit: object<AuditJson>({
    since: {
      type: ["string", "null"],
      format: "date-time",
      description: "From when on all adjustments are kept; null: from the first one on.",
    },
    entries: { type: "array", items: local("AuditEntry") },
    next: { type: ["string", "null"], description: "The `after` of the next page." },
  }),
  AuditEntry: object<AuditEntryJson>(
    {
      key: { type: "string", format: "uuid" },
      at: { type: ["string", "null"], format: "date-time" },
      who: text("The name of a token, or `admin port`."),
      action: oneOf<AuditEntryJson["action"]>("set", "delete", "import", "link", "unlink"),
      counter: { anyOf: [local("CounterName"), { type: "null" }], description: "Null: a part of an import." },
      reason: { type: "string" },
      before: { ...local("Total"), description: "The counter's total; of an import, the sum over its counters." },
      after: local("Total"),
      generation: whole,
      imported: {
        type: "object",
        properties: { line: whole, lines: whole, counters: whole, skipped: whole },
        description: "Only of a part of an import: its first line, its lines, changed counters, skipped lines.",
      },
      linked: {
        type: "object",
        properties: { from: destinationOrNull, to: destinationOrNull },
        description: "Only of a link: where it led before, and since then; null: nowhere.",
      },
    },
    undefined,
    ["imported", "linked"],
  ),
  SetLink: {
    type: "object",
    properties: { url: destination, reason },
    required: ["url"],
    additionalProperties: false,
  },
  RemoveLink: { type: "object", properties: { reason }, additionalProperties: false },
  Linked: object<LinkedJson>({
    counter: local("CounterName"),
    url: { ...destinationOrNull, description: "Where the link leads since then; null: nowhere." },
    before: { ...destinationOrNull, description: "Where it led before." },
    duplicate: { type: "boolean", description: "Whether it was done before, by an earlier request with the key." },
    key: { type: "string", format: "uuid" },
  }),
  Link: object<LinkJson>({ counter: local("CounterName"), url: destination }),
  Links: object<LinksJson>({ links: { type: "array", items: local("Link") } }),
  Time: {
    type: "string",
    description: "A UTC date, or a time of it.",
    pattern: "^[0-9]{4}-[0-9]{2}-[0-9]{2}(T([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9](\\.[0-9]{1,3})?)?Z)?$",
    examples: ["2026-11-29"],
  },
  History: object<HistoryJson>({
    counter: local("CounterName"),
    by: oneOf("hour", "day"),
    from: { type: "string", format: "date-time" },
    to: { type: "string", format: "date-time" },
    since: {
      type: ["string", "null"],
      format: "date-time",
      description: "The first hour that the cluster keeps, of any counter. Hits before it are in totals only.",
    },
    asOf: {
      type: ["string", "null"],
      format: "date-time",
      description: "The last time at which these hits were known to be current.",
    },
    version: { type: "integer", description: "Number of transactions that the ledger has had." },
    hits: {
      type: "array",
      description: "Periods with hits, in order.",
      items: object<HistoryJson["hits"][number]>({
        at: { type: "string", format: "date-time", description: "When the period begins." },
        hits: { type: "integer", minimum: 1 },
      }),
    },
  }),
  Cluster: object<ClusterJson>(
    {
      node: text("The node that responds."),
      ready: {
        type: "boolean",
        description: "Whether it takes hits. False: it is leaving, or its data directory is missing.",
      },
      leader: { type: ["string", "null"] },
      epoch: { ...whole, description: "Grows with each new leader." },
      version: { type: ["integer", "null"], minimum: 0 },
      ledger: { type: ["string", "null"], description: "Its id. Only on the admin port." },
      store: oneOf<StoreState | "unknown">("unknown", "ok", "away", "locked", "full", "founding", "lost", "corrupt"),
      storeDetail: text("A sentence for people while `store` is not `ok` or is nearly full, otherwise empty."),
      asOf: { type: ["string", "null"], format: "date-time" },
      age: seconds("Seconds since the totals on this node were known to be current."),
      leaderSilence: seconds("Seconds since this node heard from a leader."),
      interval: { type: "number", exclusiveMinimum: 0, description: "Seconds between two rounds." },
      pending: { ...whole, description: "Uncommitted hits on all nodes, as far as this node knows." },
      active: { ...whole, description: "Open pages on all nodes together." },
      nodeCount: whole,
      total: { ...local("Total"), description: "Committed hits of all counters." },
      largest: {
        type: "array",
        maxItems: 20,
        description: "The counters with the most committed hits, the largest first.",
        items: object({ counter: local("CounterName"), committed: local("Total") }),
      },
      nodes: { type: "array", items: local("Node") },
    },
    undefined,
    ["ledger"],
  ),
  Node: object<NodeJson>(
    {
      id: text("Id of this process. A node that restarts has another one."),
      name: text("Name for people."),
      url: text("Address of its pages."),
      address: text("Address at which other nodes reach it. Only on the admin port."),
      region: text("Region that its hits are counted under."),
      state: oneOf<NodeState>("counting", "draining", "refusing", "lagging", "unreachable", "foreign"),
      leader: { type: "boolean" },
      hits: { ...whole, description: "Hits that this process has acknowledged." },
      committed: { ...whole, description: "Committed hits of these." },
      pending: { ...whole, description: "Uncommitted hits of these." },
      active: { ...whole, description: "Open pages on it." },
      age: seconds("Seconds since its last report to the leader; null: it has never reported."),
    },
    undefined,
    ["address"],
  ),
  ShieldsEndpoint: object<ShieldsJson>(
    {
      schemaVersion: { const: 1 },
      label: { type: "string" },
      message: text("The total, with commas."),
      color: { type: "string" },
      style: oneOf(...BADGE_STYLES),
    },
    "What shields.io draws a badge of (https://shields.io/badges/endpoint-badge).",
  ),
  BadgeLabel: {
    type: "string",
    maxLength: MAX_LABEL_LENGTH,
    pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ufffe\\uffff]*$",
    examples: ["seen by"],
  },
  BadgeColor: { type: "string", pattern: `^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|${BADGE_COLORS.join("|")})$` },
  BadgeStyle: oneOf(...BADGE_STYLES),
  Problem: {
    type: "object",
    description: "What is wrong with a request, and what to do (RFC 9457).",
    properties: {
      type: { type: "string", pattern: "^urn:global-cluster:problem:[a-z-]+$" },
      title: { type: "string" },
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: text("What is wrong with this request."),
      remedy: text("What to do."),
      done: { enum: [false, "unknown"], description: "Whether an adjustment was done, in place of `counted`." },
      line: { type: "integer", minimum: 1, description: "The line of an import." },
      destination: { ...destination, description: "Where the link leads whose visit was not counted." },
      generation: { ...whole, description: "The counter's generation, if it is not the one of If-Match." },
      counted: {
        enum: [true, false, "unknown"],
        description:
          "Whether the hits of this request are counted. Missing after a failure of the server, which may mean either.",
      },
    },
    required: ["type", "title", "status", "detail", "remedy"],
  },
} as const satisfies Readonly<Record<string, Schema>>;
