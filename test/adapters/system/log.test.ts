import assert from "node:assert/strict";
import { createLog } from "../../../internal/adapters/system/logger.ts";
import type { Logger } from "../../../internal/ports/logger.ts";

function lines(format: "text" | "json", act: (logger: Logger) => void): string[] {
  const written: string[] = [];
  act(createLog({ format, name: "node-4000", write: (line) => written.push(line) }));
  return written;
}

/** A log line tells time, name, event and fields, as text for people or as JSON for programs. */
describe("a log for people", () => {
  const text = (act: (logger: Logger) => void): string =>
    lines("text", act)
      .join("")
      .replace(/^\d\d:\d\d:\d\d /, "");

  it("has the time, who speaks, the event and its fields", () => {
    assert.match(lines("text", (logger) => logger.info("started"))[0]!, /^\d\d:\d\d:\d\d node-4000 started\n$/);
    assert.equal(
      text((logger) => logger.info("became leader", { epoch: 12, fast: true })),
      "node-4000 became leader  epoch=12 fast=true\n",
    );
  });

  it("marks what needs attention", () => {
    assert.equal(
      text((logger) => logger.warn("store away")),
      "node-4000 WARNING store away\n",
    );
    assert.equal(
      text((logger) => logger.error("ledger corrupt")),
      "node-4000 ERROR ledger corrupt\n",
    );
  });

  it("quotes values with spaces, leaves out those that are not there, and stays on one line", () => {
    const fields = { reason: "no answer", path: "/a", empty: "", nobody: null, later: undefined };
    assert.equal(
      text((logger) => logger.info("a\n  b", fields)),
      'node-4000 a | b  reason="no answer" path=/a empty="" nobody=null\n',
    );
  });
});

describe("a log for collectors", () => {
  it("is one object a line", () => {
    const [line = ""] = lines("json", (logger) => logger.warn("store away", { reason: "a\nb", tries: 3 }));
    assert.ok(line.endsWith("}\n"));
    const { time, ...rest } = JSON.parse(line) as Record<string, unknown>;
    assert.equal(new Date(String(time)).toISOString(), time);
    assert.deepEqual(rest, { level: "warn", name: "node-4000", event: "store away", reason: "a\nb", tries: 3 });
  });

  it("keeps what every line has when a field has the same name", () => {
    const [line = ""] = lines("json", (logger) => logger.info("joined", { name: "node-4001", level: "high" }));
    const { name, level, _name, _level } = JSON.parse(line) as Record<string, unknown>;
    assert.deepEqual([name, level, _name, _level], ["node-4000", "info", "node-4001", "high"]);
  });
});

describe("the level of a log", () => {
  const written = (level: "debug" | "info" | "warn" | "error") => {
    const events: string[] = [];
    const log = createLog({ format: "json", level, name: "n", write: (line) => events.push(JSON.parse(line).level) });
    for (const method of ["debug", "info", "warn", "error"] as const) log[method]("event");
    return events;
  };

  it("leaves out the lines below it", () => {
    assert.deepEqual(written("debug"), ["debug", "info", "warn", "error"]);
    assert.deepEqual(written("info"), ["info", "warn", "error"]);
    assert.deepEqual(written("warn"), ["warn", "error"]);
    assert.deepEqual(written("error"), ["error"]);
  });

  it("is info unless set", () => {
    assert.equal(lines("text", (log) => log.debug("round ended")).length, 0);
  });
});
