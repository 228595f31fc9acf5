import { request } from "node:http";
import { type Attack, type AttackOutcome, CannotRun, type Target } from "./attack.ts";

/** A request that a browser sends because of a page of another site. */
interface Foreign {
  readonly name: string;
  readonly path: (counter: string) => string;
  readonly method?: string;
  readonly headers: Readonly<Record<string, string>>;
}

const STRANGER = "https://stranger.example";
const IMAGE = { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image" };
const FROM_STRANGER = { ...IMAGE, Referer: `${STRANGER}/` };
/** A name of the attacker's that leads to the node (DNS rebinding). Its pages are of the same origin as the node, to a browser. */
const REBOUND = { Host: "stranger.example", "Sec-Fetch-Site": "same-origin" };

const FOREIGN: readonly Foreign[] = [
  { name: "a badge in a page", path: (name) => `/badge/${name}.svg`, headers: FROM_STRANGER },
  { name: "a pixel in a page", path: (name) => `/pixel/${name}.gif`, headers: FROM_STRANGER },
  { name: "a pixel in a page that sends no Referer", path: (name) => `/pixel/${name}.gif`, headers: IMAGE },
  { name: "the node's page as an image", path: (name) => `/c/${name}`, headers: FROM_STRANGER },
  {
    name: "the node's page in a frame",
    path: (name) => `/c/${name}`,
    headers: { "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe" },
  },
  {
    name: "a POST under a name of the attacker's",
    path: (name) => `/v1/counters/${name}/hits`,
    method: "POST",
    headers: { ...REBOUND, Origin: "http://stranger.example" },
  },
  { name: "a pixel under a name of the attacker's", path: (name) => `/pixel/${name}.gif`, headers: REBOUND },
  { name: "the page under a name of the attacker's", path: (name) => `/c/${name}`, headers: REBOUND },
];

/** Pages of a site that is not allowed make their visitors' browsers count. */
export const attack: Attack = {
  number: 16,
  attack: "counts from pages of another site",
  bound: "with --allowed-origins, nothing is counted for a site that is not in it",
  flags: ["--allowed-origins", "https://friend.example"],
  async run(target): Promise<AttackOutcome> {
    await requireAllowedOrigins(target);
    const counted: string[] = [];
    for (const foreign of FOREIGN) if (await counts(foreign, target)) counted.push(foreign.name);
    return {
      seen:
        counted.length === 0 ? `${FOREIGN.length} kinds of requests, none counted` : `counted: ${counted.join(", ")}`,
      held: counted.length === 0,
    };
  },
};

async function requireAllowedOrigins({ publicUrl, counter }: Target): Promise<void> {
  const headers = { Origin: STRANGER, "Access-Control-Request-Method": "POST" };
  const { status } = await send(`${publicUrl}/v1/counters/${counter}/hits`, "OPTIONS", headers);
  if (status !== 403) throw new CannotRun("the target allows pages of all sites (--allowed-origins)");
}

/** A counted image has no `Problem-Type`; all else says by its status whether it was counted. */
async function counts({ path, method = "GET", headers }: Foreign, { publicUrl, counter }: Target): Promise<boolean> {
  const { status, problem } = await send(publicUrl + path(counter), method, headers);
  return status === 200 && problem === undefined;
}

/** `fetch` does not let a program set these headers. */
function send(url: string, method: string, headers: Readonly<Record<string, string>>) {
  return new Promise<{ status: number; problem: string | undefined }>((resolve, reject) => {
    request(url, { method, headers, agent: false }, (response) => {
      const problem = response.headers["problem-type"];
      response.resume().once("end", () => resolve({ status: response.statusCode ?? 0, problem: problem?.toString() }));
    })
      .once("error", reject)
      .end();
  });
}
