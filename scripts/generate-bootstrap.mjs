// Regenerates packages/testing/data/bootstrap.json.br: the objects that a fresh kube-apiserver makes by itself, with
// placeholders for what differs between two servers. Run by maintainers after a build when the judged version changes:
//
//   KUBEBUILDER_ASSETS=/path/to/binaries node scripts/generate-bootstrap.mjs
import { writeFileSync } from "node:fs";
import { request } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, constants } from "node:zlib";
import { startEnvtest } from "../packages/testing/dist/envtest.js";

/** In the order in which the real server comes to make them. */
const RESOURCES = [
  "api/v1/namespaces",
  "apis/apiregistration.k8s.io/v1/apiservices",
  "apis/networking.k8s.io/v1/servicecidrs",
  "apis/coordination.k8s.io/v1/leases",
  "api/v1/configmaps",
  "apis/flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
  "apis/flowcontrol.apiserver.k8s.io/v1/flowschemas",
  "apis/scheduling.k8s.io/v1/priorityclasses",
  "apis/rbac.authorization.k8s.io/v1/clusterroles",
  "apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
  "apis/rbac.authorization.k8s.io/v1/roles",
  "apis/rbac.authorization.k8s.io/v1/rolebindings",
  "apis/networking.k8s.io/v1/ipaddresses",
  "api/v1/services",
  "api/v1/endpoints",
  "apis/discovery.k8s.io/v1/endpointslices",
];

const server = await startEnvtest({ startTimeoutMs: 90_000 });
const { port } = new URL(server.url);

function get(path) {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${server.adminToken}` };
    const options = { host: "127.0.0.1", port, path: `/${path}`, headers, ca: server.caData };
    request(options, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => resolve(JSON.parse(Buffer.concat(chunks).toString("utf8"))));
    })
      .on("error", reject)
      .end();
  });
}

/** What is other on each server becomes a placeholder. */
function generalised(object, addresses) {
  const { uid: _uid, resourceVersion: _version, ...metadata } = object.metadata;
  const text = JSON.stringify({ ...object, metadata }, (_key, value) => {
    if (value === Number(port)) return "<port>";
    if (typeof value !== "string") return value;
    if (/^20\d\d-\d\d-\d\dT[\d:]+Z$/.test(value)) return "<time>";
    if (/^20\d\d-\d\d-\d\dT[\d:.]+Z$/.test(value)) return "<microtime>";
    if (/^20\d\d-\d\d-\d\d$/.test(value)) return "<date>";
    if (value.startsWith("-----BEGIN CERTIFICATE-----")) return "<ca>";
    if (/^apiserver-[a-z0-9]{26}_/.test(value)) return "<identity>_<uid>";
    if (/^apiserver-[a-z0-9]{26}$/.test(value)) return "<identity>";
    return addresses.has(value) ? "<host>" : value;
  });
  return JSON.parse(text);
}

try {
  // Hooks that run after the start make some of them.
  await sleep(5000);
  const { subsets } = await get("api/v1/namespaces/default/endpoints/kubernetes");
  const host = subsets[0].addresses[0].ip;
  const bootstrap = {};
  for (const path of RESOURCES) {
    const { kind, apiVersion, items } = await get(path);
    const group = path.startsWith("api/") ? "" : path.split("/")[1];
    const inOrder = items.toSorted(
      (a, b) => a.metadata.resourceVersion - b.metadata.resourceVersion,
    );
    bootstrap[`${group}/${path.split("/").at(-1)}`] = inOrder.map((item) => {
      const object = generalised(item, new Set([host]));
      const metadata = object.metadata;
      if (kind === "LeaseList") {
        metadata.annotations["kubernetes.io/peer-advertise-address"] = "<host>:<port>";
        metadata.labels["kubernetes.io/hostname"] = "<hostname>";
      }
      return { apiVersion, kind: kind.replace(/List$/, ""), ...object };
    });
  }
  const text = JSON.stringify(bootstrap);
  const compressed = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY },
  });
  writeFileSync(new URL("../packages/testing/data/bootstrap.json.br", import.meta.url), compressed);
  for (const [key, objects] of Object.entries(bootstrap)) console.log(key, objects.length);
  console.log(`${text.length} bytes, ${compressed.length} compressed`);
} finally {
  await server.stop();
}
