import { dump } from "js-yaml";

export interface KubeconfigFacts {
  readonly server: string;
  /** PEM. */
  readonly caPem: string;
  readonly token: string;
}

/** A kubeconfig of one context, everything in it inline. */
export function writeKubeconfig({ server, caPem, token }: KubeconfigFacts): string {
  return dump({
    apiVersion: "v1",
    kind: "Config",
    clusters: [
      {
        name: "envtest",
        cluster: {
          server,
          "certificate-authority-data": Buffer.from(caPem).toString("base64"),
        },
      },
    ],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "envtest", context: { cluster: "envtest", user: "admin" } }],
    "current-context": "envtest",
  });
}
