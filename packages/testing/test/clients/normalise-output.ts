/** Of kubectl's own watch, on a connection that ended: it survives that, and says so or not. */
const WATCH_REMARK = /^[IEWF]\d{4} .*\breflector\.go:\d+\] .*\n?/gm;

/** Pods of a node are evicted side by side: which comes first is chance. */
const EVICTIONS = /(?:^(?:evicting pod \S+|pod\/\S+ evicted)\n)+/gm;

/** What must differ from run to run: uids, times, ages, versions, ports and addresses; columns are parted by two blanks. */
export function normaliseOutput(text: string, url: string): string {
  const port = new URL(url).port;
  const uids = new Map<string, string>();
  return text
    .replace(/[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}/g, (uid) => {
      const name = uids.get(uid) ?? `UID-${uids.size + 1}`;
      uids.set(uid, name);
      return name;
    })
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, "TIME")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \+0000 UTC/g, "DATE")
    .replace(/\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000/g, "DATE")
    .replace(WATCH_REMARK, "")
    .replace(EVICTIONS, (lines) => `${lines.trimEnd().split("\n").toSorted().join("\n")}\n`)
    .replace(/^[IEWF]\d{4} \d\d:\d\d:\d\d\.\d+ +\d+ /gm, "")
    .replace(/(?:127\.0\.0\.1|192\.\d+\.\d+\.\d+|\[?::1\]?)(?::\d+)?/g, "HOST")
    .replaceAll(port, "PORT")
    .replace(/(resourceVersion"?: ?)"?\d+"?/g, "$1VERSION")
    .replace(/(Resource Version: +)\d+/g, "$1VERSION")
    .replace(/(?<=[ \t(])(?:\d+[smhdy]){1,2}(?=[ \t\n)]|$)/g, "AGE")
    .replace(/10\.0\.0\.\d+/g, "CLUSTER-IP")
    .replace(/\b3[0-2]\d{3}\b/g, "NODE-PORT")
    .replace(/\/tmp\/[\w./-]+/g, "FILE")
    .replace(/\b(debugger|gen)-[a-z0-9]{5}\b/g, "$1-RANDOM")
    .replace(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g, "TOKEN")
    .replace(/[ \t]{2,}/g, "  ")
    .replace(/[ \t]+$/gm, "")
    .trimEnd();
}
