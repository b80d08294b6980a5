import { systemClock, systemRandom } from "@kvop/core";
import { describe, expect, it } from "vitest";

import { createCertificateAuthority } from "../../../testing/src/authentication/certificate-authority.js";
import { kubeconfigText } from "../../test/cluster-server.js";
import { parseKubeconfig } from "./parse-kubeconfig.js";

const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
const { caPem } = authority;
const TOKEN = "the-secret-token";
const valid = kubeconfigText({ server: "https://api.example.com:6443/", caPem, token: TOKEN });
const withServer = (server: string): string => kubeconfigText({ server, caPem, token: TOKEN });
const withUser = (line: string): string => valid.replace(`token: ${TOKEN}`, line);
const withCluster = (line: string): string =>
  valid.replace("      server:", `      ${line}\n      server:`);
const base64 = (text: string): string => Buffer.from(text).toString("base64");

function ruleOf(text: string, policy = {}): string {
  try {
    parseKubeconfig(text, policy);
  } catch (error) {
    expect(String(error)).not.toContain(TOKEN);
    expect((error as Error).cause).toBeUndefined();
    const { code, rule } = error as { code: string; rule?: string };
    return rule ?? code;
  }
  return "accepted";
}

describe("what is accepted", () => {
  it("gives a frozen, minimal connection", () => {
    const connection = parseKubeconfig(valid);
    expect(Object.isFrozen(connection)).toBe(true);
    expect(connection).toEqual({
      server: "https://api.example.com:6443",
      caPem,
      token: TOKEN,
      clientCertificatePem: undefined,
      clientKeyPem: undefined,
      tlsServerName: undefined,
    });
  });

  it.each([
    ["BOM", `\uFEFF${valid}`],
    ["CRLF", valid.replaceAll("\n", "\r\n")],
    ["JSON", valid.replace("admin@east", "admin@east")],
  ])("reads %s", (_kind, text) => {
    expect(parseKubeconfig(text).token).toBe(TOKEN);
  });

  it("takes a client certificate with its key", () => {
    const { certPem, keyPem } = authority.issueClient({ user: "admin" });
    const text = withUser(
      `client-certificate-data: ${base64(certPem)}\n      client-key-data: ${base64(keyPem)}`,
    );
    expect(parseKubeconfig(text).clientKeyPem).toBe(keyPem);
  });
});

describe("what is refused in a user", () => {
  it.each([
    ["exec", "exec: { command: sh }"],
    ["exec", "exec: {}"],
    ["auth-provider", "auth-provider: { name: gcp, config: { cmd-path: /bin/sh } }"],
    ["auth-provider", "auth-provider: { name: oidc }"],
    ["token-file", "tokenFile: /etc/passwd"],
    ["token-file", "token-file: /etc/passwd"],
    ["client-certificate", "client-certificate: /etc/passwd"],
    ["client-key", "client-key: ../key"],
    ["basic-auth", "username: admin"],
    ["basic-auth", "password: admin"],
    ["impersonation", "as: root"],
    ["impersonation", "as-groups: [system:masters]"],
    ["impersonation", "as-user-extra: { a: [b] }"],
    ["unknown-field", "Exec: { command: sh }"],
  ])("%s: %s", (rule, line) => {
    expect(ruleOf(withUser(line))).toBe(rule);
  });
});

describe("what is refused in a cluster", () => {
  it.each([
    ["certificate-authority", "certificate-authority: /etc/passwd"],
    ["proxy-url", "proxy-url: http://127.0.0.1:3128"],
    ["proxy-url", "proxy-url: socks5://proxy"],
    ["insecure-skip-tls-verify", "insecure-skip-tls-verify: true"],
    ["insecure-skip-tls-verify", "insecure-skip-tls-verify: yes"],
    ["insecure-skip-tls-verify", 'insecure-skip-tls-verify: "true"'],
    ["insecure-skip-tls-verify", "insecure-skip-tls-verify: 1"],
    ["unknown-field", "Proxy-URL: http://127.0.0.1:3128"],
  ])("%s: %s", (rule, line) => {
    expect(ruleOf(withCluster(line))).toBe(rule);
  });

  it.each([
    ["insecure-server", "http://api.example.com"],
    ["insecure-server", "http://127.0.0.1:8080"],
    ["insecure-server", "file:///etc/passwd"],
    ["server-userinfo", "https://admin:pass@api.example.com"],
    ["server-userinfo", "https://admin@api.example.com"],
    ["forbidden-address", "https://169.254.169.254"],
    ["forbidden-address", "https://2852039166"],
    ["forbidden-address", "https://0xa9fea9fe"],
    ["forbidden-address", "https://0251.0376.0251.0376"],
    ["forbidden-address", "https://169.254.43518"],
    ["forbidden-address", "'https://[::ffff:169.254.169.254]'"],
    ["forbidden-address", "'https://[::ffff:a9fe:a9fe]'"],
    ["forbidden-address", "'https://[0:0:0:0:0:ffff:a9fe:a9fe]'"],
    ["forbidden-address", "'https://[64:ff9b::a9fe:a9fe]'"],
    ["forbidden-address", "'https://[2002:a9fe:a9fe::1]'"],
    ["forbidden-address", "'https://[fe80::1]'"],
    ["forbidden-address", "'https://[fd00:ec2::254]'"],
    ["forbidden-address", "https://0.0.0.0"],
    ["forbidden-address", "'https://[::]'"],
    ["forbidden-address", "https://metadata.google.internal"],
    ["forbidden-address", "https://METADATA.google.internal./"],
    ["forbidden-address", "https://１６９.254.169.254"],
  ])("%s: %s", (rule, server) => {
    expect(ruleOf(withServer(server))).toBe(rule);
  });

  it("takes http for loopback alone, and only where it is allowed", () => {
    const policy = { allowInsecureLoopback: true };
    expect(ruleOf(withServer("http://127.0.0.1:8080"), policy)).toBe("accepted");
    expect(ruleOf(withServer("http://localhost:8080"), policy)).toBe("accepted");
    expect(ruleOf(withServer("http://10.0.0.1:8080"), policy)).toBe("insecure-server");
  });

  it("keeps to a list of hosts and networks", () => {
    const policy = { allowedHosts: ["*.example.com", "10.0.0.0/8", "169.254.1.1"] };
    expect(ruleOf(valid, policy)).toBe("accepted");
    expect(ruleOf(withServer("https://10.1.2.3"), policy)).toBe("accepted");
    expect(ruleOf(withServer("'https://[::ffff:10.1.2.3]'"), policy)).toBe("accepted");
    expect(ruleOf(withServer("https://169.254.1.1"), policy)).toBe("accepted");
    expect(ruleOf(withServer("https://11.1.2.3"), policy)).toBe("allowed-hosts");
    expect(ruleOf(withServer("https://169.254.169.254"), policy)).toBe("forbidden-address");
    expect(ruleOf(withServer("https://evil.org"), { allowedHosts: ["api.example.com"] })).toBe(
      "allowed-hosts",
    );
    expect(ruleOf(withServer("https://evilexample.com"), { allowedHosts: ["*.example.com"] })).toBe(
      "allowed-hosts",
    );
  });
});

describe("what is malformed", () => {
  const deep = `${"[".repeat(50)}${"]".repeat(50)}`;
  const bomb = `a: &a [x,x]\n${"bcdefghijklmnopqrstuvwxyz".replace(/./g, (letter) => {
    const before = String.fromCharCode((letter.codePointAt(0) ?? 0) - 1);
    return `${letter}: &${letter} [*${before},*${before}]\n`;
  })}`;
  const { certPem } = authority.issueClient({ user: "a" });
  const { keyPem } = authority.issueClient({ user: "b" });
  it.each([
    ["empty", ""],
    ["a scalar", TOKEN],
    ["a list", `- ${TOKEN}`],
    ["not closed", `token: "${TOKEN}`],
    ["deep", `a: ${deep}`],
    ["a bomb", bomb],
    ["duplicate keys", `${valid}current-context: other\n`],
    ["two documents", `${valid}---\n${valid}`],
    ["a tag", `a: !!js/function "${TOKEN}"`],
    ["no context", valid.replace(/current-context.*/, "")],
    ["an unknown context", valid.replace("current-context: admin@east", "current-context: other")],
    ["an unknown cluster", valid.replace("cluster: east,", "cluster: other,")],
    ["a number as token", withUser("token: 12345")],
    ["a list as token", withUser(`token: [${TOKEN}]`)],
    ["a token with a line break", withUser(`token: "${TOKEN}\\r\\nX-Remote-User: root"`)],
    ["wrong base64", valid.replace(/authority-data: .*/, "authority-data: '***'")],
    ["no PEM", valid.replace(/authority-data: .*/, `authority-data: ${base64("hello")}`)],
    [
      "a broken PEM",
      valid.replace(
        /authority-data: .*/,
        `authority-data: ${base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----")}`,
      ),
    ],
    ["a certificate without key", withUser(`client-certificate-data: ${base64(certPem)}`)],
    [
      "a key of another certificate",
      withUser(
        `client-certificate-data: ${base64(certPem)}\n      client-key-data: ${base64(keyPem)}`,
      ),
    ],
    ["a server that is no URL", withServer("api.example.com")],
    ["another kind", valid.replace("kind: Config", "kind: Secret")],
  ])("%s", (_kind, text) => {
    expect(ruleOf(text)).toBe("KubeconfigInvalid");
  });

  it("is refused when it uses merge keys or is too large", () => {
    expect(ruleOf(withUser("<<: { token: x }"))).toBe("merge-keys");
    expect(ruleOf(`${valid}# ${"x".repeat(256 * 1024)}`)).toBe("size");
  });
});
