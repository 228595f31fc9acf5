import assert from "node:assert/strict";
import { type ApiServer, requireApiServer, sharedApiServer } from "../adapters/kubernetes/api_server.ts";
import { ROLE_BINDINGS, ROLES } from "../adapters/kubernetes/resources.ts";
import { rightsInForce } from "../adapters/kubernetes/rights.ts";
import { installDefinition } from "../core/operator/installed_definition.ts";
import { CHART, helm, requireHelm, type Values } from "./helm.ts";

const FORCED = { fieldManager: "test", force: true };

/** Two operators never serve the same namespace: the second release is refused and told what to do. */
describe("a release beside another one's operator", () => {
  let server: ApiServer;
  before(async function () {
    requireHelm(this);
    requireApiServer(this);
    server = await sharedApiServer();
    await installDefinition(server.api());
  });

  let home: string;
  let web: string;
  let shop: string;
  /** Of the operators of one test, which so do not see those of others, whose releases stay. */
  let ours: string;
  let tried = 0;
  beforeEach(async () => {
    [home, web, shop] = [await server.namespace("home"), await server.namespace("web"), await server.namespace("shop")];
    tried += 1;
    ours = `class-${tried}`;
  });

  function install(release: string, namespace: string, operator: Values = {}, flags: readonly string[] = []): void {
    const values = { operator: { class: ours, ...operator }, counter: { enabled: false } };
    // Without its hook: no pod runs here that could apply the definition.
    const words = ["upgrade", release, CHART, "--install", "--namespace", namespace, "--no-hooks", "--skip-crds"];
    helm([...words, "--kubeconfig", server.kubeconfig, ...flags], values);
  }

  function refuses(pattern: RegExp, release: string, namespace: string, operator: Values = {}): void {
    assert.throws(() => install(release, namespace, operator), pattern);
  }

  it("in its namespace is refused, and says what to do", () => {
    install("first", web);
    refuses(
      /the release "first" in the namespace "web-\d+" already runs an operator of the class "class-\d+" for the namespace "web-\d+".*set operator\.enabled=false to use that one, or operator\.class/,
      "second",
      web,
    );
    install("third", web, { enabled: false });
    install("fourth", web, { class: `${ours}-too` });
  });

  it("in a namespace that the other serves from elsewhere is refused", () => {
    install("first", home, { namespaces: [web, shop] });
    refuses(/"first" in the namespace "home-\d+" .* for the namespace "web-\d+"/, "second", web);
    refuses(/"first" in the namespace "home-\d+" .* for the namespace "shop-\d+"/, "second", web, {
      namespaces: [shop],
    });
  });

  it("of the same name is another one all the same", () => {
    install("visits", home, { namespaces: [web] });
    refuses(/"visits" in the namespace "home-\d+"/, "visits", shop, { namespaces: [web] });
  });

  it("for other namespaces is installed, also in the same one", () => {
    install("first", home, { namespaces: [web] });
    install("second", home, { namespaces: [shop] });
  });

  it("for all namespaces is refused wherever the other one is", () => {
    install("first", home, { namespaces: [web] });
    refuses(/"first" in the namespace "home-\d+" .* for the namespace "web-\d+"/, "second", shop, {
      namespaces: ["*"],
    });
    install("third", shop, { namespaces: ["*"], class: `${ours}-too` });
  });

  it("is refused in the namespace of one for all namespaces", () => {
    install("first", home, { namespaces: ["*"] });
    refuses(/"first" in the namespace "home-\d+" .* for all namespaces/, "second", home, { namespaces: [web] });
  });

  it("is upgraded, with more namespaces and with fewer", () => {
    for (const namespaces of [[web], [web, shop], [shop], ["*"]]) install("first", web, { namespaces });
  });

  it("is installed by somebody who may do everything in its namespace, and nothing elsewhere", async () => {
    install("first", home, { namespaces: ["*"] });
    const token = await server.serviceAccount(web, "person");
    await allow(web, "person");
    install("second", web, { rolesForPeople: false }, ["--kube-token", token]);
    refuses(/"second"/, "third", web);
  });

  async function allow(namespace: string, name: string): Promise<void> {
    const metadata = { namespace, name };
    const rules = [{ apiGroups: ["*"], resources: ["*"], verbs: ["*"] }];
    await server.api().apply(ROLES, { apiVersion: ROLES.apiVersion, kind: "Role", metadata, rules }, FORCED);
    const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name };
    const subjects = [{ kind: "ServiceAccount", namespace, name }];
    const binding = { apiVersion: ROLES.apiVersion, kind: "RoleBinding", metadata, roleRef, subjects };
    await server.api().apply(ROLE_BINDINGS, binding, FORCED);
    await rightsInForce(server.api());
  }
});
