import { name, type Operation, query } from "./operations.ts";
import { json, responses } from "./responses.ts";
import { ref } from "./schemas.ts";

export const ADJUSTING = ["Adjusting"];
const UUID_V7 = "^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$";

export const idempotencyKey = (required: boolean, description: string) => ({
  name: "Idempotency-Key",
  in: "header",
  required,
  description: `A UUID of version 7. All requests with one key are done once, whichever nodes they reach. ${description}`,
  schema: { type: "string", format: "uuid", examples: ["01932c07-2c5a-7d3c-9a5e-6f1d0c2b4a98"] },
});

const once = [
  name,
  idempotencyKey(false, "Without one the node makes one. The response has it."),
  {
    name: "If-Match",
    in: "header",
    description: "The generation that was read, in quotes. If the counter has another one now, nothing is done.",
    schema: { type: "string", pattern: '^"[0-9]{1,15}"$', examples: ['"42"'] },
  },
];

const adjusted = (description: string) =>
  responses(
    json(description, ref("Adjusted")),
    ...(["badAdjustment", "adminNeeded", "adminOnly", "noRoomFor", "generationOver"] as const),
    ...(["bodyTooLarge", "notJson", "notAdjusted", "notDone"] as const),
  );

/** Methods of paths that can be read, too. They need a token of the right `admin`; the admin port needs none on the machine itself. */
export const ADJUSTING_METHODS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  "/v1/counters/{name}": {
    put: {
      operationId: "setCounter",
      summary:
        "Sets a counter to a value. The response comes after the commit. Hits that are not committed yet are added.",
      tags: ADJUSTING,
      parameters: once,
      requestBody: { required: true, content: { "application/json": { schema: ref("SetCounter") } } },
      responses: adjusted("Set."),
    },
    delete: {
      operationId: "deleteCounter",
      summary: "Deletes a counter. The next hit makes it again.",
      tags: ADJUSTING,
      parameters: once,
      requestBody: { required: false, content: { "application/json": { schema: ref("DeleteCounter") } } },
      responses: adjusted("Deleted, or it was not there."),
    },
  },
};

export const ADJUSTING_POSTS: Readonly<Record<string, Operation>> = {
  "/v1/import": {
    operationId: "importCounters",
    summary:
      'Imports lines such as {"counter": "votes", "value": 12, "region": "eu"}, 2,000 at a time: each such part is done whole or not at all. Sent again with its key, it goes on where it was.',
    tags: ADJUSTING,
    parameters: [
      query(
        "mode",
        { type: "string", enum: ["add", "absent"], default: "add" },
        "`add`: adds to what is there. `absent`: sets counters that do not exist, and skips the others.",
      ),
      idempotencyKey(true, "The same one for the same lines."),
    ],
    requestBody: { required: true, content: { "application/x-ndjson": { schema: { type: "string" } } } },
    responses: responses(
      {
        description:
          'After each part a line {"lines": K}. The last line is {"done": true, "lines", "counters", "skipped", "duplicate"}, or a problem that names the line.',
        content: { "application/x-ndjson": { schema: { type: "string" } } },
      },
      ...([
        "badAdjustment",
        "adminNeeded",
        "adminOnly",
        "tooManyCounters",
        "notNdjson",
        "notAdjusted",
        "notDone",
      ] as const),
    ),
  },
};

export const ADJUSTING_GETS: Readonly<Record<string, Operation>> = {
  "/v1/audit": {
    operationId: "readAudit",
    summary: "What was set, deleted and imported: by whom, when and why; the newest first.",
    tags: ADJUSTING,
    parameters: [
      query("after", { type: "string", pattern: UUID_V7 }, "The page begins after the entry with this key."),
      query("limit", { type: "integer", minimum: 1, maximum: 1000, default: 100 }, "The length of a page."),
    ],
    responses: responses(json("A page.", ref("Audit")), "adminNeeded", "adminOnly", "storeAway"),
  },
};
