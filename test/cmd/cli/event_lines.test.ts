import assert from "node:assert/strict";
import fc from "fast-check";
import { EventLines, type ServerEvent } from "../../../cmd/cli/event_lines.ts";

const STREAM = [
  "retry: 2000\n",
  "id: 1\ndata: first\n\n",
  ":\n\n",
  "event: leaving\ndata:{\ndata: }\n\n",
  "data\n\n",
  "id: 3\r\ndata: with: colon\r\n\r\n",
  "event: empty\n\n",
  "data: never finished\n",
].join("");
const EVENTS: ServerEvent[] = [
  { name: "message", data: "first" },
  { name: "leaving", data: "{\n}" },
  { name: "message", data: "" },
  { name: "message", data: "with: colon" },
];

/** Server-sent events are read alike, however the network cuts them. */
describe("cli: server-sent events", () => {
  it("give the same events however the stream is cut", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(STREAM.length)), (cuts) => {
        const lines = new EventLines();
        const at = [0, ...cuts.sort((a, b) => a - b), STREAM.length];
        const pieces = at.slice(1).map((end, index) => STREAM.slice(at[index], end));
        assert.deepEqual(
          pieces.flatMap((piece) => lines.read(piece)),
          EVENTS,
        );
      }),
    );
  });
});
