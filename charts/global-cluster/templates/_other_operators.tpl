{{/* Annotations of the operator's Deployment and Roles that tell other releases what it serves. */}}
{{- define "global-cluster.served" -}}
globalcluster.dev/class: {{ include "global-cluster.class" . | quote }}
globalcluster.dev/namespaces: {{ include "global-cluster.namespaces" . | fromJsonArray | join "," | quote }}
{{- end -}}

{{/*
Two operators of one resource would undo each other's work. Helm fails if it may not read something, so this reads only what the installing user must be
able to read anyway, because nobody can grant more than they have. For an operator of all namespaces, these are all Deployments. For any other operator, these
are the Roles of each namespace that it serves; an operator that runs elsewhere has a Role there, too. So an operator of all namespaces that runs elsewhere
is not found.
*/}}
{{- define "global-cluster.checkOtherOperators" -}}
{{- $namespaces := include "global-cluster.namespaces" . | fromJsonArray -}}
{{- $found := list -}}
{{- range has "*" $namespaces | ternary (list "") (append $namespaces .Release.Namespace | uniq) -}}
{{- $found = concat $found ((lookup "apps/v1" "Deployment" . "").items | default list) -}}
{{- end -}}
{{- range without $namespaces "*" -}}
{{- $found = concat $found ((lookup "rbac.authorization.k8s.io/v1" "Role" . "").items | default list) -}}
{{- end -}}
{{- range $found -}}
{{- include "global-cluster.checkOtherOperator" (dict "root" $ "object" .metadata) -}}
{{- end -}}
{{- end -}}

{{/* `object` is the metadata of any Deployment or Role. */}}
{{- define "global-cluster.checkOtherOperator" -}}
{{- $labels := .object.labels | default dict -}}
{{- $annotations := .object.annotations | default dict -}}
{{- $class := include "global-cluster.class" .root -}}
{{- $isOperator := eq (index $labels "app.kubernetes.io/component" | default "") "operator" -}}
{{- $isOfClass := eq (index $annotations "globalcluster.dev/class" | default "") $class -}}
{{- $release := index $annotations "meta.helm.sh/release-name" | default (index $labels "app.kubernetes.io/instance") | default "" -}}
{{- $home := index $annotations "meta.helm.sh/release-namespace" | default .object.namespace -}}
{{- $isOurs := and (eq $release .root.Release.Name) (eq $home .root.Release.Namespace) -}}
{{- if and $isOperator $isOfClass (not $isOurs) -}}
{{- $ours := include "global-cluster.namespaces" .root | fromJsonArray -}}
{{- range index $annotations "globalcluster.dev/namespaces" | default .object.namespace | splitList "," -}}
{{- if or (eq . "*") (has "*" $ours) (has . $ours) -}}
{{- $where := eq . "*" | ternary "all namespaces" (printf "the namespace %q" .) -}}
{{- fail (printf "the release %q in the namespace %q already runs an operator of the class %q for %s, and two would undo each other's work: set operator.enabled=false to use that one, or operator.class to another class" $release $home $class $where) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
