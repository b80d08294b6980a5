import type { JsonObject } from "../schema/json.js";
import {
  ensureObjectAt,
  objectAt,
  objectsAt,
  optionalObjectAt,
  setDefault,
  textAt,
} from "./json-access.js";

/** 0644, which JSON can write in decimal alone. */
const DEFAULT_FILE_MODE = 420;
const CONTAINER_LISTS = ["initContainers", "containers", "ephemeralContainers"] as const;

/** Fills in what the real server does in every pod specification, be it a Pod's or a template's. In place. */
export function defaultPodSpec(spec: JsonObject): void {
  setDefault(spec, "restartPolicy", "Always");
  setDefault(spec, "terminationGracePeriodSeconds", 30);
  setDefault(spec, "dnsPolicy", "ClusterFirst");
  setDefault(spec, "schedulerName", "default-scheduler");
  ensureObjectAt(spec, "securityContext");
  // Two names of one field.
  const serviceAccount = textAt(spec, "serviceAccountName") || textAt(spec, "serviceAccount");
  if (serviceAccount !== "") {
    spec["serviceAccountName"] = serviceAccount;
    spec["serviceAccount"] = serviceAccount;
  }
  for (const list of CONTAINER_LISTS) {
    for (const container of objectsAt(spec, list)) {
      defaultContainer(container);
      if (spec["hostNetwork"] === true && list !== "ephemeralContainers")
        defaultHostPorts(container);
    }
  }
  for (const volume of objectsAt(spec, "volumes")) defaultVolume(volume);
}

function defaultContainer(container: JsonObject): void {
  setDefault(container, "terminationMessagePath", "/dev/termination-log");
  setDefault(container, "terminationMessagePolicy", "File");
  setDefault(container, "imagePullPolicy", defaultPullPolicy(textAt(container, "image")));
  for (const port of objectsAt(container, "ports")) setDefault(port, "protocol", "TCP");
  for (const variable of objectsAt(container, "env")) {
    const fieldRef = optionalObjectAt(objectAt(variable, "valueFrom"), "fieldRef");
    if (fieldRef !== undefined) setDefault(fieldRef, "apiVersion", "v1");
  }
  for (const name of ["livenessProbe", "readinessProbe", "startupProbe"]) {
    const probe = optionalObjectAt(container, name);
    if (probe !== undefined) defaultProbe(probe);
  }
  for (const name of ["postStart", "preStop"]) {
    const handler = optionalObjectAt(objectAt(container, "lifecycle"), name);
    if (handler !== undefined) defaultHttpGet(handler);
  }
}

/** `:latest`, said or unsaid, may change under its name; other tags and digests do not. */
function defaultPullPolicy(image: string): string {
  const [reference = "", digest] = image.split("@");
  if (digest !== undefined) return "IfNotPresent";
  const [, tag = "latest"] = (reference.split("/").at(-1) ?? "").split(":");
  return tag === "latest" ? "Always" : "IfNotPresent";
}

function defaultProbe(probe: JsonObject): void {
  defaultHttpGet(probe);
  const grpc = optionalObjectAt(probe, "grpc");
  if (grpc !== undefined) setDefault(grpc, "service", "");
  for (const [key, value] of [
    ["timeoutSeconds", 1],
    ["periodSeconds", 10],
    ["successThreshold", 1],
    ["failureThreshold", 3],
  ] as const) {
    if (probe[key] === 0) delete probe[key];
    setDefault(probe, key, value);
  }
}

function defaultHttpGet(handler: JsonObject): void {
  const httpGet = optionalObjectAt(handler, "httpGet");
  if (httpGet === undefined) return;
  setDefault(httpGet, "path", "/");
  setDefault(httpGet, "scheme", "HTTP");
}

function defaultHostPorts(container: JsonObject): void {
  for (const port of objectsAt(container, "ports")) {
    if (port["containerPort"] !== undefined) setDefault(port, "hostPort", port["containerPort"]);
  }
}

function defaultVolume(volume: JsonObject): void {
  if (Object.keys(volume).every((key) => key === "name")) volume["emptyDir"] = {};
  for (const source of ["secret", "configMap", "downwardAPI", "projected"]) {
    const files = optionalObjectAt(volume, source);
    if (files !== undefined) setDefault(files, "defaultMode", DEFAULT_FILE_MODE);
  }
  defaultDownwardItems(objectAt(volume, "downwardAPI"));
  for (const source of objectsAt(objectAt(volume, "projected"), "sources")) {
    defaultDownwardItems(objectAt(source, "downwardAPI"));
    const token = optionalObjectAt(source, "serviceAccountToken");
    if (token !== undefined) setDefault(token, "expirationSeconds", 3600);
  }
  defaultVolumeSource(volume);
  const template = optionalObjectAt(objectAt(volume, "ephemeral"), "volumeClaimTemplate");
  if (template !== undefined)
    setDefault(ensureObjectAt(template, "spec"), "volumeMode", "Filesystem");
}

/** What volumes of Pods and PersistentVolumes share. */
export function defaultVolumeSource(source: JsonObject): void {
  const hostPath = optionalObjectAt(source, "hostPath");
  if (hostPath !== undefined) setDefault(hostPath, "type", "");
  const iscsi = optionalObjectAt(source, "iscsi");
  if (iscsi !== undefined) setDefault(iscsi, "iscsiInterface", "default");
}

function defaultDownwardItems(source: JsonObject): void {
  for (const item of objectsAt(source, "items")) {
    const fieldRef = optionalObjectAt(item, "fieldRef");
    if (fieldRef !== undefined) setDefault(fieldRef, "apiVersion", "v1");
  }
}
