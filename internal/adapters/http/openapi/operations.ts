import { type Answers, answers, file, json, OF_HITS } from "./answers.ts";
import { ref, type Schema } from "./schemas.ts";

interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Answers;
}

const name = {
  name: "name",
  in: "path",
  required: true,
  description: "The counter's name.",
  schema: ref("CounterName"),
};
const query = (name: string, schema: Schema, description: string) => ({ name, in: "query", schema, description });

const afterName = query(
  "after",
  { anyOf: [ref("CounterName"), { const: "" }] },
  "The name before the first of this page.",
);

const look = [
  query("label", ref("BadgeLabel"), "What stands before the number; the counter's name unless given."),
  query("color", ref("BadgeColor"), "Of the number: a name that shields.io knows, or hex digits. Blue unless given."),
  query("style", ref("BadgeStyle"), "Flat unless given."),
];

const COUNTING = ["Counting"];
const READING = ["Reading"];
const PAGES = ["Pages"];
const OPERATING = ["Operating"];

/** What a page answers when its visit could not be counted: the page all the same. */
const uncounted = file("The page. The visit was not counted.", "text/html");
const page = { ...answers(file("The page.", "text/html")), "403": uncounted, "409": uncounted, "503": uncounted };

export const POSTS: Readonly<Record<string, Operation>> = {
  "/v1/counters/{name}/hits": {
    operationId: "countHits",
    summary: "Counts one hit, or as many as the body says. The first hit creates the counter.",
    tags: COUNTING,
    parameters: [
      name,
      query(
        "wait",
        { type: "string", enum: ["committed"] },
        "Answers after the transaction that holds the hit, within 10 s.",
      ),
    ],
    requestBody: { required: false, content: { "application/json": { schema: ref("Hits") } } },
    responses: answers(
      json("Counted.", ref("Value")),
      ...(["refusedHere", "tooManyCounters", "bodyTooLarge", "notJson", "notCommitted"] as const),
    ),
  },
};

/** Each of them has a HEAD too, which counts nothing. */
export const GETS: Readonly<Record<string, Operation>> = {
  "/badge/{name}.svg": {
    operationId: "badge",
    summary: "Counts one hit and shows the total as a badge. No cache keeps it.",
    tags: COUNTING,
    parameters: [name, ...look, query("count", { type: "string", enum: ["false"] }, "Only shows.")],
    responses: answers(file("The badge.", "image/svg+xml"), ...OF_HITS),
  },
  "/pixel/{name}.gif": {
    operationId: "pixel",
    summary: "Counts one hit and is one transparent pixel. No cache keeps it.",
    tags: COUNTING,
    parameters: [name],
    responses: answers(file("43 bytes.", "image/gif"), ...OF_HITS),
  },
  "/count.js": {
    operationId: "countScript",
    summary: 'Counts a visit of the page that includes it: <script src="/count.js" data-counter="visits"></script>.',
    tags: COUNTING,
    responses: {
      ...answers(file("The script.", "text/javascript")),
      "304": { description: "It did not change." },
    },
  },
  "/badge/{name}.json": {
    operationId: "badgeForShields",
    summary: "The total as shields.io wants it, to draw the badge. Counts nothing.",
    tags: READING,
    parameters: [name, ...look],
    responses: answers(json("What to draw.", ref("ShieldsEndpoint"))),
  },
  "/v1/counters/{name}": {
    operationId: "readCounter",
    summary: "One counter. Counts nothing.",
    tags: READING,
    parameters: [name],
    responses: answers(json("The counter.", ref("Reading")), "unknownCounter"),
  },
  "/v1/counters": {
    operationId: "listCounters",
    summary: "Names and committed totals, sorted, in pages.",
    tags: READING,
    parameters: [
      afterName,
      query("limit", { type: "integer", minimum: 1, maximum: 1000, default: 100 }, "The length of a page."),
    ],
    responses: answers(json("A page.", ref("Counters"))),
  },
  "/v1/cluster": {
    operationId: "readCluster",
    summary: "The leader, the ledger, the state of the store, and all nodes.",
    tags: READING,
    responses: answers(json("The cluster.", ref("Cluster"))),
  },
  "/v1/events": {
    operationId: "watch",
    summary: "Server-sent events: a counter and the cluster, after each round.",
    tags: READING,
    parameters: [query("counter", ref("CounterName"), "`visits` unless given.")],
    responses: answers(file("A stream without end.", "text/event-stream"), "tooManyStreams"),
  },
  "/": {
    operationId: "page",
    summary: "The page of `visits`. Counts one hit of it.",
    tags: PAGES,
    responses: page,
  },
  "/c/{name}": {
    operationId: "counterPage",
    summary: "The page of a counter. Counts one hit of it.",
    tags: PAGES,
    parameters: [name],
    responses: page,
  },
  "/c/{name}/embed": {
    operationId: "embed",
    summary: "Snippets to copy: HTML, Markdown, curl. Counts nothing.",
    tags: PAGES,
    parameters: [name],
    responses: answers(file("The page.", "text/html"), "badHost"),
  },
  "/counters": {
    operationId: "countersPage",
    summary: "The counters, sorted, in pages, for people. Counts nothing.",
    tags: PAGES,
    parameters: [afterName],
    responses: answers(file("The page.", "text/html")),
  },
  "/assets/{file}": {
    operationId: "asset",
    summary: "A file that a page links.",
    tags: PAGES,
    parameters: [{ name: "file", in: "path", required: true, schema: { type: "string", examples: ["icon.svg"] } }],
    responses: answers(
      {
        description: "The file.",
        content: { "text/css": {}, "text/javascript": {}, "image/svg+xml": {}, "font/woff2": {} },
      },
      "unknownPath",
    ),
  },
  "/openapi.json": {
    operationId: "openapi",
    summary: "This document.",
    tags: OPERATING,
    responses: {
      ...answers({ description: "OpenAPI 3.1.", content: { "application/json": { schema: { type: "object" } } } }),
      "304": { description: "It did not change." },
    },
  },
  "/metrics": {
    operationId: "metrics",
    summary: "Metrics for Prometheus.",
    tags: OPERATING,
    responses: answers(file("Prometheus's text format.", "text/plain")),
  },
  "/healthz": {
    operationId: "alive",
    summary: "Whether the node is alive. A node that halted is not: restart it.",
    tags: OPERATING,
    responses: answers(file("It is.", "text/plain"), "halted"),
  },
  "/readyz": {
    operationId: "ready",
    summary:
      "Whether the node wants traffic. One that drains does not; one whose store is away does: it goes on counting.",
    tags: OPERATING,
    responses: answers(file("It does.", "text/plain"), "notReady"),
  },
};
