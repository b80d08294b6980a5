// Regenerates packages/testing/data from a real kube-apiserver: OpenAPI documents (without descriptions), discovery
// and Table columns of every built-in resource. Run by maintainers when the judged Kubernetes version changes:
//
//   KUBEBUILDER_ASSETS=/path/to/binaries node scripts/generate-built-in.mjs
//
// The output depends on the version of the server alone, so that a second run changes nothing.
import { spawn } from "node:child_process";
import { createHash, generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync, openSync } from "node:fs";
import { Agent, request } from "node:https";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { brotliCompressSync, constants } from "node:zlib";

const assets = process.env.KUBEBUILDER_ASSETS;
if (!assets) {
  throw new Error("set KUBEBUILDER_ASSETS to the folder that holds etcd and kube-apiserver");
}
const dataFolder = new URL("../packages/testing/data/", import.meta.url).pathname;
const adminToken = randomBytes(16).toString("hex");
const agent = new Agent({ keepAlive: true, rejectUnauthorized: false });

/** Finds a free TCP port on loopback. */
function findFreePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function startServer() {
  const folder = mkdtempSync(join(tmpdir(), "generate-built-in-"));
  const [clientPort, peerPort, securePort] = await Promise.all([
    findFreePort(),
    findFreePort(),
    findFreePort(),
  ]);
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const keyFile = join(folder, "sa.key");
  writeFileSync(keyFile, privateKey.export({ type: "pkcs8", format: "pem" }));
  const tokenFile = join(folder, "tokens.csv");
  writeFileSync(tokenFile, `${adminToken},admin,admin,"system:masters"\n`);
  const log = openSync(join(folder, "log"), "a");
  const stdio = ["ignore", log, log];
  const etcdUrl = `http://127.0.0.1:${clientPort}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  const etcd = spawn(
    join(assets, "etcd"),
    [
      `--data-dir=${join(folder, "etcd")}`,
      `--listen-client-urls=${etcdUrl}`,
      `--advertise-client-urls=${etcdUrl}`,
      `--listen-peer-urls=${peerUrl}`,
      `--initial-advertise-peer-urls=${peerUrl}`,
      `--initial-cluster=default=${peerUrl}`,
      "--unsafe-no-fsync",
    ],
    { stdio },
  );
  const apiServer = spawn(
    join(assets, "kube-apiserver"),
    [
      `--etcd-servers=${etcdUrl}`,
      `--secure-port=${securePort}`,
      "--bind-address=127.0.0.1",
      `--cert-dir=${join(folder, "certs")}`,
      "--service-cluster-ip-range=10.0.0.0/24",
      "--service-account-issuer=https://kubernetes.default.svc",
      `--service-account-key-file=${keyFile}`,
      `--service-account-signing-key-file=${keyFile}`,
      `--token-auth-file=${tokenFile}`,
      "--authorization-mode=RBAC",
      "--disable-admission-plugins=ServiceAccount",
    ],
    { stdio },
  );
  const stop = async () => {
    for (const child of [apiServer, etcd]) {
      child.kill("SIGKILL");
    }
    await sleep(200);
    agent.destroy();
    rmSync(folder, { recursive: true, force: true });
  };
  return { port: securePort, stop };
}

/** One GET as administrator; the parsed body. */
function getJson(port, path, accept = "application/json") {
  return new Promise((resolve, reject) => {
    const headers = { accept, authorization: `Bearer ${adminToken}` };
    const outgoing = request({ host: "127.0.0.1", port, path, headers, agent }, (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("end", () => {
        const text = Buffer.concat(chunks).toString("utf8");
        if (response.statusCode !== 200) {
          reject(new Error(`GET ${path}: ${response.statusCode} ${text.slice(0, 300)}`));
          return;
        }
        resolve(text === "ok" ? text : JSON.parse(text));
      });
    });
    outgoing.on("error", reject);
    outgoing.end();
  });
}

async function waitUntilReady(port) {
  for (let attempt = 0; attempt < 300; attempt++) {
    try {
      await getJson(port, "/readyz", "*/*");
      return;
    } catch {
      await sleep(200);
    }
  }
  throw new Error("the API server did not become ready");
}

/** The aggregation layer publishes its merged OpenAPI a little after readiness. */
async function waitForOpenApi(port) {
  for (let attempt = 0; attempt < 300; attempt++) {
    const { paths } = await getJson(port, "/openapi/v3");
    const v2 = await getJson(port, "/openapi/v2").catch(() => ({ definitions: {} }));
    const merged =
      "io.k8s.kube-aggregator.pkg.apis.apiregistration.v1.APIService" in v2.definitions;
    if (paths["api/v1"] && paths["apis/apps/v1"] && merged) {
      return;
    }
    await sleep(200);
  }
  throw new Error("the OpenAPI documents did not become complete");
}

/** Removes descriptions, but not properties that are called `description`. */
function withoutDescriptions(value, insideNames = false) {
  if (Array.isArray(value)) {
    return value.map((item) => withoutDescriptions(item));
  }
  if (value === null || typeof value !== "object") {
    return value;
  }
  const result = {};
  for (const [key, item] of Object.entries(value)) {
    if (!insideNames && key === "description" && typeof item === "string") {
      continue;
    }
    // The keys of these maps are names that somebody chose, not keywords.
    const namesInside =
      !insideNames && ["properties", "schemas", "definitions", "responses"].includes(key);
    result[key] =
      !insideNames && ["default", "example", "enum"].includes(key)
        ? item
        : withoutDescriptions(item, namesInside);
  }
  return result;
}

function storageVersionHash(group, version, kind) {
  const digest = createHash("sha256").update(`${group}/${version}/${kind}`).digest();
  return digest.subarray(0, 8).toString("base64");
}

/**
 * Whether objects are stored in this version. The hash names the version in etcd, which may be one that is not served
 * any more; to a client the only served version is then the storage version. Events of events.k8s.io are kept as
 * core events.
 */
function isStoredAs(hash, group, version, kind, versionsInGroup) {
  if (group === "events.k8s.io") {
    return false;
  }
  return (
    hash === undefined || versionsInGroup === 1 || hash === storageVersionHash(group, version, kind)
  );
}

function writeCompressed(name, value) {
  const text = Buffer.from(JSON.stringify(value));
  const compressed = brotliCompressSync(text, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 22,
      [constants.BROTLI_PARAM_SIZE_HINT]: text.length,
    },
  });
  const path = join(dataFolder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, compressed);
  return compressed.length;
}

async function readColumns(port, groupVersionPath, plural) {
  const accept = "application/json;as=Table;v=v1;g=meta.k8s.io";
  const table = await getJson(port, `${groupVersionPath}/${plural}?limit=1`, accept);
  return table.columnDefinitions.map(({ name, type, format, priority }) => ({
    name,
    type,
    format,
    priority,
  }));
}

/** One entry for each resource of a group version; subresources are nested. */
async function readResources(port, group, version, versionsInGroup) {
  const path = group === "" ? `/api/${version}` : `/apis/${group}/${version}`;
  const list = await getJson(port, path);
  const main = list.resources.filter(({ name }) => !name.includes("/"));
  const resources = [];
  for (const resource of main) {
    const subresources = list.resources
      .filter(({ name }) => name.startsWith(`${resource.name}/`))
      .map(({ name, kind, group: kindGroup, version: kindVersion, verbs }) => ({
        name: name.slice(resource.name.length + 1),
        kind,
        ...(kindGroup === undefined ? {} : { group: kindGroup }),
        ...(kindVersion === undefined ? {} : { version: kindVersion }),
        verbs,
      }));
    const hash = resource.storageVersionHash;
    resources.push({
      plural: resource.name,
      singular: resource.singularName,
      kind: resource.kind,
      ...(resource.group === undefined ? {} : { kindGroup: resource.group }),
      ...(resource.version === undefined ? {} : { kindVersion: resource.version }),
      namespaced: resource.namespaced,
      verbs: resource.verbs,
      shortNames: resource.shortNames ?? [],
      categories: resource.categories ?? [],
      ...(hash === undefined ? {} : { storageVersionHash: hash }),
      isStorageVersion: isStoredAs(hash, group, version, resource.kind, versionsInGroup),
      columns: resource.verbs.includes("list") ? await readColumns(port, path, resource.name) : [],
      subresources,
    });
  }
  return resources;
}

const server = await startServer();
try {
  await waitUntilReady(server.port);
  await waitForOpenApi(server.port);
  rmSync(dataFolder, { recursive: true, force: true });
  let total = 0;

  const groups = [];
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";
  const aggregated = [
    await getJson(server.port, "/api", accept),
    await getJson(server.port, "/apis", accept),
  ];
  for (const { metadata, versions } of aggregated.flatMap(({ items }) => items)) {
    const name = metadata.name ?? "";
    groups.push({
      name,
      versions: await Promise.all(
        versions.map(async ({ version }) => ({
          version,
          resources: await readResources(server.port, name, version, versions.length),
        })),
      ),
    });
  }
  const version = await getJson(server.port, "/version");
  total += writeCompressed("built-in.json.br", { version, groups });

  const { paths } = await getJson(server.port, "/openapi/v3");
  const index = {};
  for (const [path, { serverRelativeURL }] of Object.entries(paths)) {
    const document = withoutDescriptions(await getJson(server.port, serverRelativeURL));
    const hash = createHash("sha512").update(JSON.stringify(document)).digest("hex").toUpperCase();
    const file = `openapi/v3/${path.replaceAll("/", "__").replace(/^\./, "dot-")}.json.br`;
    index[path] = { file, hash };
    total += writeCompressed(file, document);
  }
  total += writeCompressed("openapi/v3/index.json.br", index);
  const v2 = withoutDescriptions(await getJson(server.port, "/openapi/v2"));
  total += writeCompressed("openapi/v2.json.br", v2);
  console.log(
    `${groups.length} groups, ${Object.keys(index).length} OpenAPI documents, ${total} bytes`,
  );
} finally {
  await server.stop();
}
