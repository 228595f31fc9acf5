import { isExpired, type TokenEntry } from "../../../core/access/token_list.ts";
import type { Tokens } from "../../../ports/access.ts";
import { type Html, html } from "../page/browser/html.js";
import { table } from "./layout.ts";
import { type TokenChange, tokenCommands } from "./token_commands.ts";

/**
 * The tokens that are in force, and the command that makes or revokes one. The page does not do that itself: with a right over counters, or
 * for a moment at the admin port, nobody shall be able to give lasting rights (docs/owning.md, Tokens).
 */
export function tokensPage(tokens: Tokens | null, change: TokenChange | null, wall: number): Html {
  const rows = (tokens?.list() ?? []).map((token) => row(token, isExpired(token, wall)));
  return html`${change && tokens && commandOf(change, tokens)}
${rows.length === 0 ? html`<p>There are no tokens.</p>` : table(["Name", "Rights", "Counters", "Ends", "Revoke"], rows, 5)}
${tokens && form()}`;
}

function commandOf(change: TokenChange, { home }: Tokens): Html {
  const { action, name } = change;
  const then =
    action === "create"
      ? "It shows the token once, and keeps only its hash."
      : "Requests with the token are refused from then on.";
  const where = home.pod === null ? "on a machine that has the file" : "where kubectl may change the Secret";
  const delay = home.pod === null ? "within seconds" : "as soon as Kubernetes brings it to them, within about a minute";
  return html`<section>
<h3>${action === "create" ? "Make" : "Revoke"} ${name}</h3>
<p>Run this ${where}. ${then} Nodes take the change ${delay}.</p>
<pre tabindex="0">${tokenCommands(change, home)}</pre>
</section>`;
}

function form(): Html {
  return html`<section>
<h3>Make a token</h3>
<p>This page writes the command. Nodes only read tokens: who may change them is for those who may write their file or Secret.</p>
<form action="/admin/tokens">
<label for="create">Name
<input id="create" name="create" required maxlength="63" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
<label for="counters">Counters, such as blog,blog/*
<input id="counters" name="counters" value="*" required maxlength="1000" autocapitalize="none" autocomplete="off" spellcheck="false"></label>
<label for="rights">Rights
<select id="rights" name="rights"><option value="count">count</option><option value="admin">count, admin</option></select></label>
<label for="expires">Ends, if ever
<input id="expires" name="expires" type="date"></label>
<button>Show command</button>
</form>
</section>`;
}

function row({ name, rights, counters, expires }: TokenEntry, over: boolean): Html {
  const end = expires === null ? "never" : `${expires.replace("T", " ").replace("Z", " UTC")}${over ? " (over)" : ""}`;
  const revoke = html`<a href="/admin/tokens?revoke=${encodeURIComponent(name)}" aria-label="Revoke ${name}">Revoke</a>`;
  return html`<tr><th scope="row">${name}</th><td class="text">${rights.join(", ")}</td><td class="text">${counters.join(", ")}</td><td class="text">${end}</td><td class="text">${revoke}</td></tr>
`;
}
