import {
  apiVersionOf,
  type Clock,
  type ClusterClient,
  Event,
  formatTime,
  type KubernetesObject,
  type Random,
  type Resource,
} from "@kvop/core";

/** Events of one series that are counted up; older ones begin anew, as client-go's cache does. */
const KEPT_SERIES = 4096;

/** Writes core Events as the recorder of client-go does: the same event again raises its count. */
export class EventRecorder {
  readonly #client: ClusterClient;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #series = new Map<string, { readonly name: string; count: number }>();

  constructor(client: ClusterClient, clock: Clock, random: Random) {
    this.#client = client;
    this.#clock = clock;
    this.#random = random;
  }

  async record(
    resource: Resource,
    object: KubernetesObject,
    event: {
      readonly type: "Normal" | "Warning";
      readonly reason: string;
      readonly message: string;
    },
  ): Promise<void> {
    const { namespace = "", name = "", uid = "", resourceVersion = "" } = object.metadata ?? {};
    const id = [uid, event.type, event.reason, event.message].join("\n");
    const known = this.#series.get(id);
    const time = formatTime(this.#clock.now());
    try {
      if (known !== undefined) {
        known.count += 1;
        const patch = { count: known.count, lastTimestamp: time };
        await this.#client.patch(Event, { namespace, name: known.name }, { type: "merge", patch });
        return;
      }
      const suffix = Buffer.from(this.#random.bytes(8)).toString("hex");
      const eventName = `${name}.${suffix}`;
      this.#series.set(id, { name: eventName, count: 1 });
      const [oldest] = this.#series.keys();
      if (this.#series.size > KEPT_SERIES && oldest !== undefined) this.#series.delete(oldest);
      await this.#client.create(Event, {
        metadata: { namespace, name: eventName },
        involvedObject: {
          apiVersion: apiVersionOf(resource),
          kind: resource.kind,
          namespace,
          name,
          uid,
          resourceVersion,
        },
        ...event,
        count: 1,
        firstTimestamp: time,
        lastTimestamp: time,
        source: { component: "virtualmachine-controller" },
        reportingComponent: "virtualmachine-controller",
      });
    } catch {
      // An event is a remark: that it cannot be written (its namespace is going) stops nothing.
      this.#series.delete(id);
    }
  }
}
