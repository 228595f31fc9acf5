import type { Parse, ValuesOf } from "../settings/read/setting.ts";
import { anyText, label, oneOf, wholeNumber, yes } from "../settings/values.ts";
import { type CommandFlags, flagsOf } from "./command_flags.ts";
import { SOURCES } from "./import/read_import.ts";
import { completeServer, idempotencyKey, serverChecks, serverTable } from "./server_flags.ts";

/** Commands for those who own the counters. */
export const OWNING_COMMANDS = ["set", "reset", "delete", "audit", "import", "export", "links"] as const;
export type OwningCommandName = (typeof OWNING_COMMANDS)[number];

/** What `global-cluster links` can do beside listing them. */
export const LINK_CHANGES = ["set", "delete"] as const;

/** What `global-cluster export` can write. */
export const EXPORTS = ["totals", "days", "audit"] as const;

/** The options of all these commands. */
export type OwningOptions = ReturnType<typeof complete>;

const siteName: Parse<string> = (text) =>
  /^[a-z0-9](?:[._-]*[a-z0-9])*$/.test(text) && text.length <= 64
    ? { value: text }
    : { problem: "must be the name of a site, such as blog.example" };

const key = {
  placeholder: "uuid",
  parse: idempotencyKey,
  default: null,
  whenAbsent: "a new one" as string,
  help: "UUID of version 7: with it you can send the same change again if no response came; it is done once",
  only: "flag",
} as const;

const reason = {
  placeholder: "text",
  parse: anyText,
  default: null,
  whenAbsent: "none",
  help: "why, for the audit",
  only: "flag",
} as const;

const region = {
  placeholder: "region",
  parse: label,
  default: null,
  whenAbsent: "other",
  help: "region that the hits are counted under",
  only: "flag",
} as const;

const generation = {
  placeholder: "number",
  parse: wholeNumber(0, 999_999_999_999_999),
  default: null,
  whenAbsent: "any",
  help: "changes the counter only if it still has this generation (set, reset, delete and audit show it)",
  only: "flag",
} as const;

const deleteTable = { ...serverTable, reason, generation, key } as const;
const setTable = { ...deleteTable, region } as const;

const auditTable = {
  ...serverTable,
  limit: {
    placeholder: "number",
    parse: wholeNumber(1, 10_000),
    default: "20",
    help: "how many of the newest entries to show",
    only: "flag",
  },
} as const;

const FILE_KEY: string = "one made of the file and its time, so that no file is imported twice";

const importTable = {
  ...serverTable,
  from: {
    placeholder: SOURCES.join("|"),
    parse: oneOf(...SOURCES),
    default: null,
    whenAbsent: "csv if the name of the file ends in .csv, otherwise ndjson",
    help: "what the file is",
    only: "flag",
  },
  site: {
    placeholder: "site",
    parse: siteName,
    default: null,
    help: "site that GoatCounter counted, as in data-site of its pages; --from goatcounter needs it",
    only: "flag",
  },
  mode: {
    placeholder: "add|absent",
    parse: oneOf("add", "absent"),
    default: "add",
    help: "add: adds to what is counted; absent: sets counters that do not exist, and leaves the others as they are",
    only: "flag",
  },
  region,
  key: { ...key, whenAbsent: FILE_KEY },
  dryRun: {
    placeholder: null,
    parse: yes,
    default: null,
    help: "writes what would be imported, and sends nothing",
    only: "flag",
  },
} as const;

const linksTable = { ...serverTable, reason, key } as const;

const exportTable = {
  ...serverTable,
  format: {
    placeholder: "ndjson|csv",
    parse: oneOf("ndjson", "csv"),
    default: "ndjson",
    help: "form of the output",
    only: "flag",
  },
} as const;

export const OWNING_FLAGS: Readonly<Record<OwningCommandName, CommandFlags<OwningOptions>>> = {
  set: flagsOf({
    usage: "global-cluster set NAME VALUE",
    purpose: "Sets a counter's total. Hits that are not committed yet are added to it.",
    table: setTable,
    checks: serverChecks,
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
  reset: flagsOf({
    usage: "global-cluster reset NAME",
    purpose: "Sets a counter's total to 0. Hits that are not committed yet are added to it.",
    table: setTable,
    checks: serverChecks,
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
  delete: flagsOf({
    usage: "global-cluster delete NAME",
    purpose: "Deletes a counter. Its next hit creates it again.",
    table: deleteTable,
    checks: serverChecks,
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
  audit: flagsOf({
    usage: "global-cluster audit",
    purpose: "Shows who set, deleted and imported which counters, when and why. The newest come first.",
    table: auditTable,
    checks: serverChecks,
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
  import: flagsOf({
    usage: "global-cluster import FILE",
    purpose:
      "Adds the numbers of a file to the counters. A file with a mistake changes nothing. An import that broke off goes on when it is run again.",
    table: importTable,
    checks: [
      ...serverChecks,
      {
        about: "site",
        reads: ["from", "site"],
        problem: ({ from, site }) => {
          if (from === "goatcounter") return site === null ? "is needed for --from goatcounter" : null;
          return site === null ? null : "works only with --from goatcounter";
        },
      },
    ],
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
  export: flagsOf({
    usage: `global-cluster export ${EXPORTS.join("|")}`,
    purpose:
      "Writes the totals of all counters, their hits of each day, or the audit, to standard output. Totals can be imported again.",
    table: exportTable,
    checks: serverChecks,
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
  links: flagsOf({
    usage: "global-cluster links [set NAME URL | delete NAME]",
    purpose:
      "Lists the links, or changes where /go/NAME leads. Opening a link counts a hit, and then leads on. It needs a token with the right admin.",
    table: linksTable,
    checks: serverChecks,
    complete: (values) => complete({ ...NOTHING, ...values }),
  }),
};

type AllValues = ValuesOf<typeof setTable & typeof auditTable & typeof importTable & typeof exportTable>;

const NOTHING: Omit<AllValues, keyof typeof serverTable> = {
  reason: null,
  generation: null,
  key: null,
  region: null,
  limit: 20,
  from: null,
  site: null,
  mode: "add",
  dryRun: null,
  format: "ndjson",
};

function complete({ dryRun, reason, ...values }: AllValues) {
  return { ...completeServer(values), reason: reason ?? "", dryRun: dryRun ?? false };
}
