import type { Attack, AttackOutcome, Target } from "./attack.ts";
import { postFrom } from "./requests.ts";

const AT_ONCE = 1_000_000;
/** Requests that are on their way at a time. */
const PARALLEL = 4;

/** One client asks for a million hits in each request, and so does a page of another site. */
export const attack: Attack = {
  number: 10,
  attack: `counts ${AT_ONCE} hits a request, also from a page of another site`,
  bound: "without a token, a request counts one hit; a refused one says that nothing was counted",
  async run(target): Promise<AttackOutcome> {
    const deadline = performance.now() + target.seconds * 1000;
    const totals = { asked: 0, counted: 0, unclear: 0 };
    await Promise.all(Array.from({ length: PARALLEL }, (_, at) => countUntil(target, at, deadline, totals)));
    const { asked, counted, unclear } = totals;
    return { seen: `${asked} requests: ${counted} hits counted`, held: asked > 0 && counted === 0 && unclear === 0 };
  },
};

async function countUntil(
  target: Target,
  at: number,
  deadline: number,
  totals: { asked: number; counted: number; unclear: number },
): Promise<void> {
  const foreign = at % 2 === 0 ? {} : { Origin: "https://evil.example" };
  const headers = { "Content-Type": "application/json", ...foreign };
  const body = JSON.stringify({ by: AT_ONCE });
  while (performance.now() < deadline) {
    const { status, text } = await postFrom(target, `/v1/counters/${target.counter}/hits`, headers, body);
    totals.asked += 1;
    if (status === 200) totals.counted += AT_ONCE;
    else if (!text.includes('"counted":false')) totals.unclear += 1;
  }
}
