import { file, image, json, type Responses, responses } from "./responses.ts";
import { ref, type Schema } from "./schemas.ts";

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly description?: string;
  readonly parameters?: readonly object[];
  readonly requestBody?: object;
  readonly responses: Responses;
}

export const name = {
  name: "name",
  in: "path",
  required: true,
  description: "The counter's name. A `/` in it may stand as it is, or as `%2F`.",
  schema: ref("CounterName"),
};
export const query = (name: string, schema: Schema, description: string) => ({
  name,
  in: "query",
  schema,
  description,
});

const afterName = query("after", { anyOf: [ref("CounterName"), { const: "" }] }, "The page begins after this name.");

const beginning = { type: "string", pattern: "^[A-Za-z0-9._/-]*$", maxLength: 128 };

const look = [
  query("label", ref("BadgeLabel"), "Text before the number. Default: the counter's name."),
  query(
    "color",
    ref("BadgeColor"),
    "Color behind the number: a name that shields.io knows, or hex digits. Default: blue.",
  ),
  query("style", ref("BadgeStyle"), "Default: flat."),
];

/** Which number an image shows. */
const number = [
  query("count", {}, "`false`: show the number without counting."),
  query(
    "of",
    {},
    "`visits`: show the visits of a site; `visitors`: show the visitors of a site or a page. Both count nothing. Default: `views`.",
  ),
  query("once", {}, "`day` or `hour`: count an address and browser once in that time (UTC). The next image shows it."),
  query(
    "period",
    {},
    "`today` (UTC), `week` or `month`: show what was committed today, or in the last 7 or 30 days, today included. Default: `total`.",
  ),
];

/** An image takes any value: a wrong one gives an image that says so. */
const anyOf = (parameters: readonly { readonly name: string }[]) =>
  parameters.map((parameter) => ({ ...parameter, schema: { type: "string" } }));
const IMAGE_NAME = "^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?(/_?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?)*$";
export const imageName = {
  ...name,
  description: "The counter's name. Capital letters are taken for small ones.",
  schema: { type: "string", pattern: IMAGE_NAME, maxLength: 128, examples: ["visits"] },
};

const COUNTING = ["Counting"];
const READING = ["Reading"];
const PAGES = ["Pages"];
const OPERATING = ["Operating"];

/** A visit that could not be counted gets the page, too; if the counter is closed to its sender, a problem. */
const uncounted = file("The page. The visit was not counted.", "text/html");
const page = { ...responses(file("The page.", "text/html"), "refusedHere"), "409": uncounted, "503": uncounted };
const unknown = file("The page of a counter that does not exist. The visit was not counted.", "text/html");

export const POSTS: Readonly<Record<string, Operation>> = {
  "/v1/counters/{name}/hits": {
    operationId: "countHits",
    summary:
      "Counts one hit, or as many as the body says. The first hit creates the counter. Without a token, a request counts one hit, unless the settings allow more.",
    tags: COUNTING,
    parameters: [
      name,
      query(
        "wait",
        { type: "string", enum: ["committed"] },
        "Respond after the transaction that holds the hit, within 10 s.",
      ),
      {
        name: "Idempotency-Key",
        in: "header",
        description:
          "A UUID of version 7, made when the hit happened. All requests with one key count once, whichever nodes they reach, for the time that the cluster keeps keys (15 minutes unless set). So a request without a response can be sent again. The response comes after the commit, and echoes the key.",
        schema: { type: "string", format: "uuid", examples: ["01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a98"] },
      },
    ],
    requestBody: { required: false, content: { "application/json": { schema: ref("Hits") } } },
    responses: responses(
      json("Counted.", ref("Value")),
      ...(["refusedHere", "tooManyCounters", "bodyTooLarge", "notJson", "wrongKey", "notCommitted"] as const),
    ),
  },
  "/v1/visits": {
    operationId: "countView",
    summary:
      "Counts a view of a page for the page, for its site, and as a visit if it is one: for all of them, or for none. Its visitor is counted a second later, once a day. /count.js sends it. Views by programs count for `<site>/_bots` instead.",
    tags: COUNTING,
    parameters: [
      { ...query("site", ref("SiteName"), "The site. Its first view creates its counter."), required: true },
      query(
        "path",
        { type: "string", pattern: "^/", default: "/" },
        "Path and query of the page's address. Capital letters, slashes at the end, names of default documents and tracking parameters are ignored.",
      ),
      query(
        "visit",
        { type: "string", enum: ["true", "false"], default: "false" },
        "Whether it is the browser's first view of the site in 30 minutes.",
      ),
      query(
        "visitors",
        { type: "string", enum: ["true", "false"], default: "true" },
        "Whether its sender is counted as a visitor of the site and of the page, once a day (UTC). A request with `Sec-GPC: 1` is not.",
      ),
    ],
    responses: responses(
      json("Counted, or set aside.", ref("View")),
      "refusedHere",
      "tooManyCounters",
      "viewNotCounted",
    ),
  },
};

/** Each path has HEAD, too, which counts nothing. */
export const GETS: Readonly<Record<string, Operation>> = {
  "/badge/{name}.svg": {
    operationId: "badge",
    summary: "Counts one hit and shows the total as a badge. No cache keeps it.",
    tags: COUNTING,
    parameters: anyOf([
      imageName,
      ...look,
      ...number,
      query("format", {}, "`short`: 1.2k for 1,234."),
      query("logo", {}, "The name of a logo before the label, for example `github`."),
    ]),
    responses: responses(image("The badge, or one that says why nothing was counted.", "image/svg+xml")),
  },
  "/digits/{name}.svg": {
    operationId: "digits",
    summary: "Counts one hit and shows the total as digits alone. No cache keeps it.",
    tags: COUNTING,
    parameters: anyOf([
      imageName,
      query("theme", {}, "`odometer`, `segments` or `plain`. Default: `odometer`."),
      query("digits", {}, "Fill the number up with zeros to this length, 1 to 20. Default: 6, and 1 for `plain`."),
      ...number,
    ]),
    responses: responses(image("The digits, or a badge that says why nothing was counted.", "image/svg+xml")),
  },
  "/pixel/{name}.gif": {
    operationId: "pixel",
    summary: "Counts one hit and is one transparent pixel. No cache keeps it.",
    tags: COUNTING,
    parameters: anyOf([imageName]),
    responses: responses(image("43 bytes, also where nothing was counted.", "image/gif")),
  },
  "/count.js": {
    operationId: "countScript",
    summary: 'Counts a view of the page that includes it: <script src="/count.js" data-counter="visits"></script>.',
    tags: COUNTING,
    responses: {
      ...responses(file("The script.", "text/javascript")),
      "304": { description: "The client has the newest version." },
    },
  },
  "/badge/{name}.json": {
    operationId: "badgeForShields",
    summary: "The total for shields.io, which draws the badge. Counts nothing.",
    tags: READING,
    parameters: [imageName, ...look],
    responses: responses(json("The texts and the color of the badge.", ref("ShieldsEndpoint")), "tokenNotForThis"),
  },
  "/v1/counters/{name}": {
    operationId: "readCounter",
    summary: "One counter. Counts nothing.",
    tags: READING,
    parameters: [name],
    responses: responses(json("The counter.", ref("Reading")), "unknownCounter", "tokenNotForThis"),
  },
  "/v1/counters/{name}/history": {
    operationId: "readHistory",
    summary:
      "Committed hits of a counter by UTC hour or day. A hit belongs to the hour in which its node acknowledged it. Counts nothing.",
    tags: READING,
    parameters: [
      name,
      { ...query("from", ref("Time"), "The first period has this time."), required: true },
      { ...query("to", ref("Time"), "The last period begins before this time."), required: true },
      query("by", { type: "string", enum: ["hour", "day"], default: "day" }, "At most 1,000 of them."),
    ],
    responses: responses(json("The hits.", ref("History")), "unknownCounter", "tokenNotForThis", "noHistoryYet"),
  },
  "/v1/counters": {
    operationId: "listCounters",
    summary: "All counters with their committed totals, sorted by name, page by page.",
    tags: READING,
    parameters: [
      afterName,
      query("limit", { type: "integer", minimum: 1, maximum: 1000, default: 100 }, "The length of a page."),
    ],
    responses: responses(json("A page.", ref("Counters")), "catchingUp"),
  },
  "/v1/cluster": {
    operationId: "readCluster",
    summary:
      "The leader, the ledger, the state of the store, and all nodes. An admin's token shows all of it on any port.",
    tags: READING,
    responses: responses(json("The cluster.", ref("Cluster"))),
  },
  "/v1/events": {
    operationId: "watch",
    summary: "Server-sent events: a counter and the cluster, after each round.",
    tags: READING,
    parameters: [query("counter", ref("CounterName"), "Default: `visits`.")],
    responses: responses(file("A stream without end.", "text/event-stream"), "tooManyStreams", "tokenNotForThis"),
  },
  "/": {
    operationId: "page",
    summary: "The page of `visits`. Counts one hit of it.",
    tags: PAGES,
    responses: page,
  },
  "/c/{name}": {
    operationId: "counterPage",
    summary: "The page of a counter. Counts one hit of it, if it exists.",
    tags: PAGES,
    parameters: [name],
    responses: { ...page, "404": unknown },
  },
  "/c/{name}/embed": {
    operationId: "embed",
    summary: "Snippets to copy: HTML, Markdown, curl. Counts nothing.",
    tags: PAGES,
    parameters: [name],
    responses: responses(file("The page.", "text/html"), "badHost"),
  },
  "/history/{name}": {
    operationId: "historyPage",
    summary: "The hits of a counter by hour (48 hours) or day (400 days), as a page, a chart or CSV. Counts nothing.",
    tags: PAGES,
    parameters: [
      name,
      query("by", { type: "string", enum: ["hour", "day"] }, "Default: hour."),
      query("as", { type: "string", enum: ["page", "svg", "csv"] }, "Default: page."),
      query("size", { type: "string", enum: ["wide", "medium", "narrow"] }, "Of the chart. Default: wide."),
    ],
    responses: responses(
      { description: "The hits.", content: { "text/html": {}, "image/svg+xml": {}, "text/csv": {} } },
      ...(["unknownCounter", "tokenNotForThis", "noHistoryYet"] as const),
    ),
  },
  "/counters": {
    operationId: "countersPage",
    summary: "A page that lists the counters as a tree by `/`, or the largest ones. Counts nothing.",
    tags: PAGES,
    parameters: [
      query("prefix", beginning, "Only names that begin with this."),
      query("after", beginning, "The page begins after this entry."),
      query(
        "sort",
        { type: "string", enum: ["name", "total", "today"] },
        "total: the 100 largest counters; today: these, by their hits of today (UTC).",
      ),
    ],
    responses: responses(file("The page.", "text/html"), "catchingUp"),
  },
  "/assets/{file}": {
    operationId: "asset",
    summary: "A file that a page loads.",
    tags: PAGES,
    parameters: [{ name: "file", in: "path", required: true, schema: { type: "string", examples: ["icon.svg"] } }],
    responses: responses(
      {
        description: "The file.",
        content: { "text/css": {}, "text/javascript": {}, "image/svg+xml": {}, "font/woff2": {} },
      },
      "unknownPath",
    ),
  },
  "/openapi.json": {
    operationId: "openapi",
    summary: "This document, in OpenAPI 3.1.",
    tags: OPERATING,
    responses: {
      ...responses({ description: "OpenAPI 3.1.", content: { "application/json": { schema: { type: "object" } } } }),
      "304": { description: "The client has the newest version." },
    },
  },
  "/robots.txt": {
    operationId: "robots",
    summary: "Keeps crawlers away: their visits would be counted.",
    tags: OPERATING,
    responses: {
      ...responses(file("Rules of RFC 9309.", "text/plain")),
      "304": { description: "The client has the newest version." },
    },
  },
  "/metrics": {
    operationId: "metrics",
    summary: "Metrics for Prometheus. On the admin port.",
    tags: OPERATING,
    responses: responses(file("Prometheus's text format.", "text/plain")),
  },
  "/healthz": {
    operationId: "alive",
    summary: "On the admin port. Liveness: whether the node works. A node that halted does not: restart it.",
    tags: OPERATING,
    responses: responses(file("It works.", "text/plain"), "halted"),
  },
  "/readyz": {
    operationId: "ready",
    summary:
      "On the admin port. Readiness: whether the node takes hits. A draining node does not, and a new one not before it has heard of all counters, for half a minute at most. A node whose store is away does, because it goes on counting.",
    tags: OPERATING,
    responses: responses(file("It takes hits.", "text/plain"), "notReady"),
  },
};
