import { objectAt, objectsAt, textAt, valuesAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import { at, type KindCells } from "./cell-reader.js";
import { humanDuration } from "../schema/human-duration.js";

function subjectsOf(binding: JsonObject, kind: string): string {
  return objectsAt(binding, "subjects")
    .filter((subject) => subject["kind"] === kind)
    .map((subject) =>
      kind === "ServiceAccount"
        ? `${textAt(subject, "namespace")}/${textAt(subject, "name")}`
        : textAt(subject, "name"),
    )
    .join(", ");
}

const binding: KindCells = {
  Role: (object) => {
    const role = objectAt(object, "roleRef");
    return `${textAt(role, "kind")}/${textAt(role, "name")}`;
  },
  Users: (object) => subjectsOf(object, "User"),
  Groups: (object) => subjectsOf(object, "Group"),
  ServiceAccounts: (object) => subjectsOf(object, "ServiceAccount"),
};

export const accessCells: Readonly<Record<string, KindCells>> = {
  "rbac.authorization.k8s.io/rolebindings": binding,
  "rbac.authorization.k8s.io/clusterrolebindings": binding,
  "certificates.k8s.io/certificatesigningrequests": {
    SignerName: at("spec.signerName", "<none>"),
    Requestor: at("spec.username", ""),
    RequestedDuration: (request) => {
      const seconds = objectAt(request, "spec")["expirationSeconds"];
      return typeof seconds === "number" ? humanDuration(seconds * 1000) : "<none>";
    },
    Condition: signingState,
  },
  "certificates.k8s.io/clustertrustbundles": { SignerName: at("spec.signerName", "<none>") },
  "certificates.k8s.io/podcertificaterequests": {
    PodName: at("spec.podName", ""),
    ServiceAccountName: at("spec.serviceAccountName", ""),
    NodeName: at("spec.nodeName", ""),
    SignerName: at("spec.signerName", ""),
    State: podCertificateState,
    UnverifiedUserAnnotations: (request) => {
      const annotations = objectAt(objectAt(request, "spec"), "unverifiedUserAnnotations");
      return Object.keys(annotations).length === 0 ? "<none>" : JSON.stringify(annotations);
    },
  },
};

function signingState(request: JsonObject): string {
  const status = objectAt(request, "status");
  const types = new Set(
    objectsAt(status, "conditions").map((condition) => textAt(condition, "type")),
  );
  const decision = types.has("Denied") ? "Denied" : types.has("Approved") ? "Approved" : "Pending";
  return [
    decision,
    ...(types.has("Failed") ? ["Failed"] : []),
    ...(textAt(status, "certificate") === "" ? [] : ["Issued"]),
  ].join(",");
}

function podCertificateState(request: JsonObject): string {
  const [condition] = valuesAt(objectAt(request, "status"), "conditions");
  return condition === undefined ? "Pending" : textAt(condition as JsonObject, "type");
}
