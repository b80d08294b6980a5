import { expect, test } from "vitest";
import { ManualClock } from "../../test/manual-clock.js";
import { RecordedMetrics } from "../../test/recorded-metrics.js";
import { WorkQueue } from "./work-queue.js";

test("a queue is measured under the names of client-go, and its series end with it", async () => {
  const clock = new ManualClock();
  const metrics = new RecordedMetrics();
  const queue = new WorkQueue({ clock, metrics, name: "machines" });
  queue.add("a");
  queue.add("b");
  queue.add("a");
  await clock.advance(2000);
  await queue.get();
  await clock.advance(3000);
  metrics.collect();
  expect(Object.fromEntries(metrics.values)).toEqual({
    'workqueue_depth{name="machines"}': 1,
    'workqueue_adds_total{name="machines"}': 2,
    'workqueue_unfinished_work_seconds{name="machines"}': 3,
    'workqueue_longest_running_processor_seconds{name="machines"}': 3,
  });
  expect(metrics.observed.get('workqueue_queue_duration_seconds{name="machines"}')).toEqual([2]);
  queue.done("a");
  queue.addRateLimited("a");
  await clock.advance(10);
  metrics.collect();
  expect(metrics.observed.get('workqueue_work_duration_seconds{name="machines"}')).toEqual([3]);
  expect(metrics.values.get('workqueue_retries_total{name="machines"}')).toBe(1);
  expect(metrics.values.get('workqueue_depth{name="machines"}')).toBe(2);
  expect(metrics.values.get('workqueue_unfinished_work_seconds{name="machines"}')).toBe(0);
  queue.shutDown();
  expect([metrics.values.size, metrics.observed.size, metrics.collectors]).toEqual([0, 0, 0]);
});
