import type { Step } from "./case.js";
import { crd, paths, widgetsPath } from "./objects.js";
import { get, post, quiet } from "./requests.js";

/** Waits until the resource can be listed; Established comes earlier. */
export const untilServed = (path = widgetsPath): Step =>
  quiet(get(path, { limit: "1" }, { until: (_body, status) => status === 200 }));

/** Creates a CRD and waits for it, without comparing. */
export const installed = (...parameters: Parameters<typeof crd>): readonly Step[] => [
  quiet(post(paths.crds, crd(...parameters))),
  untilServed(),
];
