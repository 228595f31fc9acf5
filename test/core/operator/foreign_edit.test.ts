import assert from "node:assert/strict";
import type { FieldSet, ManagedFields } from "../../../internal/core/kubernetes/managed_fields.ts";
import { type ForeignEdit, foreignEdit } from "../../../internal/core/operator/foreign_edit.ts";

const counter = 'k:{"name":"counter"}';
const env = (name: string) => ({ "f:env": { [`k:{"name":"${name}"}`]: { ".": {}, "f:name": {}, "f:value": {} } } });

/** The entry of somebody who has set these fields of `spec.template.spec`. */
function pods(manager: string, fields: FieldSet, subresource?: string): ManagedFields {
  return spec(manager, { "f:template": { "f:spec": fields } }, subresource);
}

function spec(manager: string, fields: FieldSet, subresource?: string): ManagedFields {
  return { manager, fieldsV1: { "f:spec": fields }, ...(subresource !== undefined && { subresource }) };
}

function annotated(manager: string, annotation: string): ManagedFields {
  return spec(manager, { "f:template": { "f:metadata": { "f:annotations": { ".": {}, [`f:${annotation}`]: {} } } } });
}

const OURS: ManagedFields = {
  manager: "us",
  fieldsV1: {
    "f:metadata": { "f:labels": { "f:a": {} } },
    "f:spec": {
      "f:paused": {},
      "f:replicas": {},
      "f:template": {
        "f:spec": { "f:containers": { [counter]: { ".": {}, "f:image": {}, "f:args": {}, ...env("A") } } },
      },
    },
  },
};

const CONTROLLER: ManagedFields = {
  manager: "kube-controller-manager",
  subresource: "status",
  fieldsV1: {
    "f:metadata": { "f:annotations": { ".": {}, "f:deployment.kubernetes.io/revision": {} } },
    "f:status": { "f:replicas": {} },
  },
};

const edit = (manager: string, ...fields: string[]): ForeignEdit => ({ managers: [manager], fields });

const TABLE: [string, ManagedFields[], ForeignEdit | null][] = [
  ["nobody else's hand", [OURS], null],
  ["what the controller says through the status", [OURS, CONTROLLER], null],
  ["a revision that it notes on the object itself", [OURS, { ...CONTROLLER, subresource: "" } as ManagedFields], null],
  ["what an autoscaler says through the scale", [OURS, spec("hpa", { "f:replicas": {} }, "scale")], null],
  ["replicas that somebody edited, which have words of their own", [OURS, spec("kubectl", { "f:replicas": {} })], null],
  ["a restart of the rollout", [OURS, annotated("kubectl-rollout", "kubectl.kubernetes.io/restartedAt")], null],
  [
    "another annotation of the pods",
    [OURS, annotated("kubectl", "sidecar.istio.io/inject")],
    edit("kubectl", "spec.template.metadata.annotations.sidecar.istio.io/inject"),
  ],
  [
    "labels and annotations of the object",
    [OURS, { manager: "x", fieldsV1: { "f:metadata": { "f:labels": {} } } }],
    null,
  ],
  ["what we have replaced or a webhook has added to our write", [OURS, pods("us", { "f:nodeSelector": {} })], null],
  [
    "a field of others that is ours, too",
    [OURS, pods("kubectl", { "f:containers": { [counter]: { ".": {}, "f:image": {}, "f:args": {} } } })],
    null,
  ],
  [
    "a field that is ours since we replaced the object",
    [OURS, pods("us", { "f:dnsPolicy": {} }), pods("tool", { "f:dnsPolicy": {} })],
    null,
  ],
  ["a pause", [spec("us", { "f:replicas": {} }), spec("kubectl", { "f:paused": {} })], edit("kubectl", "spec.paused")],
  [
    "a node selector",
    [OURS, pods("kubectl-edit", { "f:nodeSelector": { ".": {}, "f:disk": {} }, "f:hostNetwork": {} })],
    edit("kubectl-edit", "spec.template.spec.nodeSelector.disk", "spec.template.spec.hostNetwork"),
  ],
  [
    "an empty structure",
    [OURS, pods("kubectl-edit", { "f:securityContext": {} })],
    edit("kubectl-edit", "spec.template.spec.securityContext"),
  ],
  [
    "a second container",
    [OURS, pods("kubectl", { "f:containers": { 'k:{"name":"spy"}': { ".": {}, "f:name": {} } } })],
    edit("kubectl", "spec.template.spec.containers[spy].name"),
  ],
  [
    "another variable",
    [OURS, pods("kubectl", { "f:containers": { [counter]: env("B") } })],
    edit(
      "kubectl",
      "spec.template.spec.containers[counter].env[B].name",
      "spec.template.spec.containers[counter].env[B].value",
    ),
  ],
  [
    "a port, which has two keys",
    [
      OURS,
      pods("kubectl", {
        "f:containers": { [counter]: { "f:ports": { 'k:{"containerPort":9,"protocol":"UDP"}': { "f:name": {} } } } },
      }),
    ],
    edit("kubectl", "spec.template.spec.containers[counter].ports[9,UDP].name"),
  ],
  [
    "the image, which is not ours any more",
    [
      pods("us", { "f:containers": { [counter]: env("A") } }),
      pods("x", { "f:containers": { [counter]: { "f:image": {} } } }),
    ],
    edit("x", "spec.template.spec.containers[counter].image"),
  ],
  [
    "edits of two managers",
    [OURS, spec("a", { "f:minReadySeconds": {} }), spec("b", { "f:minReadySeconds": {} })],
    { managers: ["a", "b"], fields: ["spec.minReadySeconds"] },
  ],
  ["a manager without a name", [OURS, { fieldsV1: { "f:spec": { "f:x": {} } } }], edit("somebody", "spec.x")],
  ["entries without fields", [OURS, { manager: "x" }], null],
];

describe("a foreign edit", () => {
  for (const [what, entries, expected] of TABLE) {
    it(`is ${expected ? "found in" : "not seen in"} ${what}`, () => {
      assert.deepEqual(foreignEdit(entries, "us"), expected);
    });
  }
});
