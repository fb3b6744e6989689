{{- define "pintle.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 52 | trimSuffix "-" }}
{{- end }}

{{/* The name of all objects. A StatefulSet's may have 52 characters, as its pods have a label of it and a hash. */}}
{{- define "pintle.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "pintle.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "pintle.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* The name of the headless Service, which gives each replica a name of its own. */}}
{{- define "pintle.replicas" -}}
{{ include "pintle.fullname" . }}-replicas
{{- end }}

{{- define "pintle.selectorLabels" -}}
app.kubernetes.io/name: {{ include "pintle.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "pintle.labels" -}}
{{ include "pintle.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "pintle.image" -}}
{{- if .Values.image.digest }}
{{- printf "%s@%s" .Values.image.repository .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" .Values.image.repository (.Values.image.tag | default .Chart.AppVersion) }}
{{- end }}
{{- end }}

{{/* The name of the Secret. Nobody shall run pintle with an example's key, so there is no default. */}}
{{- define "pintle.secretName" -}}
{{- if and .Values.existingSecret .Values.secrets }}
{{- fail "set existingSecret or secrets, not both" }}
{{- else if .Values.existingSecret }}
{{- .Values.existingSecret }}
{{- else if .Values.secrets }}
{{- include "pintle.fullname" . }}
{{- else }}
{{- fail "set existingSecret, the name of a Secret with PINTLE_WRITE_KEY, PINTLE_ADMIN_TOKEN, CUSTOMERIO_SITE_ID and CUSTOMERIO_API_KEY, or set these in secrets" }}
{{- end }}
{{- end }}

{{/* The port of an address such as 0.0.0.0:8080 or [::]:8080. */}}
{{- define "pintle.port" -}}
{{ splitList ":" . | last }}
{{- end }}

{{/* Not empty: the journal is on Kafka, and the nodes have no volumes. */}}
{{- define "pintle.sharesJournal" -}}
{{- if eq (.Values.config.journal.backend | default "rocksdb") "kafka" }}true{{ end }}
{{- end }}

{{/* The ports of the brokers, one a line. */}}
{{- define "pintle.brokerPorts" -}}
{{- range .Values.config.journal.kafka.brokers | uniq }}
{{ include "pintle.port" . }}
{{- end }}
{{- end }}

{{- define "pintle.configuration" -}}
{{- if include "pintle.sharesJournal" . }}
{{- toYaml (set (deepCopy .Values.config) "journal" (omit .Values.config.journal "directory")) }}
{{- else }}
{{- toYaml .Values.config }}
{{- end }}
{{- end }}

{{/* What kubectl calls the workload. */}}
{{- define "pintle.workload" -}}
{{ if include "pintle.sharesJournal" . }}deployment{{ else }}statefulset{{ end }}
{{- end }}
