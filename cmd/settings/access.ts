import { isIP } from "node:net";
import { resolve } from "node:path";
import { readTokens, TokenFileError } from "../../internal/adapters/tokens/token_storage.ts";
import { type CounterRules, isCounterPattern } from "../../internal/core/access/counter_rules.ts";
import { ANONYMOUS_RIGHTS, CREATORS, type Creator, reservedCounters } from "../../internal/core/access/policy.ts";
import { MAX_RESERVED_BYTES, sizeOfReserved } from "../../internal/core/ledger/ledger_size.ts";
import { MAX_HITS_PER_REQUEST, MAX_NAME_LENGTH } from "../../internal/core/names.ts";
import type { Check, Parse } from "./read/setting.ts";
import { DEFAULT_TOKENS } from "./tokens.ts";
import { oneOf, wholeNumber } from "./values.ts";

/**
 * `VALUE`, `NAME=VALUE`, or several of them with commas between. NAME is a counter's name, or the beginning of names with a `*` at its
 * end. `usual`: the value without a name, where the text has none.
 */
export function counterRules<T>(parse: Parse<T>, usual: T): Parse<CounterRules<T>> {
  return (text) => {
    const named = new Map<string, T>();
    let forAll: T | undefined;
    for (const part of text.split(",").map((one) => one.trim())) {
      const [, pattern = null, valueText = ""] = /^(?:([^=]*)=)?([^=]*)$/.exec(part) ?? [];
      const parsed = parse(valueText);
      if ("problem" in parsed) return { problem: `${parsed.problem}, or NAME=VALUE with commas between`, part };
      if (pattern !== null && !isCounterPattern(pattern)) return { problem: PATTERN_PROBLEM, part };
      if (pattern === null ? forAll !== undefined : named.has(pattern)) return { problem: TWICE_PROBLEM, part };
      if (pattern === null) forAll = parsed.value;
      else named.set(pattern, parsed.value);
    }
    return { value: { usual: forAll ?? usual, named } };
  };
}

const PATTERN_PROBLEM = "must have a counter's name before =, or the beginning of names with a * at its end";
const TWICE_PROBLEM = "must have one value for each name, and at most one without a name";

/** A comma-separated list of IP addresses and networks (`10.0.0.0/8`). */
export const networks: Parse<readonly string[]> = (text) => {
  const given = text.split(",").map((one) => one.trim());
  const bad = given.find((one) => !isNetwork(one));
  if (bad === undefined) return { value: given };
  return { problem: "must be a comma-separated list of IP addresses or networks, such as 10.0.0.0/8", part: bad };
};

function isNetwork(text: string): boolean {
  const [, address = "", bits] = /^([^/%]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const family = isIP(address);
  return family !== 0 && Number(bits ?? 0) <= (family === 4 ? 32 : 128);
}

/** The absolute path of a file that has a list of tokens now. */
const tokensFile: Parse<string> = (text) => {
  try {
    readTokens(text);
    return { value: resolve(text) };
  } catch (error) {
    if (!(error instanceof TokenFileError)) throw error;
    return { problem: `must be a file of tokens (${error.message})` };
  }
};

interface NamingValues {
  readonly counters: ReadonlySet<string> | null;
  readonly create: CounterRules<Creator>;
  readonly maxCounters: number;
}

/** Counters that the settings name have a place in the ledger, so their number has a limit. */
export const namedCountersCheck: Check<NamingValues> = {
  about: "maxCounters",
  reads: ["counters", "create", "maxCounters"],
  problem({ counters, create, maxCounters }) {
    const names = reservedCounters(counters, create);
    const most = Math.min(maxCounters, MAX_RESERVED_BYTES / sizeOfReserved(["x".repeat(MAX_NAME_LENGTH)]));
    if (names.size <= maxCounters && sizeOfReserved(names) <= MAX_RESERVED_BYTES) return null;
    return `must be at least the number of counters that --counters and --create name (${names.size}), which may be ${Math.floor(most)} at most with long names`;
  },
};

/** What requests may do. */
export const accessTable = {
  tokens: {
    placeholder: "file",
    parse: tokensFile,
    default: null,
    whenAbsent: `${DEFAULT_TOKENS}, as soon as it exists`,
    help: "file with the tokens, as global-cluster token writes it; the node reads it again when it changes",
  },
  anonymous: {
    placeholder: "rights",
    parse: counterRules(oneOf(...ANONYMOUS_RIGHTS), "count"),
    default: "count",
    help: "what requests without a token may do: count (and read), read or none; by name: read,visits=count,blog-*=none",
  },
  maxBy: {
    placeholder: "number",
    parse: counterRules(wholeNumber(1, MAX_HITS_PER_REQUEST), 1),
    default: "1",
    help: "largest number of hits in a request without a token; by name: 1,imports-*=1000",
  },
  create: {
    placeholder: "who",
    parse: counterRules(oneOf(...CREATORS), "anyone"),
    default: "anyone",
    help: "whose hits may create a counter: anyone, token or nobody; by name: token,blog-*=anyone. Opening /c/NAME creates a counter only if a name here allows it",
  },
  trustedProxies: {
    placeholder: "networks",
    parse: networks,
    default: null,
    whenAbsent: "none",
    help: "comma-separated list of the proxies whose X-Forwarded-For and Forwarded headers name the client",
  },
} as const;
