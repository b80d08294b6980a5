import { dump } from "js-yaml";

/** A kubeconfig of one context, everything inline. */
export function kubeconfigText(name: string, server: string, caPem: string, token: string): string {
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name,
        cluster: { server, "certificate-authority-data": Buffer.from(caPem).toString("base64") },
      },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name, context: { cluster: name, user: "admin" } }],
    "current-context": name,
  });
}
