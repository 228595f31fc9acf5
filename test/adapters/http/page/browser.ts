import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { needs, programFile } from "../../../needs.ts";

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
