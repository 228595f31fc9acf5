{{- define "global-cluster.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" }}
{{ include "global-cluster.selector" . }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
{{- end -}}

{{/*
What a selector may ask for: labels that never change. A counter's pods have the counter's name as their instance, which is as a rule the release's, too:
so the pods of this chart have another name than those that the operator makes, and nobody takes them for counters.
*/}}
{{- define "global-cluster.selector" -}}
app.kubernetes.io/name: {{ include "global-cluster.name" .root }}{{ ternary "" "-operator" (eq .component "counter") }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}
