import { ApiError, type Clock } from "@kvop/core";

import type { ClusterState } from "./cluster-state.js";
import { failureReason, isGatewayFailure, isRefusal } from "./failure-reason.js";
import { WriteHealth } from "./write-health.js";

/** Settings of {@link ClusterHealth}. */
export interface ClusterHealthOptions {
  readonly configName: string;
  readonly clock: Clock;
  /** Called when `type`, `reason` or a fact of the state is another one, or what is wrong with new credentials. */
  readonly onChange: (state: ClusterState, old: ClusterState) => void;
}

/** Facts that a state carries besides its type. */
export type ClusterFacts = Pick<
  ClusterState,
  "configUid" | "clusterUid" | "credentialExpiresAtMs" | "secretMode"
>;

type Contact =
  | { readonly type: "none"; readonly reason: string; readonly message: string }
  | { readonly type: "connecting" }
  /** It answers; after an outage it is trusted again after so many answers. */
  | { readonly type: "up"; readonly failures: number; readonly owedSuccesses: number }
  | { readonly type: "down"; readonly error: Error };

/** A cluster that was up is down after so many failures in a row: one lost packet is no outage. */
const FAILURE_THRESHOLD = 2;
/** A cluster that was down is ready after so many successes in a row. */
const SUCCESS_THRESHOLD = 2;

/**
 * What is known of one cluster, and what follows from it. Both ways it takes more than one observation: a cluster that
 * answered before is down after two failures, and one that was down is used again after its first answer and ready after
 * its second.
 */
export class ClusterHealth {
  readonly #options: ClusterHealthOptions;
  readonly #writes: WriteHealth;
  #contact: Contact = {
    type: "none",
    reason: "NotUsedYet",
    message: "The cluster was not used yet.",
  };
  #notReady: Error | undefined;
  #newCredentials: Error | undefined;
  #isRemoved = false;
  #facts: ClusterFacts = {};
  #state: ClusterState;

  constructor(options: ClusterHealthOptions) {
    this.#options = options;
    this.#writes = new WriteHealth(options.clock);
    this.#state = this.#build();
  }

  get state(): ClusterState {
    return this.#state;
  }

  /** The failure for which no request is sent at the moment; undefined while requests may be sent. */
  get outage(): Error | undefined {
    const contact = this.#contact;
    if (contact.type !== "down") return undefined;
    const { error } = contact;
    // A cluster that refuses does answer: its answers are for the callers.
    return ApiError.isInstance(error) && !isGatewayFailure(error) ? undefined : error;
  }

  /** True once the cluster was asked, with whatever outcome. */
  get isKnown(): boolean {
    return this.#contact.type === "up" || this.#contact.type === "down";
  }

  /** True when the next observation decides something: it should be made soon. */
  get isInDoubt(): boolean {
    const contact = this.#contact;
    return contact.type === "up" && (contact.failures > 0 || contact.owedSuccesses > 0);
  }

  /** A first connection is being made. */
  connecting(): void {
    if (this.#contact.type === "none") this.#setContact({ type: "connecting" });
  }

  /** Nothing is known any more, and nobody asks. */
  reset(reason: string, message: string): void {
    this.#notReady = undefined;
    this.#newCredentials = undefined;
    this.#setContact({ type: "none", reason, message });
  }

  /** The cluster answered. */
  succeeded(): void {
    this.#answered(undefined);
  }

  /** The cluster answers, and calls itself not ready. */
  notReady(error: Error): void {
    this.#answered(error);
  }

  /** The cluster, or what leads to it, failed. */
  failed(error: Error): void {
    const contact = this.#contact;
    const failures = contact.type === "up" ? contact.failures + 1 : FAILURE_THRESHOLD;
    const isDown =
      failures >= FAILURE_THRESHOLD || (contact.type === "up" && contact.owedSuccesses > 0);
    if (isDown) this.#setContact({ type: "down", error });
    else this.#setContact({ type: "up", failures, owedSuccesses: 0 });
  }

  /** Newer credentials than those in use cannot be used; undefined when that is over. */
  setNewCredentials(error: Error | undefined): void {
    this.#newCredentials = error;
    const old = this.#state;
    this.#update();
    // The Secret holds something else by now, which is wrong as well: that is for the status, too.
    const { type, reason, message } = this.#state;
    if (type === old.type && reason === old.reason && message !== old.message)
      this.#options.onChange(this.#state, old);
  }

  writeFailed(resource: string, error: Error): void {
    this.#writes.failed(resource, error);
    this.#update();
  }

  writeSucceeded(resource: string): void {
    this.#writes.succeeded(resource);
    this.#update();
  }

  setFacts(facts: ClusterFacts): void {
    // There may be another cluster of the name already, of which it would be told.
    if (this.#isRemoved) return;
    const old = this.#state;
    // A fact that was found out to be unknown, as the end of a token without one, may become known.
    const isOther = Object.entries(facts).some(
      ([name, value]) =>
        Object.hasOwn(this.#facts, name) && this.#facts[name as keyof ClusterFacts] !== value,
    );
    this.#facts = { ...this.#facts, ...facts };
    this.#state = { ...this.#build(), changedAtMs: old.changedAtMs };
    // What was told before is no longer so: another config of the name, another end of the credentials.
    if (isOther) this.#options.onChange(this.#state, old);
  }

  removed(): void {
    this.#isRemoved = true;
    this.#update();
  }

  /** One step: a cluster that stays as it is must not seem ready in between. */
  #answered(notReady: Error | undefined): void {
    this.#notReady = notReady;
    const contact = this.#contact;
    let owedSuccesses = 0;
    if (contact.type === "down") owedSuccesses = SUCCESS_THRESHOLD - 1;
    if (contact.type === "up") owedSuccesses = Math.max(contact.owedSuccesses - 1, 0);
    this.#setContact({ type: "up", failures: 0, owedSuccesses });
  }

  #setContact(contact: Contact): void {
    this.#contact = contact;
    this.#update();
  }

  #update(): void {
    const old = this.#state;
    const next = this.#build();
    if (next.type === old.type && next.reason === old.reason) {
      this.#state = { ...next, changedAtMs: old.changedAtMs };
      return;
    }
    this.#state = next;
    this.#options.onChange(next, old);
  }

  #build(): ClusterState {
    const { configName, clock } = this.#options;
    return { configName, ...this.#facts, changedAtMs: clock.now(), ...this.#verdict() };
  }

  #verdict() {
    if (this.#isRemoved)
      return verdict("removed", "ConfigDeleted", "The KubevirtConfig was deleted.");
    const contact = this.#contact;
    switch (contact.type) {
      case "none":
        return verdict("unknown", contact.reason, contact.message);
      case "connecting":
        return verdict("connecting", "Connecting", "The first connection is being made.");
      case "down": {
        const type = isRefusal(contact.error) ? "refused" : "unreachable";
        return { ...failure(type, failureReason(contact.error), contact.error) };
      }
      case "up":
        if (contact.owedSuccesses > 0)
          return verdict("connecting", "Recovering", "The cluster has answered again.");
        return this.#verdictOfUp();
    }
  }

  #verdictOfUp() {
    const writes = this.#writes.failure;
    if (writes !== undefined) return failure("degraded", "WritesFailing", writes);
    if (this.#newCredentials !== undefined)
      return failure("degraded", "NewCredentialsRefused", this.#newCredentials);
    if (this.#notReady !== undefined) return failure("degraded", "NotReady", this.#notReady);
    return verdict("ready", "Ready", "The cluster answers.");
  }
}

function verdict<Type extends "unknown" | "connecting" | "ready" | "removed">(
  type: Type,
  reason: string,
  message: string,
) {
  return { type, reason, message };
}

function failure<Type extends "degraded" | "unreachable" | "refused">(
  type: Type,
  reason: string,
  error: Error,
) {
  return { type, reason, message: error.message, error };
}
