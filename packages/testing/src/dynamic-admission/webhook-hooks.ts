import { numberAt, objectAt, objectsAt, textAt, textsAt } from "../admission/json-access.js";
import type { JsonObject } from "../schema/json.js";
import type { ObjectStore } from "../store/object-store.js";

/** One webhook of a configuration. */
export interface Webhook {
  readonly id: string;
  readonly name: string;
  readonly hook: JsonObject;
  readonly rules: readonly JsonObject[];
  readonly isEquivalent: boolean;
  readonly isIgnored: boolean;
  readonly isReinvoked: boolean;
  readonly hasSideEffects: boolean;
  readonly timeoutMs: number;
  readonly clientConfig: JsonObject;
  readonly reviewVersion: string;
}

const known = new WeakMap<JsonObject, readonly Webhook[]>();

/** All webhooks of the configurations of a kind, in the order in which they are called. */
export function webhooksOf(store: ObjectStore, storageKey: string): readonly Webhook[] {
  return store.list(storageKey).objects.flatMap((configuration) => {
    let hooks = known.get(configuration);
    if (hooks === undefined) {
      hooks = readHooks(configuration);
      known.set(configuration, hooks);
    }
    return hooks;
  });
}

function readHooks(configuration: JsonObject): Webhook[] {
  const owner = textAt(objectAt(configuration, "metadata"), "name");
  return objectsAt(configuration, "webhooks").map((hook, index) => ({
    id: `${owner}/${index}`,
    name: textAt(hook, "name"),
    hook,
    rules: objectsAt(hook, "rules"),
    isEquivalent: textAt(hook, "matchPolicy") !== "Exact",
    isIgnored: textAt(hook, "failurePolicy") === "Ignore",
    isReinvoked: textAt(hook, "reinvocationPolicy") === "IfNeeded",
    hasSideEffects: !["None", "NoneOnDryRun"].includes(textAt(hook, "sideEffects")),
    timeoutMs: (numberAt(hook, "timeoutSeconds") ?? 10) * 1000,
    clientConfig: objectAt(hook, "clientConfig"),
    reviewVersion:
      textsAt(hook, "admissionReviewVersions").find(
        (each) => each === "v1" || each === "v1beta1",
      ) ?? "v1",
  }));
}
