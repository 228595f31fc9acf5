import assert from "node:assert/strict";
import { operatorCommand } from "../../../cmd/settings/operator_settings.ts";
import { parseSettings } from "../../../cmd/settings/read/parse.ts";
import { messageOf } from "../../../cmd/settings/read/setting_error.ts";

/** The operator needs to know its image and whom it serves. Everything else has a default. */
describe("operator settings", () => {
  const read = (argv: readonly string[], env: Record<string, string> = {}, own: string | null = "home") =>
    parseSettings(operatorCommand(own), argv, env);
  const settings = (...args: Parameters<typeof read>) => {
    const reading = read(...args);
    assert.ok(reading.kind === "settings", JSON.stringify(reading));
    return reading.settings;
  };
  const mistakes = (...args: Parameters<typeof read>) => {
    const reading = read(...args);
    return reading.kind === "errors" ? reading.errors.map(messageOf) : [];
  };
  const IMAGE = ["--image", "a:1"];

  it("have defaults: the pod's own namespace, the default class, port 8080", () => {
    const { namespaces, class: name, port, host, image, kubeconfig } = settings(IMAGE);
    assert.deepEqual(
      { namespaces, name, port, host, image, kubeconfig },
      { namespaces: ["home"], name: "default", port: 8080, host: "0.0.0.0", image: "a:1", kubeconfig: null },
    );
  });

  it("accept a list of namespaces, each once, or all", () => {
    assert.deepEqual(settings([...IMAGE, "--namespaces", "a, b,a"]).namespaces, ["a", "b"]);
    assert.equal(settings([...IMAGE, "--namespaces", "*"]).namespaces, null);
    assert.match(mistakes([...IMAGE, "--namespaces", "a,B"])[0] ?? "", /not "a,B": "B" is not valid$/);
    assert.match(mistakes([...IMAGE, "--namespaces", "a,*"])[0] ?? "", /not "a,\*": "\*" is not valid$/);
  });

  it("need a namespace outside of Kubernetes, and an image everywhere", () => {
    assert.deepEqual(mistakes([], {}, null), [
      "--image must be set: it is the image of every pod whose resource does not set its own",
      "--namespaces must be set outside of Kubernetes; *: all",
    ]);
  });

  it("use their own variables, not the node's", () => {
    const env = {
      GLOBAL_CLUSTER_OPERATOR_IMAGE: "registry.test:5000/x/y@sha256:0123abcd",
      GLOBAL_CLUSTER_OPERATOR_CLASS: "mine",
      GLOBAL_CLUSTER_OPERATOR_LOG: "json",
      GLOBAL_CLUSTER_OPERATOR_PORT: "tcp://10.0.0.7:8080",
      GLOBAL_CLUSTER_STORE: "etcd://elsewhere",
    };
    const { image, class: name, log, port } = settings([], env);
    assert.deepEqual(
      { image, name, log, port },
      { image: env.GLOBAL_CLUSTER_OPERATOR_IMAGE, name: "mine", log: "json", port: 8080 },
    );
    assert.deepEqual(mistakes(IMAGE, { GLOBAL_CLUSTER_OPERATOR_NAMESPACE: "x" }), [
      "GLOBAL_CLUSTER_OPERATOR_NAMESPACE is unknown; did you mean GLOBAL_CLUSTER_OPERATOR_NAMESPACES?",
    ]);
  });

  it("refuse invalid image names", () => {
    for (const image of ["a b", "a:1:2", "/a", "a@sha256", "https://a/b"]) {
      assert.match(mistakes(["--image", image])[0] ?? "", /must be an image/, image);
    }
  });
});
