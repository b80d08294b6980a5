import { type Clock, systemClock } from "@kvop/core";
import { objectAt, textAt } from "../admission/json-access.js";
import type { ServerContext } from "../api-server/server-context.js";
import type { JsonObject, JsonValue } from "../schema/json.js";
import { ObjectStore } from "../store/object-store.js";
import type { AdmittedWrite } from "./admitted-write.js";
import { untilAnswered } from "./attempts.js";
import { mutateByWebhooks, validateByWebhooks } from "./call-webhooks.js";
import { judgeByPolicies } from "./judge-by-policies.js";
import { mutateByPolicies } from "./mutate-by-policies.js";
import { boundPolicies } from "./policy-matches.js";
import { type ServiceResolver, WebhookCaller } from "./webhook-caller.js";
import { webhooksOf } from "./webhook-hooks.js";

const GROUP = "admissionregistration.k8s.io";
const MUTATING = `${GROUP}/mutatingwebhookconfigurations`;
const VALIDATING = `${GROUP}/validatingwebhookconfigurations`;
const POLICIES = `${GROUP}/validatingadmissionpolicies`;
const BINDINGS = `${GROUP}/validatingadmissionpolicybindings`;
const MUTATING_POLICIES = `${GROUP}/mutatingadmissionpolicies`;
const MUTATING_BINDINGS = `${GROUP}/mutatingadmissionpolicybindings`;
const REVIEWS = new Set(["authentication.k8s.io", "authorization.k8s.io"]);

/** Admission that the objects in the store say: webhooks and policies. */
export class DynamicAdmission {
  readonly #caller: WebhookCaller;

  constructor(
    private readonly store: ObjectStore,
    clock: Clock,
    resolveService?: ServiceResolver,
  ) {
    this.#caller = new WebhookCaller(clock, (service) => {
      const { namespace, name, port } = service;
      const known = resolveService?.(service);
      if (known !== undefined) return known;
      const stored = store.get("/services", `${namespace}/${name}`);
      if (stored === undefined) return { problem: `service ${JSON.stringify(name)} not found` };
      const address = textAt(objectAt(stored, "spec"), "clusterIP");
      return { problem: `dial tcp ${address}:${port}: connect: connection refused` };
    });
  }

  /** Whether nobody is to be asked of any write. */
  get isIdle(): boolean {
    return [MUTATING, VALIDATING, POLICIES, MUTATING_POLICIES].every((key) =>
      this.store.isEmpty(key),
    );
  }

  /** The object as mutating policies and webhooks want it. */
  mutate(write: AdmittedWrite, remake: (patched: JsonValue) => JsonObject): JsonObject | undefined {
    if (this.store.isEmpty(MUTATING_POLICIES) || isPolicyExempt(write))
      return this.#mutateByWebhooks(write, remake);
    const policies = boundPolicies(this.store, MUTATING_POLICIES, MUTATING_BINDINGS);
    const { object, again } = mutateByPolicies(policies, write, remake);
    const hooked = this.#mutateByWebhooks({ ...write, object }, remake);
    return again(hooked, hooked !== object);
  }

  #mutateByWebhooks(
    write: AdmittedWrite,
    remake: (patched: JsonValue) => JsonObject,
  ): JsonObject | undefined {
    if (this.store.isEmpty(MUTATING) || isExempt(write)) return write.object;
    return mutateByWebhooks(webhooksOf(this.store, MUTATING), write, this.#caller, remake);
  }

  /** @throws ApiError when a validating policy or webhook refuses. */
  validate(write: AdmittedWrite): void {
    if (!this.store.isEmpty(POLICIES) && !isPolicyExempt(write))
      judgeByPolicies(boundPolicies(this.store, POLICIES, BINDINGS), write);
    if (this.store.isEmpty(VALIDATING) || isExempt(write)) return;
    validateByWebhooks(webhooksOf(this.store, VALIDATING), write, this.#caller);
  }

  /** Does what a controller would: now where nobody outside is to be asked, else once there are answers. A refusal ends it. */
  asController(context: ServerContext, write: (context: ServerContext) => void): void {
    if (this.isIdle) {
      write(context);
      return;
    }
    void untilAnswered(context, write).catch(() => undefined);
  }

  close(): void {
    this.#caller.close();
  }

  closeIdle(): void {
    this.#caller.closeIdle();
  }
}

/** Asks nobody. */
export const NO_DYNAMIC_ADMISSION = new DynamicAdmission(new ObjectStore(), systemClock);

/** Policies do not judge policies, nor mere questions. */
function isPolicyExempt({ resource }: AdmittedWrite): boolean {
  return (
    REVIEWS.has(resource.group) ||
    (resource.group === GROUP && /admissionpolic(ies|ybindings)$/.test(resource.plural))
  );
}

/** Webhooks are not asked of what might make them unreachable for good, nor of mere questions. */
function isExempt({ resource }: AdmittedWrite): boolean {
  return resource.group === GROUP || REVIEWS.has(resource.group);
}
