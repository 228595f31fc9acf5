import { ADJUSTING, idempotencyKey } from "./adjusting_operations.ts";
import { imageName, name, type Operation } from "./operations.ts";
import { json, type Responses, responses } from "./responses.ts";
import { ref } from "./schemas.ts";

const parameters = [name, idempotencyKey(false, "Without one the node makes one. The response has it.")];

const linked = (description: string) =>
  responses(
    json(description, ref("Linked")),
    ...(["badLink", "adminNeeded", "adminOnly", "tooManyLinks", "bodyTooLarge", "notJson"] as const),
    ...(["notAdjusted", "notDone"] as const),
  );

/** A link has an address, and no content. */
function redirect(description: string, { "200": _, ...problems }: Responses): Responses {
  const location = { description: "Where an admin has set that it leads.", schema: { type: "string", format: "uri" } };
  return { "302": { description, headers: { Location: location } }, ...problems };
}

/** Links: a counter's name, and an address to which `GET /go/{name}` leads. */
export const LINK_METHODS: Readonly<Record<string, Readonly<Record<string, Operation>>>> = {
  "/v1/links/{name}": {
    put: {
      operationId: "setLink",
      summary: "Sets where /go/{name} leads. The counter is made if it does not exist.",
      tags: ADJUSTING,
      parameters,
      requestBody: { required: true, content: { "application/json": { schema: ref("SetLink") } } },
      responses: linked("Set."),
    },
    delete: {
      operationId: "removeLink",
      summary: "Removes a link. Its counter stays.",
      tags: ADJUSTING,
      parameters,
      requestBody: { required: false, content: { "application/json": { schema: ref("RemoveLink") } } },
      responses: linked("Removed, or it was not there."),
    },
  },
};

export const LINK_GETS: Readonly<Record<string, Operation>> = {
  "/v1/links": {
    operationId: "listLinks",
    summary: "All links.",
    tags: ADJUSTING,
    responses: responses(json("In the order of their names.", ref("Links")), "adminNeeded", "adminOnly", "catchingUp"),
  },
  "/go/{name}": {
    operationId: "go",
    summary:
      "Counts one hit and leads to the address that an admin has set. If the hit cannot be counted, the problem says where the link leads.",
    tags: ["Counting"],
    parameters: [imageName],
    responses: redirect("Counted.", responses({}, "refusedHere", "unknownLink", "tooManyCounters", "notLedOn")),
  },
};
