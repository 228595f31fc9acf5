{{/* Annotations of the operator's Deployment and Roles, by which another release knows what it serves. */}}
{{- define "global-cluster.served" -}}
globalcluster.dev/class: {{ include "global-cluster.class" . | quote }}
globalcluster.dev/namespaces: {{ include "global-cluster.namespaces" . | fromJsonArray | join "," | quote }}
{{- end -}}

{{/*
Two operators of one resource would undo each other's work. Helm fails where it may not look, so this looks only where whoever installs it is permitted
to anyhow, since nobody may grant what he lacks: for an operator of all namespaces at the Deployments of all; for another at the Roles of each that it serves,
where an operator that lives elsewhere has one, too. So this one does not see an operator of all namespaces elsewhere.
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
{{- fail (printf "the release %q in the namespace %q already runs an operator of the class %q for %s, and the two would fight: set operator.enabled=false to use that one, or operator.class to another class" $release $home $class $where) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
