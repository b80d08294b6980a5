import { Buffer } from "node:buffer";
import { ConfigMap, Secret } from "@kvop/core";
import { MachineBlockedError } from "./machine-blocked-error.js";
import type { ReconcileContext } from "./reconcile-context.js";
import type { StoredMachine } from "./served-machine.js";

/** What a guest is initialised with. */
export interface CloudInit {
  readonly type: "noCloud" | "configDrive";
  readonly userData: string;
  readonly networkData: string | undefined;
  /** True when some of it comes from a Secret, and so must not stand in the VirtualMachine. */
  readonly isSecret: boolean;
}

interface Reference {
  readonly name: string;
  readonly key?: string | undefined;
}

interface Source {
  readonly text: string | undefined;
  readonly base64: string | undefined;
  readonly secretRef: Reference | undefined;
  readonly configMapRef: Reference | undefined;
  readonly defaultKey: string;
}

/** User data that configures nothing, for a Machine that asks for cloud-init and names no source. */
const EMPTY_USER_DATA = "#cloud-config\n";

/** Reads the Machine's cloud-init data from wherever it names; undefined when it asks for none. */
export async function resolveCloudInit(
  context: ReconcileContext,
  machine: StoredMachine,
): Promise<CloudInit | undefined> {
  const spec = machine.spec?.cloudInit;
  if (spec === undefined) return undefined;
  const userData = await readSource(context, machine, {
    text: spec.userData,
    base64: spec.userDataBase64,
    secretRef: spec.userDataSecretRef,
    configMapRef: spec.userDataConfigMapRef,
    defaultKey: "userdata",
  });
  const networkData = await readSource(context, machine, {
    text: spec.networkData,
    base64: spec.networkDataBase64,
    secretRef: spec.networkDataSecretRef,
    configMapRef: spec.networkDataConfigMapRef,
    defaultKey: "networkdata",
  });
  return {
    type: spec.type ?? "noCloud",
    userData: userData ?? EMPTY_USER_DATA,
    networkData,
    isSecret: spec.userDataSecretRef !== undefined || spec.networkDataSecretRef !== undefined,
  };
}

async function readSource(
  context: ReconcileContext,
  machine: StoredMachine,
  source: Source,
): Promise<string | undefined> {
  const { text, base64, secretRef, configMapRef, defaultKey } = source;
  const { namespace } = machine.metadata;
  const { supervisor, signal } = context;
  if (isSet(text)) return text;
  if (isSet(base64)) return decode(base64);
  if (secretRef !== undefined) {
    const { name, key = defaultKey } = secretRef;
    const secret = await supervisor.find(Secret, { namespace, name }, { signal });
    const value = secret?.data?.[key];
    if (value === undefined) throw missing(`Secret "${name}" with key "${key}"`, namespace);
    return decode(value);
  }
  if (configMapRef !== undefined) {
    const { name, key = defaultKey } = configMapRef;
    const configMap = await supervisor.find(ConfigMap, { namespace, name }, { signal });
    const value = configMap?.data?.[key];
    if (value === undefined) throw missing(`ConfigMap "${name}" with key "${key}"`, namespace);
    return value;
  }
  return undefined;
}

function missing(what: string, namespace: string): MachineBlockedError {
  return new MachineBlockedError({
    condition: "VirtualMachineReady",
    reason: "CloudInitSourceMissing",
    message: `The cloud-init source ${what} does not exist in namespace "${namespace}" of the supervisor. Create it; the Machine goes on by itself.`,
    isWait: true,
  });
}

function isSet(text: string | undefined): text is string {
  return text !== undefined && text !== "";
}

function decode(base64: string): string {
  return Buffer.from(base64, "base64").toString("utf8");
}
