import type { Mutation } from "../mutation.ts";

const RIGHTS = "test/adapters/http/access/rights.test.ts";
const NEW_NAMES = "test/adapters/http/access/new_names.test.ts";
const CONNECTIONS = "internal/adapters/http/connections/address_connections.ts";
const CONNECTIONS_TEST = "test/adapters/http/address_connections.test.ts";

/** Which requests may count, and which names strangers may create. */
export const ACCESS: readonly Mutation[] = [
  {
    name: "Admit: a request without a token counts as many hits as it likes",
    file: "internal/core/access/decisions.ts",
    find: 'if (!trusted && by > ruleFor(maxBy, counter)) return "by";',
    replace: "void maxBy; void by;",
    test: RIGHTS,
  },
  {
    name: "Admit: a token counts hits of counters that it is not for",
    file: "internal/core/access/token_list.ts",
    find: "return counters.some((pattern) => matches(pattern, counter));",
    replace: "void matches; return counters.length > 0 && counter !== null;",
    test: RIGHTS,
  },
  {
    name: "Admit: the fast path counts what needs a closer look",
    file: "internal/adapters/http/access/gate.ts",
    find: "req.headers.authorization === undefined &&",
    replace: "",
    test: RIGHTS,
  },
  {
    name: "Admit: opening a page creates a counter",
    file: "internal/adapters/http/access/gate.ts",
    find: "if (!this.hasPage(counter)) {",
    replace: 'if (counter === "") {',
    test: NEW_NAMES,
  },
  {
    name: "Admit: new names have no rate",
    file: "internal/adapters/http/access/gate.ts",
    find: "if (!asked.exists && !trusted &&",
    replace: "if (!asked.exists && trusted &&",
    test: NEW_NAMES,
  },
  {
    name: "Admit: hits of new names that are refused anyway use up the rate",
    file: "internal/adapters/http/access/gate.ts",
    find: " && !this.#counting.refuses(counter, key))",
    replace: ")",
    test: NEW_NAMES,
  },
  {
    name: "Admit: a counter's first hits of one turn are new names, each",
    file: "internal/services/counter/counters.ts",
    find: "return this.#exists(counter) || this.#new.has(counter);",
    replace: "return this.#exists(counter);",
    test: NEW_NAMES,
  },
  {
    name: "Admit: an address opens connections without a rate",
    file: CONNECTIONS,
    find: " || this.#rates.take(key, now) > 0",
    replace: "",
    test: CONNECTIONS_TEST,
  },
  {
    name: "Admit: strangers take the place of visitors who have a connection",
    file: CONNECTIONS,
    find: "(open === 0 && this.#firstRate",
    replace: "(open >= 0 && this.#firstRate",
    test: CONNECTIONS_TEST,
  },
  {
    name: "Admit: one read may bring as many hits into a turn as fit",
    file: "internal/adapters/http/connections/pipelining.ts",
    find: "if (this.#inRow >= MAX_PER_CONNECTION) this.slow(req, res);",
    replace: "",
    test: "test/adapters/http/pipelining.test.ts",
  },
  {
    name: "Admit: the page's command about tokens has words that a shell takes apart",
    file: "internal/adapters/http/admin_page/token_commands.ts",
    find: "return /^[\\w./-]+$/.test(text) ? text :",
    replace: "return text.length > 0 ? text :",
    test: "test/adapters/http/admin_page/token_commands.test.ts",
  },
  {
    name: "Admit: the page of tokens takes any name into its command",
    file: "internal/adapters/http/admin_page/token_form.ts",
    find: "if (!isTokenName(name)) throw",
    replace: 'if (name === "") throw',
    test: "test/adapters/http/admin_page/forms.test.ts",
  },
];
