{{/* As the restricted Pod Security Standard requires. The ids are those of the image. */}}
{{- define "global-cluster.podSecurity" -}}
runAsNonRoot: true
runAsUser: 1000
runAsGroup: 1000
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "global-cluster.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{- define "global-cluster.containerImage" -}}
image: {{ include "global-cluster.image" . | quote }}
imagePullPolicy: {{ include "global-cluster.imagePullPolicy" . }}
{{- end -}}

{{- define "global-cluster.placement" -}}
{{- $operator := include "global-cluster.section" (dict "root" . "name" "operator") | fromYaml -}}
{{- with .Values.imagePullSecrets }}
imagePullSecrets:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $operator.nodeSelector }}
nodeSelector:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $operator.tolerations }}
tolerations:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $operator.affinity }}
affinity:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with $operator.priorityClassName }}
priorityClassName: {{ . | quote }}
{{- end }}
{{- end -}}
