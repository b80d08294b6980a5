import { invalid } from "../schema/field-error.js";
import { isJsonObject, type JsonObject, type JsonValue } from "../schema/json.js";
import { refuse } from "./refusal.js";
import type { ServerContext } from "./server-context.js";
import { metadataOf, type WriteTarget } from "./write-target.js";

const DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
const BETA_DEFAULT_CLASS = "storageclass.beta.kubernetes.io/is-default-class";
const DEFAULT_INGRESS_CLASS = "ingressclass.kubernetes.io/is-default-class";

/**
 * What the admission plugins of the real server add to new objects from others: priorities of Pods, the default storage class
 * and ingress class. In place.
 *
 * @throws ApiError Forbidden where they refuse.
 */
export function admitNewBuiltIn(
  object: JsonObject,
  target: WriteTarget,
  context: ServerContext,
): void {
  switch (target.resource.storageKey) {
    case "/pods":
      setPriority(object, target, context);
      break;
    case "/persistentvolumeclaims":
      setDefaultClass(
        object,
        "storageClassName",
        defaultOf("storage.k8s.io/storageclasses", [DEFAULT_CLASS, BETA_DEFAULT_CLASS], context),
      );
      break;
    case "networking.k8s.io/ingresses":
      setDefaultClass(
        object,
        "ingressClassName",
        defaultOf("networking.k8s.io/ingressclasses", [DEFAULT_INGRESS_CLASS], context),
      );
      break;
    case "certificates.k8s.io/certificatesigningrequests":
      noteRequestor(object, target);
      break;
    default:
      break;
  }
}

/** Who asks for a certificate is not for himself to say. */
function noteRequestor(request: JsonObject, { user }: WriteTarget): void {
  const spec: JsonObject = isJsonObject(request["spec"]) ? request["spec"] : {};
  spec["username"] = user.username;
  spec["groups"] = [...user.groups];
  if (user.uid !== undefined) spec["uid"] = user.uid;
  request["spec"] = spec;
}

function setPriority(pod: JsonObject, target: WriteTarget, context: ServerContext): void {
  const spec: JsonObject = isJsonObject(pod["spec"]) ? pod["spec"] : {};
  const name = String(spec["priorityClassName"] ?? "");
  const classes = context.store.list("scheduling.k8s.io/priorityclasses").objects;
  const found =
    name === ""
      ? classes.find((each) => each["globalDefault"] === true)
      : classes.find((each) => metadataOf(each)["name"] === name);
  const podName = String(metadataOf(pod)["name"] ?? "");
  const forbid = (why: string): never => {
    throw refuse.forbidden(target.resource, podName, `pods "${podName}" is forbidden: ${why}`);
  };
  if (found === undefined && name !== "")
    return forbid(`no PriorityClass with name ${name} was found`);
  const value = Number(found?.["value"] ?? 0);
  const given = spec["priority"];
  if (typeof given === "number" && given !== value) {
    return forbid(
      `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${value} from the given PriorityClass name`,
    );
  }
  const policy = found?.["preemptionPolicy"] ?? "PreemptLowerPriority";
  const givenPolicy = spec["preemptionPolicy"];
  if (typeof givenPolicy === "string" && givenPolicy !== policy) {
    return forbid(
      `the string value of PreemptionPolicy (${givenPolicy}) must not be provided in pod spec; priority admission controller computed ${String(policy)} from the given PriorityClass name`,
    );
  }
  if (found === undefined) return;
  spec["priority"] = value;
  spec["priorityClassName"] = metadataOf(found)["name"] ?? name;
  spec["preemptionPolicy"] = policy;
}

function setDefaultClass(object: JsonObject, field: string, name: JsonValue | undefined): void {
  const spec = object["spec"];
  // An empty name is a choice: none.
  if (!isJsonObject(spec) || spec[field] !== undefined || name === undefined) return;
  spec[field] = name;
}

/** The class that is marked as default; the youngest of several. */
function defaultOf(
  storageKey: string,
  marks: readonly string[],
  { store }: ServerContext,
): JsonValue | undefined {
  const marked = store.list(storageKey).objects.filter((each) => {
    const { annotations } = metadataOf(each);
    return isJsonObject(annotations) && marks.some((mark) => annotations[mark] === "true");
  });
  const age = (each: JsonObject): string => String(metadataOf(each)["creationTimestamp"] ?? "");
  const [youngest] = marked.toSorted((a, b) => (age(a) < age(b) ? 1 : -1));
  return youngest === undefined ? undefined : metadataOf(youngest)["name"];
}

/** @throws ApiError Invalid when a Service asks for an address or port that it may not have. */
export function checkAllocation(
  service: JsonObject,
  asked: JsonObject,
  target: WriteTarget,
  context: ServerContext,
): void {
  const name = String(metadataOf(service)["name"] ?? "");
  const spec: JsonObject = isJsonObject(asked["spec"]) ? asked["spec"] : {};
  const address = String(spec["clusterIP"] ?? "");
  const errors = [];
  if (address !== "" && address !== "None") {
    const why = context.services.refusalOfAddress(address);
    const all = (service["spec"] as JsonObject)["clusterIPs"] ?? [address];
    if (why !== undefined) {
      errors.push(invalid("spec.clusterIPs", all, `failed to allocate IP ${address}: ${why}`));
    }
  }
  const ports = Array.isArray(spec["ports"]) ? spec["ports"].filter(isJsonObject) : [];
  for (const [index, { nodePort }] of ports.entries()) {
    // Nothing is reserved for what is only tried: any port will do.
    if (target.dryRun || typeof nodePort !== "number" || nodePort === 0) continue;
    const why = context.services.refusalOfPort(nodePort);
    if (why !== undefined) errors.push(invalid(`spec.ports[${index}].nodePort`, nodePort, why));
  }
  if (errors.length > 0)
    throw refuse.invalid({ group: "", plural: "services", kind: "Service" }, name, errors);
}
