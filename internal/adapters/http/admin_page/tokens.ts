import { isExpired, type TokenEntry } from "../../../core/access/token_list.ts";
import { type Html, html } from "../page/browser/html.js";
import { table } from "./layout.ts";

/** The tokens that are in force, and how to change them: they are in a file, and on Kubernetes in a Secret, which no node can write. */
export function tokensPage(tokens: readonly TokenEntry[], wall: number): Html {
  const rows = tokens.map((token) => row(token, isExpired(token, wall)));
  return html`${rows.length === 0 ? html`<p>There are no tokens.</p>` : table(["Name", "Rights", "Counters", "Ends"], rows, 4)}
<section>
<h3>Make and revoke</h3>
<p>Tokens are in the file of the setting --tokens. A new token is shown once, where you make it. Nodes take a change of the file within seconds.</p>
<pre tabindex="0">global-cluster token create NAME --counters 'blog,blog/*' --tokens FILE
global-cluster token create NAME --admin --expires 720h --tokens FILE
global-cluster token revoke NAME --tokens FILE</pre>
<p>On Kubernetes, the file is the key tokens.json of the Secret that spec.access.tokensSecret names. Change a copy of the file, and put it back:</p>
<pre tabindex="0">kubectl get secret SECRET -o go-template='{{index .data "tokens.json" | base64decode}}' > tokens.json
global-cluster token create NAME --tokens tokens.json
kubectl create secret generic SECRET --from-file=tokens.json --dry-run=client -o yaml | kubectl apply -f -</pre>
</section>`;
}

function row({ name, rights, counters, expires }: TokenEntry, over: boolean): Html {
  const end = expires === null ? "never" : `${expires.replace("T", " ").replace("Z", " UTC")}${over ? " (over)" : ""}`;
  return html`<tr><th scope="row">${name}</th><td class="text">${rights.join(", ")}</td><td class="text">${counters.join(", ")}</td><td class="text">${end}</td></tr>
`;
}
