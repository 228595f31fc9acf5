import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Where Chromium is: what CHROMIUM says, or the first of its names on PATH. */
function chromiumBinary(): string | undefined {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return NAMES.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** In `before`: skips the tests where there is no Chromium, but not in CI. */
export function requireChromium(context: Mocha.Context): void {
  if (chromiumBinary()) return;
  const advice = "no Chromium found: put it on the PATH, or name it in CHROMIUM";
  if (process.env.CI) throw new Error(advice);
  console.log(`      skipped: ${advice}`);
  context.skip();
}

export function launchChromium(): Promise<Browser> {
  // Root may not use Chromium's sandbox, and what it shows here is our own.
  return chromium.launch({ executablePath: chromiumBinary()!, args: ["--no-sandbox", "--disable-gpu"] });
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
