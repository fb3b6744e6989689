{{/* The pods, of the StatefulSet or the Deployment. */}}
{{- define "pintle.podTemplate" -}}
metadata:
  labels:
    {{- with .Values.podLabels }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
    {{- include "pintle.labels" . | nindent 4 }}
  annotations:
    # Another configuration replaces the pods one after another.
    checksum/config: {{ include "pintle.configuration" . | sha256sum }}
    {{- if .Values.secrets }}
    checksum/secrets: {{ toYaml .Values.secrets | sha256sum }}
    {{- end }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
spec:
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  automountServiceAccountToken: false
  # Otherwise Kubernetes describes each service of the namespace in variables such as PINTLE_PORT.
  enableServiceLinks: false
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext: {{- toYaml .Values.podSecurityContext | nindent 4 }}
  topologySpreadConstraints:
    {{- with .Values.topologySpreadConstraints }}
    {{- toYaml . | nindent 4 }}
    {{- else }}
    - maxSkew: 1
      topologyKey: kubernetes.io/hostname
      whenUnsatisfiable: ScheduleAnyway
      labelSelector:
        matchLabels: {{- include "pintle.selectorLabels" . | nindent 10 }}
    {{- end }}
  {{- with .Values.nodeSelector }}
  nodeSelector: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations: {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity: {{- toYaml . | nindent 4 }}
  {{- end }}
  containers:
    - name: pintle
      image: {{ include "pintle.image" . | quote }}
      imagePullPolicy: {{ .Values.image.pullPolicy }}
      args: [serve, --config, /etc/pintle/pintle.yaml]
      envFrom:
        # Required: the pod waits for the Secret, and pintle exits with 2 if one of the keys is missing.
        - secretRef:
            name: {{ include "pintle.secretName" . }}
            optional: false
      {{- with .Values.extraEnv }}
      env: {{- toYaml . | nindent 8 }}
      {{- end }}
      ports:
        - name: events
          containerPort: {{ include "pintle.port" .Values.config.listen }}
        - name: admin
          containerPort: {{ include "pintle.port" .Values.config.admin.listen }}
      startupProbe:
        httpGet:
          path: /health
          port: admin
        {{- toYaml .Values.startupProbe | nindent 8 }}
      livenessProbe:
        httpGet:
          path: /health
          port: admin
        {{- toYaml .Values.livenessProbe | nindent 8 }}
      readinessProbe:
        httpGet:
          path: /ready
          port: admin
        {{- toYaml .Values.readinessProbe | nindent 8 }}
      lifecycle:
        preStop:
          exec:
            command: [sleep, {{ .Values.preStopSeconds | quote }}]
      securityContext: {{- toYaml .Values.securityContext | nindent 8 }}
      {{- with .Values.resources }}
      resources: {{- toYaml . | nindent 8 }}
      {{- end }}
      volumeMounts:
        {{- if not (include "pintle.sharesJournal" .) }}
        - name: journal
          mountPath: /var/lib/pintle
        {{- end }}
        - name: configuration
          mountPath: /etc/pintle
          readOnly: true
        {{- with .Values.extraVolumeMounts }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
  volumes:
    - name: configuration
      configMap:
        name: {{ include "pintle.fullname" . }}
    {{- with .Values.extraVolumes }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
{{- end }}
