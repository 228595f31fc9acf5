import { fileURLToPath } from "node:url";
import { FREE_LOG_BYTES } from "../../../internal/core/ledger/folding.ts";
import type { LargeLedgerNews, LargeLedgerOrder } from "../large_ledger_process.ts";
import { PinnedProcess, SERVER_CORE } from "../pinned_process.ts";
import type { Line, Row } from "../row.ts";
import { spreadOf, spreadText } from "../spread.ts";

const PROCESS = fileURLToPath(new URL("../large_ledger_process.ts", import.meta.url));
const CPU_GOAL_MS = 30;
const BYTES_GOAL = 100_000;
/** A new leader has 5 s: it needs 1.5 s of them to take over, and the rest to read. */
const READING_GOAL_MS = 3_500;
const LONGEST_MS = 300_000;
const MB = 1_000_000;

/** The rounds of a large ledger without its store: what a leader computes, and what it would write. */
export const largeLedger: Row = {
  name: "large-ledger",
  async run({ smoke }) {
    const order: LargeLedgerOrder = smoke
      ? { counters: 100_000, rounds: 240, changed: 1_000 }
      : { counters: 1_000_000, rounds: 2_400, changed: 1_000 };
    const leader = new PinnedProcess([process.execPath, "--max-semi-space-size=8", PROCESS], {
      core: SERVER_CORE,
      ipc: true,
    });
    leader.tell(order);
    const isNews = (message: unknown): message is LargeLedgerNews => (message as LargeLedgerNews).kind === "led";
    const news = await leader.hear(isNews, LONGEST_MS);
    await leader.end("SIGKILL");
    return linesOf(order, news);
  },
};

/** The last quarter of the rounds tells what a round costs: the kept rounds have become as many as they can be by then. */
function linesOf({ counters, rounds, changed }: LargeLedgerOrder, news: LargeLedgerNews): Line[] {
  const measured = rounds / 4;
  const cpu = spreadOf(news.cpuMs.slice(-measured));
  const written = news.bytes.slice(-measured).reduce((sum, bytes) => sum + bytes, 0) / measured;
  const bound = FREE_LOG_BYTES + news.pages + Math.max(...news.bytes);
  const what = `a round with ${changed} changed of ${counters} counters`;
  return [
    {
      measure: `${what}: CPU of planning, folding and encoding`,
      goal: `<= ${CPU_GOAL_MS} ms`,
      result: `${spreadText(cpu, 1)} ms`,
      reached: cpu.median <= CPU_GOAL_MS,
    },
    {
      measure: `${what}: written on average over ${measured} rounds, folding included`,
      goal: `<= ${BYTES_GOAL / 1_000} kB`,
      result: `${(written / 1_000).toFixed(1)} kB, at most ${(Math.max(...news.bytes) / 1_000).toFixed(1)} kB`,
      reached: written <= BYTES_GOAL,
    },
    {
      measure: `the rounds that are kept, at most, of ${rounds}`,
      goal: `<= ${megabytes(bound)}`,
      result: `${megabytes(news.log)}, with ${megabytes(news.pages)} of pages`,
      reached: news.log <= bound,
    },
    {
      measure: `all entries of ${counters} counters and these rounds, read and added up: CPU`,
      goal: `<= ${READING_GOAL_MS / 1_000} s`,
      result: `${(news.readingMs / 1_000).toFixed(2)} s`,
      reached: news.readingMs <= READING_GOAL_MS,
    },
  ];
}

function megabytes(bytes: number): string {
  return `${(bytes / MB).toFixed(1)} MB`;
}
