import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import axe, { type AxeResults, type RunOptions } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { eventually } from "../../../eventually.ts";
import { tokenOf, tokensFor } from "../access/tokens.ts";
import { OPEN_ACCESS } from "../open_access.ts";
import { launchChromium, openPage, requireChromium } from "../page/browser.ts";
import { type RealNode, startRealNode } from "../real_node.ts";

const TOKENS = tokensFor({ boss: { rights: ["count", "admin"] }, "ci-of-the-blog": { counters: ["blog", "blog-*"] } });
const PATHS = [
  "",
  "/counters",
  "/counters?prefix=blog",
  "/counter?name=blog",
  "/counter?name=none",
  "/links",
  "/links?name=blog",
  "/usage",
  "/audit",
  "/tokens",
  "/tokens?create=ci&counters=blog-*&rights=admin&expires=2999-12-31",
  "/tokens?revoke=boss",
];
const LONG = `${"long-".repeat(20)}name`;

/** WCAG 2.2, levels A and AA. */
const RULES: RunOptions = {
  runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
  resultTypes: ["violations"],
  rules: { "target-size": { enabled: true } },
};

/** People use the admin page without JavaScript, on a phone, in the dark, and with a screen reader. */
describe("the admin page in a browser", () => {
  let browser: Browser;
  let real: RealNode;

  before(async function () {
    requireChromium(this);
    browser = await launchChromium();
    real = await startRealNode(undefined, { ...OPEN_ACCESS, tokens: TOKENS }, 0);
    await eventually(async () => (await set("blog", 1_234_567, "moved here from the old site")) === 200);
    await fetch(`${real.adminUrl}/v1/links/blog.example/feed`, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ url: `https://example.org/${"long-".repeat(40)}` }),
    });
    await set(LONG, 9_007_199_254_740_991, "a reason that is as long as people write when something went wrong");
    for (const name of ["blog.example/posts/1", "blog.example/index", "blog.example"]) await set(name, 12, "");
  });
  after(async () => {
    await browser?.close();
    await real?.end();
  });

  async function set(counter: string, value: number, reason: string): Promise<number> {
    const body = JSON.stringify({ value, reason });
    const headers = { "Content-Type": "application/json" };
    return (await fetch(`${real.adminUrl}/v1/counters/${counter}`, { method: "PUT", body, headers })).status;
  }

  it("writes the command that makes a token, which one click selects", async () => {
    const { page, complaints, close } = await openPage(browser, `${real.adminUrl}/admin/tokens`, {
      javaScriptEnabled: false,
    });
    await page.getByLabel("Name").fill("nightly");
    await page.getByLabel("Counters, such as").fill("blog, votes-*");
    await page.getByLabel("Rights").selectOption("count");
    await page.getByRole("button", { name: "Show command" }).click();
    const command = "global-cluster token create nightly --counters 'blog,votes-*' --tokens /etc/counter/tokens.json";
    assert.equal(await page.locator("pre").textContent(), command);
    await page.locator("pre").click();
    assert.equal(String(await page.evaluate("getSelection().toString()")).trim(), command);
    await page.getByRole("link", { name: "Revoke boss" }).click();
    assert.match((await page.locator("pre").textContent()) ?? "", /^global-cluster token revoke boss --tokens /);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("sets, resets and deletes a counter without JavaScript", async () => {
    const { page, complaints, close } = await openPage(browser, `${real.adminUrl}/admin`, { javaScriptEnabled: false });
    await page.getByRole("link", { name: "Counters", exact: true }).click();
    await page.getByLabel("One counter, which may be new").fill("votes");
    await page.getByRole("button", { name: "Open" }).click();
    await page.getByLabel("New total").fill("41");
    await page.getByLabel("Reason, for the audit").fill("counted by hand");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    assert.equal(await page.getByRole("status").textContent(), "votes was set to 41. It had 0.");
    // What was sent stays done once if the page is loaded again.
    await page.reload();
    assert.equal(real.node.read("votes")?.value, 41n);
    await page.getByRole("button", { name: "Set to 0" }).click();
    assert.equal(await page.getByRole("status").textContent(), "votes was set to 0. It had 41.");
    await page.getByRole("button", { name: "Delete" }).click();
    assert.equal(await page.getByRole("status").textContent(), "votes was deleted. It had 0.");
    await page.getByRole("link", { name: "Audit" }).click();
    assert.match(
      (await page.locator("tbody").textContent()) ?? "",
      /admin port\s*set\s*votes\s*counted by hand\s*0\s*41/,
    );
    assert.deepEqual(complaints, []);
    await close();
  });

  it("sets and removes a link without JavaScript", async () => {
    const { page, complaints, close } = await openPage(browser, `${real.adminUrl}/admin`, { javaScriptEnabled: false });
    await page.getByRole("link", { name: "Links" }).click();
    await page.getByLabel("Name, which is its counter's").first().fill("blog");
    await page.getByLabel("Leads to").fill("https://example.org/new");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    assert.equal(await page.getByRole("status").textContent(), "/go/blog leads to https://example.org/new.");
    const response = await fetch(`${real.url}/go/blog`, { redirect: "manual" });
    assert.equal(response.headers.get("location"), "https://example.org/new");
    await page.getByRole("link", { name: "/go/blog", exact: true }).click();
    assert.equal(await page.getByLabel("Leads to").inputValue(), "https://example.org/new");
    await page.getByRole("button", { name: "Remove" }).click();
    assert.equal(
      await page.getByRole("status").textContent(),
      "/go/blog leads nowhere now. It led to https://example.org/new.",
    );
    await page.getByRole("link", { name: "Audit" }).click();
    assert.match((await page.locator("tbody").textContent()) ?? "", /admin port\s*unlink\s*blog/);
    assert.deepEqual(complaints, []);
    await close();
  });

  it("signs in beside the pages, and out again", async () => {
    const { page, close } = await openPage(browser, `${real.url}/admin`, { javaScriptEnabled: false });
    await page.getByLabel("Token").fill(tokenOf("ci-of-the-blog"));
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await page.getByRole("alert").textContent(), "This token does not have the right “admin”.");
    await page.getByLabel("Token").fill(tokenOf("boss"));
    await page.getByRole("button", { name: "Sign in" }).click();
    assert.equal(await page.getByRole("heading", { level: 2 }).textContent(), "Overview");
    await page.goto(`${real.url}/admin/counter?name=blog`);
    await page.getByLabel("New total").fill("1234567");
    await page.getByRole("button", { name: "Set", exact: true }).click();
    assert.match((await page.getByRole("status").textContent()) ?? "", /^blog was set to 1,234,567/);
    await page.getByRole("button", { name: "Sign out" }).click();
    assert.equal(await page.getByRole("heading", { level: 2 }).textContent(), "Sign in");
    await close();
  });

  it("does nothing for a page of another site that sends its form", async () => {
    const { page, close } = await openPage(browser, `${real.url}/admin`);
    await page.getByLabel("Token").fill(tokenOf("boss"));
    await page.getByRole("button", { name: "Sign in" }).click();
    // Another name of this machine is another site, and the browser is still signed in.
    const evil = createServer((_req, res) => {
      res.setHeader("Content-Type", "text/html");
      const fields = '<input name="action" value="delete"><input name="name" value="blog">';
      res.end(`<form method="post" action="${real.url}/admin/counter">${fields}<button>Win a prize</button></form>`);
    });
    await new Promise<void>((resolve) => evil.listen(0, "127.0.0.1", resolve));
    await page.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`);
    const [response] = await Promise.all([
      page.waitForResponse((one) => one.request().method() === "POST"),
      page.getByRole("button").click(),
    ]);
    evil.close();
    assert.ok([401, 403].includes(response.status()), String(response.status()));
    assert.notEqual(real.node.read("blog"), undefined);
    await close();
  });

  for (const colorScheme of ["light", "dark"] as const) {
    for (const width of [390, 1280, 1920]) {
      it(`has nothing that axe finds, and nothing wider than the screen, ${colorScheme}, ${width} px`, async () => {
        const viewport = { width, height: 900 };
        const { page, complaints, close } = await openPage(browser, `${real.adminUrl}/admin`, {
          colorScheme,
          viewport,
        });
        for (const path of PATHS) {
          await page.goto(`${real.adminUrl}/admin${path}`);
          await assertNothingFound(page, path);
        }
        await page.goto(`${real.url}/admin`);
        await assertNothingFound(page, "sign in");
        assert.deepEqual(
          complaints.filter((text) => !/status of 401|another host/.test(text)),
          [],
        );
        await close();
      });
    }
  }
});

async function assertNothingFound(page: Page, path: string): Promise<void> {
  // The page's policy forbids scripts. Chromium's own connection runs axe in spite of it.
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate<AxeResults>(`axe.run(${JSON.stringify(RULES)})`);
  const found = violations.flatMap(({ id, nodes }) => nodes.map((it) => `${id}: ${it.html} ${it.failureSummary}`));
  assert.deepEqual(found, [], path);
  const [wide, screen] = await page.evaluate<[number, number]>("[document.documentElement.scrollWidth, innerWidth]");
  assert.ok(wide <= screen, `${path} is ${wide} px wide`);
  if (process.env.ADMIN_SHOTS)
    await page.screenshot({
      path: `${process.env.ADMIN_SHOTS}/${path.replace(/\W/g, "_")}-${screen}.png`,
      fullPage: true,
    });
}
