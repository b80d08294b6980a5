import { dirname, resolve } from "node:path";

import { isMapping, loadYaml, type YamlMapping } from "../policy/load-yaml.js";
import { readTrustedFile } from "./read-trusted-file.js";

/** Fields that name a file, by the field that holds the same inline. */
export const FILE_FIELDS = {
  "certificate-authority-data": "certificate-authority",
  "client-certificate-data": "client-certificate",
  "client-key-data": "client-key",
} as const;

const PATH_FIELDS: ReadonlySet<string> = new Set([...Object.values(FILE_FIELDS), "tokenFile"]);

/**
 * One of the owner's kubeconfigs, in which every path is absolute, as several may lie in different folders.
 *
 * @throws KubeconfigInvalidError, KubeconfigRefusedError
 */
export async function readTrustedDocument(path: string): Promise<YamlMapping> {
  const document = loadYaml(await readTrustedFile("the kubeconfig", path));
  const folder = dirname(resolve(path));
  return {
    ...document,
    clusters: withAbsolutePaths(document["clusters"], "cluster", folder),
    users: withAbsolutePaths(document["users"], "user", folder),
  };
}

function withAbsolutePaths(list: unknown, field: string, folder: string): unknown {
  if (!Array.isArray(list)) return list;
  return list.map((entry: unknown) => {
    const value = isMapping(entry) ? entry[field] : undefined;
    if (!isMapping(entry) || !isMapping(value)) return entry;
    return { ...entry, [field]: absolute(value, folder) };
  });
}

function absolute(value: YamlMapping, folder: string): YamlMapping {
  const fields = Object.entries(value).map(([name, content]) => {
    if (PATH_FIELDS.has(name) && typeof content === "string" && content !== "")
      return [name, resolve(folder, content)];
    // As in client-go: a program's name is looked for in PATH, a path is relative to the kubeconfig.
    if (name === "exec" && isMapping(content)) {
      const { command } = content;
      if (typeof command === "string" && command.includes("/"))
        return [name, { ...content, command: resolve(folder, command) }];
    }
    return [name, content];
  });
  return Object.fromEntries(fields) as YamlMapping;
}
