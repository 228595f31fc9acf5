import assert from "node:assert/strict";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { needs, programFile } from "../../../needs.ts";
import { type Serving, serve } from "../serving.ts";

/** For what the browser does on a slow machine. */
export const PATIENCE_MS = 90_000;

export function requireChromium(context: Mocha.Context): void {
  needs(context, "Chromium");
}

export function launchChromium(): Promise<Browser> {
  // Root may not use Chromium's sandbox, and what it shows here is our own.
  return chromium.launch({ executablePath: programFile("chromium")!, args: ["--no-sandbox", "--disable-gpu"] });
}

/** A page that notes whatever a person would find in the browser's console. */
export interface WatchedPage {
  readonly page: Page;
  /** Errors and warnings, violations of the Content-Security-Policy, and exceptions. */
  readonly complaints: string[];
  close(): Promise<void>;
}

/** `prepare(page)`: before anything is loaded. */
export async function openPage(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
  prepare: (page: Page) => Promise<unknown> = async () => {},
): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("console", (message) => {
    if (["error", "warning"].includes(message.type())) complaints.push(`${message.text()} ${message.location().url}`);
  });
  page.on("request", (request) => {
    if (new URL(request.url()).host !== new URL(url).host)
      complaints.push(`a request to another host: ${request.url()}`);
  });
  await prepare(page);
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}

interface ServedOptions {
  /** How long a node lives. Chromium lives as long as the suite. */
  readonly nodePer: "suite" | "test";
  /** Called for each node before anything asks it. */
  readonly prepare?: (node: Serving) => void;
  /** Whether the console may have something to say. If not, a test whose pages complain fails. */
  readonly mayComplain?: boolean;
}

/** Chromium, and a node that it can ask. */
export class ServedChromium {
  browser!: Browser;
  node!: Serving;
  readonly #opened: WatchedPage[] = [];

  /** Opens a path of the node, or a whole address. The page is closed after the test. */
  async open(
    path: string,
    options?: BrowserContextOptions,
    prepare?: (page: Page) => Promise<unknown>,
  ): Promise<WatchedPage> {
    const opened = await openPage(this.browser, new URL(path, this.node.url).href, options, prepare);
    this.#opened.push(opened);
    return opened;
  }

  /** What the newest page has complained of so far. Empty it if the test wants that. */
  get complaints(): string[] {
    return this.#opened.at(-1)?.complaints ?? [];
  }

  /** Returns what the pages complained of. */
  async closePages(): Promise<string[]> {
    const opened = this.#opened.splice(0);
    for (const { close } of opened) await close();
    return opened.flatMap(({ complaints }) => complaints);
  }
}

/** Call it in `describe`: it starts Chromium and a node for the tests of the suite, and ends both. */
export function serveChromium({ nodePer, prepare = () => {}, mayComplain = false }: ServedOptions): ServedChromium {
  const served = new ServedChromium();
  const startNode = async () => {
    served.node = await serve();
    prepare(served.node);
  };
  const endNode = () => served.node?.close(100);

  before(async function () {
    requireChromium(this);
    served.browser = await launchChromium();
  });
  (nodePer === "test" ? beforeEach : before)(startNode);
  afterEach(async () => {
    const complaints = await served.closePages();
    if (nodePer === "test") await endNode();
    if (!mayComplain) assert.deepEqual(complaints, []);
  });
  after(async () => {
    await served.browser?.close();
    if (nodePer === "suite") await endNode();
  });
  return served;
}
