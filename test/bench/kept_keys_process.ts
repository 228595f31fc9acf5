import { randomBytes } from "node:crypto";
import { KeptKeys } from "../../internal/core/keys/kept_keys.ts";
import { emptyLedger, type Ledger } from "../../internal/core/ledger/ledger.ts";
import { Rounds } from "../../internal/core/ledger/rounds.ts";
import { conversionOf } from "../../internal/core/ledger/transaction.ts";
import { resident } from "./resident.ts";

/** What this process tells once. It is told as its argument how many seconds of keys to keep. */
export interface KeptKeysNews {
  readonly kind: "kept";
  readonly keys: number;
  /** Resident bytes that they take. */
  readonly memory: number;
  readonly keysOfRound: number;
  /** Bytes that a round of these keys writes in its entry of keys. */
  readonly roundBytes: number;
}

const WARM_UP_SECONDS = 60;
const KEYS_A_SECOND = 1_000;
const WINDOW_MS = 900_000;
const HOUR_MS = 3_600_000;
const RETENTION = { silence: HOUR_MS, afterEnd: HOUR_MS, ended: 10 };

const roundBytes = bytesOfRound();
// As in a leader, the young generation is full and the code is compiled before any key is kept.
keep(new KeptKeys(1), WARM_UP_SECONDS);
const before = await resident();
const kept = new KeptKeys(1);
keep(kept, Number(process.argv[2]));
const memory = (await resident()) - before;
process.send?.({
  kind: "kept",
  keys: kept.size,
  memory,
  keysOfRound: KEYS_A_SECOND,
  roundBytes,
} satisfies KeptKeysNews);

function keep(keys: KeptKeys, seconds: number): void {
  const begin = Date.now() - WINDOW_MS;
  for (let second = 0; second < seconds; second++)
    keys.add(
      second + 1,
      Array.from({ length: KEYS_A_SECOND }, () => [newKey(begin + second * 1_000), 1]),
    );
}

/** What the entry of keys takes in a round that a leader plans. */
function bytesOfRound(): number {
  const wall = Date.now();
  const hits = Array.from({ length: KEYS_A_SECOND }, (_, number) => ({
    number,
    key: newKey(wall),
    counter: "visits",
    by: 1,
  }));
  const rounds = new Rounds({ epoch: 1, writer: "bench" }, newLedger(), 1, { bytes: 1 << 20 }, RETENTION, 0);
  const keyed = { life: "0".repeat(16), region: "local", hits };
  rounds.accept("node", { epoch: 1, round: rounds.begin(), batches: [], sources: [], keyed }, 0);
  const plan = rounds.plan(0, { keyed: { window: WINDOW_MS, budget: 1_000_000, wall, node: "node" } });
  const [name, value] = [...(plan?.puts ?? [])].find(([name]) => name.startsWith("keys/")) ?? [];
  if (!name || !value) throw new Error("the round wrote no keys");
  return name.length + value.length;
}

function newLedger(): Ledger {
  const term = { writer: "bench", from: 1 };
  const ledger = { ...emptyLedger("0".repeat(16)), version: 1, epoch: 1, terms: [term] };
  return conversionOf(ledger, "0".repeat(16)).next;
}

/** The hex digits of a UUID of version 7. */
function newKey(time: number) {
  const random = randomBytes(10).toString("hex");
  return `${time.toString(16).padStart(12, "0")}7${random.slice(0, 3)}8${random.slice(3, 18)}`;
}
