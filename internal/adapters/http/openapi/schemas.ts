import { MAX_HITS_PER_REQUEST, MAX_NAME_LENGTH } from "../../../core/names.ts";
import { BADGE_COLORS, BADGE_STYLES, LONGEST_LABEL } from "../badge/look.ts";

/** JSON Schema (2020-12), as OpenAPI 3.1 has it. */
export type Schema = Readonly<Record<string, unknown>>;

export const ref = (name: keyof typeof SCHEMAS): Schema => ({ $ref: `#/components/schemas/${name}` });

/** All members are there in every answer unless `optional` has them. */
function object(properties: Readonly<Record<string, Schema>>, description?: string): Schema {
  const told = description === undefined ? {} : { description };
  return { type: "object", ...told, properties, required: Object.keys(properties) };
}

const whole: Schema = { type: "integer", minimum: 0 };
const seconds = (description: string): Schema => ({ type: ["number", "null"], minimum: 0, description });
const text = (description: string): Schema => ({ type: "string", description });
const oneOf = (...words: string[]): Schema => ({ type: "string", enum: words });
const local = (name: string): Schema => ({ $ref: `#/components/schemas/${name}` });

const valueMembers = {
  counter: local("CounterName"),
  value: local("Total"),
  committed: local("Total"),
  pending: { ...whole, description: "Hits that this node has acknowledged and not yet seen in the ledger." },
};

const totals: Schema = {
  type: "object",
  description: "Committed totals by region.",
  additionalProperties: local("Total"),
};

export const SCHEMAS = {
  CounterName: {
    type: "string",
    pattern: "^[a-z0-9]([a-z0-9._-]{0,126}[a-z0-9])?$",
    minLength: 1,
    maxLength: MAX_NAME_LENGTH,
    examples: ["visits"],
  },
  Total: {
    description:
      "A number up to 2^53 - 1, a string of digits beyond, because most readers would round such a number; null until the node has heard its first snapshot.",
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
  Value: object(valueMembers),
  Reading: object({
    ...valueMembers,
    regions: totals,
    version: { type: ["integer", "null"], description: "How many transactions the ledger has had." },
    asOf: {
      type: ["string", "null"],
      format: "date-time",
      description: "When the totals were last known to be current.",
    },
  }),
  Counters: object({
    counters: {
      type: "array",
      items: object({ counter: local("CounterName"), committed: local("Total"), regions: totals }),
    },
    next: { type: ["string", "null"], description: "The `after` of the next page." },
  }),
  Cluster: object({
    node: text("The node that answers."),
    ready: { type: "boolean", description: "Whether it wants traffic; false: it is leaving, or refuses hits." },
    leader: { type: ["string", "null"] },
    epoch: { ...whole, description: "Of the leader." },
    version: { type: ["integer", "null"], minimum: 0 },
    ledger: { type: ["string", "null"] },
    store: oneOf("unknown", "ok", "away", "locked", "full", "founding", "lost", "corrupt"),
    storeDetail: text("A sentence for people while `store` is not `ok`; empty otherwise."),
    asOf: { type: ["string", "null"], format: "date-time" },
    age: seconds("Seconds since the totals here were known to be current."),
    leaderSilence: seconds("Seconds since this node heard a leader."),
    interval: { type: "number", exclusiveMinimum: 0, description: "Seconds between two rounds." },
    pending: { ...whole, description: "On all nodes, as far as this one knows." },
    active: { ...whole, description: "Pages that are open on all nodes together." },
    nodeCount: whole,
    nodes: { type: "array", items: local("Node") },
  }),
  Node: object({
    id: text("Of this process; a node that starts again has another one."),
    name: text("For people."),
    url: text("Where its pages are."),
    address: text("Where other nodes reach it."),
    region: text("What its hits are counted under."),
    state: oneOf("counting", "draining", "refusing", "lagging", "unreachable", "foreign"),
    leader: { type: "boolean" },
    hits: { ...whole, description: "That this process has acknowledged." },
    committed: { ...whole, description: "Of these." },
    pending: { ...whole, description: "Of these, not committed yet." },
    active: { ...whole, description: "Pages that are open on it." },
    age: seconds("Seconds since its last word to the leader; null: it was never heard."),
  }),
  ShieldsEndpoint: object(
    {
      schemaVersion: { const: 1 },
      label: { type: "string" },
      message: text("The total, with commas."),
      color: { type: "string" },
      style: oneOf(...BADGE_STYLES),
    },
    "As shields.io asks for it (https://shields.io/badges/endpoint-badge).",
  ),
  BadgeLabel: {
    type: "string",
    maxLength: LONGEST_LABEL,
    pattern: "^[^\\u0000-\\u001f\\u007f-\\u009f\\ufffe\\uffff]*$",
    examples: ["seen by"],
  },
  BadgeColor: { type: "string", pattern: `^([0-9A-Fa-f]{3}|[0-9A-Fa-f]{6}|${BADGE_COLORS.join("|")})$` },
  BadgeStyle: oneOf(...BADGE_STYLES),
  Problem: {
    type: "object",
    description: "What went wrong, and what to do about it (RFC 9457).",
    properties: {
      type: { type: "string", pattern: "^urn:global-cluster:problem:[a-z-]+$" },
      title: { type: "string" },
      status: { type: "integer", minimum: 400, maximum: 599 },
      detail: text("What was wrong with this request."),
      remedy: text("What to do."),
      counted: {
        type: "boolean",
        description: "Whether the hits of this request are counted; it is left out where nobody can tell.",
      },
    },
    required: ["type", "title", "status", "detail", "remedy"],
  },
} as const satisfies Readonly<Record<string, Schema>>;
