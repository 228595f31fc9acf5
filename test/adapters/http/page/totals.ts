import type { Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";

/** The number that the page shows. */
export async function shownTotal(page: Page): Promise<number> {
  return Number((await page.textContent("#total"))?.replace(/\D/g, ""));
}

/** Until the page shows this number or a larger one. */
export async function untilShown(page: Page, total: number): Promise<void> {
  await eventually(async () => (await shownTotal(page)) >= total);
}

/** From now on, every number that the page shows is noted, in order. Resolves to a way to read them. */
export async function recordTotals(page: Page): Promise<() => Promise<number[]>> {
  await page.evaluate(`
    window.totals = [];
    const note = () => totals.push(Number(document.getElementById("total").textContent.replace(/\\D/g, "")));
    new MutationObserver(note).observe(document.getElementById("total"), { childList: true, characterData: true, subtree: true });
    note();
  `);
  return () => page.evaluate<number[]>("totals");
}

/** From now on, every sentence about the cluster's state is noted. Resolves to a way to read them. */
export async function recordStates(page: Page): Promise<() => Promise<string[]>> {
  await page.evaluate(`
    window.states = [];
    const noteState = () => states.push(document.getElementById("state").textContent);
    new MutationObserver(noteState).observe(document.getElementById("state"), { childList: true, characterData: true, subtree: true });
    noteState();
  `);
  return () => page.evaluate<string[]>("states");
}

/** Until the page shows what it heard, and not any more what was sent. */
export async function untilLive(page: Page): Promise<void> {
  await page.waitForSelector("main[data-connection=live]");
}

/** Until the sentence about the cluster's state is like `words`. */
export async function untilItSays(page: Page, words: RegExp): Promise<void> {
  await eventually(async () => words.test((await page.textContent("#state")) ?? ""));
}
