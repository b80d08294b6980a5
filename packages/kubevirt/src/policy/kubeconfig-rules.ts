/**
 * Every rule that a kubeconfig from a Secret is judged by, with what it says. The names are stable: errors, states and metrics
 * carry them. A rule of the first part refuses what is never done (`KubeconfigRefusedError`), one of the second names what is
 * broken (`KubeconfigInvalidError`).
 */
export const KUBECONFIG_RULES = {
  // What is never done.
  size: "larger than 256 KiB",
  depth: "nested more than 16 levels deep",
  aliases: "more than 16 YAML aliases, or an alias of what it stands in",
  "merge-keys": 'YAML merge keys ("<<")',
  tags: "explicit YAML tags",
  exec: "a program that gives credentials",
  "auth-provider": "an authentication plug-in",
  "token-file": "a token in a file of this host",
  "client-certificate": "a client certificate in a file of this host",
  "client-key": "a client key in a file of this host",
  "certificate-authority": "a CA in a file of this host",
  "basic-auth": "a user name or password",
  impersonation: "acting as somebody else",
  "proxy-url": "a proxy",
  "insecure-skip-tls-verify": "an unchecked server certificate",
  "insecure-server": "a server that is not https",
  "server-userinfo": "a user name or password in the server's URL",
  "forbidden-address":
    "a link-local, metadata, multicast or unspecified address that is not listed",
  "allowed-hosts": "a host outside of the policy's allowedHosts",
  "unknown-field": "a field of the cluster or user that is not read",
  // What is broken.
  yaml: "no YAML that can be read",
  "duplicate-keys": "a key twice in one mapping",
  documents: "no document, or more than one",
  structure: "another shape than a kubeconfig has",
  "current-context": "no context, cluster or user of the name that is used, or two of them",
  server: "no server, or one that is not a plain URL",
  base64: "a field ending in -data that is not base64",
  certificate: "a certificate that cannot be read",
  "certificate-expired": "a certificate that is no longer valid",
  "certificate-not-yet-valid": "a certificate that is not valid yet",
  "key-pair": "a client certificate without its key, or the other way round",
  "key-type": "no private key that TLS can use",
  "key-mismatch": "a key of another certificate",
  token: "a token with characters that no token has",
  "tls-server-name": "a TLS server name that is no host name",
} as const;

/** Name of a rule of {@link KUBECONFIG_RULES}. */
export type KubeconfigRule = keyof typeof KUBECONFIG_RULES;
