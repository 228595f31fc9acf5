{{/* With --reuse-values of an older release, newer values are absent, even whole sections. So every section is read through this. */}}
{{- define "global-cluster.section" -}}
{{- index (.root.Values.AsMap) .name | default dict | toYaml -}}
{{- end -}}

{{- define "global-cluster.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Name of the operator's objects. The longest suffix is "-definition". */}}
{{- define "global-cluster.fullname" -}}
{{- $name := include "global-cluster.name" . -}}
{{- $joined := ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) -}}
{{- .Values.fullnameOverride | default $joined | trunc 50 | trimSuffix "-" -}}
{{- end -}}

{{- define "global-cluster.operatorName" -}}
{{- include "global-cluster.fullname" . }}-operator
{{- end -}}

{{- define "global-cluster.counterName" -}}
{{- $counter := include "global-cluster.section" (dict "root" . "name" "counter") | fromYaml -}}
{{- $counter.name | default .Release.Name -}}
{{- end -}}

{{- define "global-cluster.image" -}}
{{- $image := include "global-cluster.section" (dict "root" . "name" "image") | fromYaml -}}
{{- $repository := $image.repository | default .Chart.Name -}}
{{- if $image.digest -}}
{{- $repository }}@{{ $image.digest }}
{{- else -}}
{{- $repository }}:{{ $image.tag | default .Chart.AppVersion }}
{{- end -}}
{{- end -}}

{{- define "global-cluster.imagePullPolicy" -}}
{{- $image := include "global-cluster.section" (dict "root" . "name" "image") | fromYaml -}}
{{- $image.pullPolicy | default "IfNotPresent" -}}
{{- end -}}

{{- define "global-cluster.class" -}}
{{- $operator := include "global-cluster.section" (dict "root" . "name" "operator") | fromYaml -}}
{{- $operator.class | default "default" -}}
{{- end -}}
