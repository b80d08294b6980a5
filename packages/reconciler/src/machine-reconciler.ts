import {
  ApiError,
  type ClientManager,
  type Clock,
  isConflict,
  isNotFound,
  type Logger,
  Machine,
  type Random,
  silentLogger,
  type SupervisorClient,
  systemClock,
  systemRandom,
  TransportError,
} from "@kvop/core";
import { deleteMachine } from "./delete-machine.js";
import { describeFailure } from "./describe-failure.js";
import { ensureStatus } from "./ensure-status.js";
import type { ReconcileContext } from "./reconcile-context.js";
import { reconcileMachine } from "./reconcile-machine.js";
import { asStoredMachine, isServedMachine, type StoredMachine } from "./served-machine.js";
import { defaultSettings, type ReconcilerSettings } from "./settings.js";

/** Settings of a {@link MachineReconciler}. */
export interface MachineReconcilerOptions {
  readonly clientManager: ClientManager;
  /** Default: the client manager's. */
  readonly supervisorClient?: SupervisorClient | undefined;
  /** Default: {@link defaultSettings}. */
  readonly settings?: Partial<ReconcilerSettings> | undefined;
  readonly clock?: Clock | undefined;
  readonly random?: Random | undefined;
  /** Default: no lines. */
  readonly logger?: Logger | undefined;
  /**
   * Throws when a cluster is known to be unusable: its Machines then say so at once, without a request. Default: every
   * cluster is asked.
   */
  readonly checkCluster?: ((configName: string) => void) | undefined;
}

/** Which Machine. */
export interface ReconcileRequest {
  readonly namespace: string;
  readonly name: string;
}

/** When to come back by itself; absent when the next change of an object is the next reason. */
export interface ReconcileResult {
  readonly requeueAfterMs?: number | undefined;
}

/** A change of another writer came first: the new version is there already. */
const CONFLICT_RETRY_MS = 50;
/** Watches wake a deletion that waits; this is for callers without them. */
const DELETION_RETRY_MS = 10_000;

/** Brings the clusters to what a Machine asks for, and the Machine's status to what the clusters show. */
export class MachineReconciler {
  readonly #context: Omit<ReconcileContext, "signal">;

  constructor(options: MachineReconcilerOptions) {
    const settings: Record<string, unknown> = { ...defaultSettings };
    for (const [name, value] of Object.entries(options.settings ?? {}))
      if (value !== undefined) settings[name] = value;
    this.#context = {
      clientManager: options.clientManager,
      supervisor: options.supervisorClient ?? options.clientManager.getSupervisorClient(),
      settings: settings as unknown as ReconcilerSettings,
      clock: options.clock ?? systemClock,
      random: options.random ?? systemRandom,
      logger: options.logger ?? silentLogger,
      checkCluster: options.checkCluster ?? (() => undefined),
    };
  }

  /**
   * One pass over one Machine. Safe to repeat at any time; not meant to run twice at once for the same Machine. What
   * goes wrong on a cluster is shown in the Machine's conditions.
   *
   * @throws TransportError, ApiError when the supervisor does not answer or refuses; the signal's reason.
   */
  async reconcile(
    request: ReconcileRequest,
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<ReconcileResult> {
    const { namespace, name } = request;
    const { signal } = options;
    const context: ReconcileContext = { ...this.#context, signal };
    const found = await context.supervisor.find(Machine, { namespace, name }, { signal });
    if (found === undefined || !isServedMachine(found)) return {};
    const machine = asStoredMachine(found);
    const isDeleting = machine.metadata.deletionTimestamp !== undefined;
    try {
      if (!isDeleting) {
        await reconcileMachine(context, machine);
        return {};
      }
      const { isWaiting } = await deleteMachine(context, machine);
      return isWaiting ? { requeueAfterMs: DELETION_RETRY_MS } : {};
    } catch (error) {
      signal?.throwIfAborted();
      return await this.#showFailure(context, machine, error);
    }
  }

  async #showFailure(
    context: ReconcileContext,
    machine: StoredMachine,
    error: unknown,
  ): Promise<ReconcileResult> {
    if (isConflict(error)) return { requeueAfterMs: CONFLICT_RETRY_MS };
    if (TransportError.isInstance(error) && error.cluster === context.supervisor.name) throw error;
    const { namespace, name } = machine.metadata;
    // The placement may have been recorded in this pass: the status goes onto the newest version.
    const newest = await context.supervisor.find(
      Machine,
      { namespace, name },
      { signal: context.signal },
    );
    if (newest === undefined || newest.metadata?.uid !== machine.metadata.uid) return {};
    const isDeleting = newest.metadata.deletionTimestamp !== undefined;
    const { status, retryAfterMs } = describeFailure(error, newest.status, { isDeleting });
    const [condition] = status.conditions;
    context.logger.warn(
      { machine: `${namespace}/${name}`, condition: condition?.type, reason: condition?.reason },
      condition?.message ?? "failed",
    );
    try {
      await ensureStatus(context, asStoredMachine(newest), status);
    } catch (statusError) {
      if (isConflict(statusError)) return { requeueAfterMs: CONFLICT_RETRY_MS };
      if (isNotFound(statusError)) return {};
      throw ApiError.isInstance(statusError) ? statusError : error;
    }
    return { requeueAfterMs: retryAfterMs };
  }
}
