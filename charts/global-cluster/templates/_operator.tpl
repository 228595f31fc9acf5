{{/* A JSON list. */}}
{{- define "global-cluster.namespaces" -}}
{{- $operator := include "global-cluster.section" (dict "root" . "name" "operator") | fromYaml -}}
{{- $operator.namespaces | default (list .Release.Namespace) | toJson -}}
{{- end -}}

{{/* Refuses values that would install but not work, while somebody reads the output. */}}
{{- define "global-cluster.checkOperator" -}}
{{- $counter := include "global-cluster.section" (dict "root" . "name" "counter") | fromYaml -}}
{{- $namespaces := include "global-cluster.namespaces" . | fromJsonArray -}}
{{- if and (has "*" $namespaces) (gt (len $namespaces) 1) -}}
{{- fail "operator.namespaces: \"*\" means all namespaces and must be the only entry" -}}
{{- end -}}
{{- if and (ne $counter.enabled false) (not (has "*" $namespaces)) (not (has .Release.Namespace $namespaces)) -}}
{{- fail (printf "operator.namespaces (%s) does not include %q, the namespace of this release's counter: add it, or set counter.enabled=false" (join ", " $namespaces) .Release.Namespace) -}}
{{- end -}}
{{- include "global-cluster.checkOtherOperators" . -}}
{{- end -}}

{{/* What the operator needs, including what it grants to counter pods (to list and watch endpointslices, and pods for those of earlier releases): nobody can grant more than they have. */}}
{{- define "global-cluster.operatorRules" -}}
- apiGroups: [globalcluster.dev]
  resources: [counterclusters]
  verbs: [list, watch]
- apiGroups: [globalcluster.dev]
  resources: [counterclusters/status]
  verbs: [patch]
- apiGroups: [""]
  resources: [persistentvolumeclaims]
  verbs: [list, watch]
# Also to keep a pod that has crashed from its ReplicaSet until it is back, and then to remove it.
- apiGroups: [""]
  resources: [pods]
  verbs: [delete, list, patch, watch]
- apiGroups: [discovery.k8s.io]
  resources: [endpointslices]
  verbs: [list, watch]
- apiGroups: [""]
  resources: [events]
  verbs: [create, patch]
- apiGroups: [""]
  resources: [configmaps, serviceaccounts, services]
  verbs: &all [create, delete, get, list, patch, watch]
# Those of its resources, by their names: it can neither list nor watch Secrets.
- apiGroups: [""]
  resources: [secrets]
  verbs: [create, get, update]
- apiGroups: [cert-manager.io]
  resources: [certificates]
  verbs: [create, delete, get, list, patch]
- apiGroups: [apps]
  resources: [deployments, statefulsets]
  # Updates undo what others have added to them.
  verbs: [create, delete, get, list, patch, update, watch]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: *all
- apiGroups: [networking.k8s.io]
  resources: [ingresses, networkpolicies]
  verbs: *all
- apiGroups: [rbac.authorization.k8s.io]
  resources: [rolebindings, roles]
  verbs: *all
- apiGroups: [monitoring.coreos.com]
  resources: [podmonitors]
  verbs: [create, delete, get, list, patch]
{{- end -}}
