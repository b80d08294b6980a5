import { generateKeyPairSync } from "node:crypto";

import { systemClock, systemRandom } from "@kvop/core";

import { createCertificateAuthority } from "../../testing/src/authentication/certificate-authority.js";
import type { KubeconfigRule } from "../src/policy/kubeconfig-rules.js";
import type { KubeconfigPolicy } from "../src/index.js";
import { kubeconfigText } from "./cluster-server.js";

/** A kubeconfig that is to be refused. */
export interface HostileKubeconfig {
  readonly name: string;
  readonly text: string;
  readonly policy?: KubeconfigPolicy;
}

/** What no error may show. */
export const TOKEN = "the-secret-token-4711";

const authority = createCertificateAuthority({ clock: systemClock, random: systemRandom });
export const { caPem } = authority;
const NOW = systemClock.now();
const YEAR = 365 * 24 * 3600_000;
const base64 = (text: string): string => Buffer.from(text).toString("base64");

export const validKubeconfig = kubeconfigText({
  server: "https://api.example.com:6443/",
  caPem,
  token: TOKEN,
});
export const withServer = (server: string): string =>
  kubeconfigText({ server, caPem, token: TOKEN });
export const withUser = (...lines: readonly string[]): string =>
  validKubeconfig.replace(`token: ${TOKEN}`, lines.join("\n      "));
const withCluster = (line: string): string =>
  validKubeconfig.replace("      server:", `      ${line}\n      server:`);
const withAuthority = (data: string): string =>
  validKubeconfig.replace(/authority-data: .*/, `authority-data: ${data}`);
const without = (line: RegExp): string => validKubeconfig.replace(line, "");
export const withPair = (certPem: string, keyPem: string): string =>
  withUser(`client-certificate-data: ${base64(certPem)}`, `client-key-data: ${base64(keyPem)}`);

export const client = authority.issueClient({ user: "admin" });
const rsaClient = authority.issueClient({ user: "admin", keyAlgorithm: "rsa" });
const otherClient = authority.issueClient({ user: "other" });
const old = { notBefore: NOW - 2 * YEAR, notAfter: NOW - YEAR };
const future = { notBefore: NOW + YEAR, notAfter: NOW + 2 * YEAR };
const oldClient = authority.issueClient({ user: "admin", ...old });
const futureClient = authority.issueClient({ user: "admin", ...future });
const server = authority.issueServer({ hosts: ["api.example.com"] });
const oldServer = authority.issueServer({ hosts: ["api.example.com"], ...old });
const futureServer = authority.issueServer({ hosts: ["api.example.com"], ...future });

const pkcs8 = { type: "pkcs8", format: "pem" } as const;
const exchangeKey = generateKeyPairSync("x25519").privateKey.export(pkcs8).toString();
const { publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
const publicPem = publicKey.export({ type: "spki", format: "pem" }).toString();
const lockedKey = generateKeyPairSync("ec", { namedCurve: "P-256" })
  .privateKey.export({ ...pkcs8, cipher: "aes-256-cbc", passphrase: TOKEN })
  .toString();

/** A self-signed pair of 512 bits, which no OpenSSL takes for TLS. */
const WEAK_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBeTCCASOgAwIBAgIUX5tEwQkEdlTAAurnJCq0A5eagd8wDQYJKoZIhvcNAQEL
BQAwEDEOMAwGA1UEAwwFYWRtaW4wIBcNMjYxMTI3MDUyOTE5WhgPMjEyNjExMDMw
NTI5MTlaMBAxDjAMBgNVBAMMBWFkbWluMFwwDQYJKoZIhvcNAQEBBQADSwAwSAJB
AM0L1fgHaLrVmmMxmpbN1EMjGd3U6xAE3IFdIw8YDhvluHmNfLwR7QE1c/wBZyVy
cD6vll8ufllSpUOB+Rbb0fMCAwEAAaNTMFEwHQYDVR0OBBYEFHcLygh8uxsj/KF5
vN6sx25pKHmGMB8GA1UdIwQYMBaAFHcLygh8uxsj/KF5vN6sx25pKHmGMA8GA1Ud
EwEB/wQFMAMBAf8wDQYJKoZIhvcNAQELBQADQQAGxGtECJpc8oJdA1gln+Bkxcg8
bNrprrDWzPbWlP5X4GORPEQPbPBPyyAmsR2AGFVJfIG7RGg/8d4FgDUsgKnH
-----END CERTIFICATE-----
`;
const WEAK_KEY = `-----BEGIN PRIVATE KEY-----
MIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEAzQvV+AdoutWaYzGa
ls3UQyMZ3dTrEATcgV0jDxgOG+W4eY18vBHtATVz/AFnJXJwPq+WXy5+WVKlQ4H5
FtvR8wIDAQABAkAB8WPEpuVSJ+X/nJ+3YBnrzPBYzsSvcSxZuXU0lmjD0OQYCuXR
qYUGwSPSxHNT/wm0d70lERiMEccZvrgXAsAJAiEA5lYDKPZzTuYtYedgQjkyQYxL
PFd8WzwCx4Hov2o4qp8CIQDj5HiodlSLB5Z3h4f1VM7wpxQf/A3QL7qQ3Ur3092s
LQIgaK6kpwRC6ZPRAlLeu5o1DfdN5jG4kdpXRQb0mbIT6O8CIQCpHZEUostWaQkW
JrOUMZ1oJPTgT3IIvoKaoj3R752e+QIhAODy/2iqf4H013HDQmwLLYCKeHIHHiY4
mjQC8jkw4uld
-----END PRIVATE KEY-----
`;

const nested = (levels: number, open: string, close: string): string =>
  `a: ${open.repeat(levels)}${close.repeat(levels)}\n`;
const bomb = (wide: number): string =>
  `a0: &a0 [x, x]\n${Array.from({ length: 20 }, (_value, index) => {
    const references = Array.from({ length: wide }, () => `*a${index}`).join(", ");
    return `a${index + 1}: &a${index + 1} [${references}]\n`;
  }).join("")}`;

const inline = (...texts: readonly string[]): HostileKubeconfig[] =>
  texts.map((text) => ({ name: text.trim().slice(0, 60), text }));
const users = (...lines: readonly string[]): HostileKubeconfig[] =>
  lines.map((line) => ({ name: line, text: withUser(line) }));
const clusters = (...lines: readonly string[]): HostileKubeconfig[] =>
  lines.map((line) => ({ name: line, text: withCluster(line) }));
const servers = (...urls: readonly string[]): HostileKubeconfig[] =>
  urls.map((url) => ({ name: url, text: withServer(JSON.stringify(url)) }));
const listed = (allowedHosts: readonly string[], ...urls: readonly string[]): HostileKubeconfig[] =>
  servers(...urls).map((entry) => ({
    ...entry,
    name: `${entry.name} of ${allowedHosts.join()}`,
    policy: { allowedHosts },
  }));
const named = (texts: Readonly<Record<string, string>>): HostileKubeconfig[] =>
  Object.entries(texts).map(([name, text]) => ({ name, text }));

/** At least three for every rule. */
export const HOSTILE_KUBECONFIGS: Readonly<Record<KubeconfigRule, readonly HostileKubeconfig[]>> = {
  size: named({
    "a long comment": `${validKubeconfig}# ${"x".repeat(256 * 1024)}`,
    "many keys": `${validKubeconfig}${Array.from({ length: 60_000 }, (_key, id) => `k${id}: 1\n`).join("")}`,
    "bytes, not characters": `${validKubeconfig}# ${"€".repeat(90_000)}`,
    "spaces alone": " ".repeat(300_000),
  }),
  depth: named({
    lists: validKubeconfig + nested(17, "[", "]"),
    "thousands of lists": validKubeconfig + nested(100_000, "[", "]"),
    mappings: validKubeconfig + nested(17, "{ a: ", "}"),
    "block mappings": `${validKubeconfig}${Array.from({ length: 40 }, (_level, depth) => `${" ".repeat(depth)}a:\n`).join("")}`,
    "block lists": `${validKubeconfig}a:\n${"- ".repeat(5000)}x\n`,
    "deep before anything is wrong": nested(50_000, "[", ""),
  }),
  aliases: named({
    "a bomb": bomb(2) + validKubeconfig,
    "a wide bomb": bomb(10) + validKubeconfig,
    "an alias within itself": `${validKubeconfig}a: &a { b: *a }\n`,
    "a list within itself": `${validKubeconfig}a: &a [*a]\n`,
    "within itself over a detour": `${validKubeconfig}a: &a { b: { c: [*a] } }\n`,
    "seventeen of a scalar": `${validKubeconfig}a: &a ${TOKEN}\nb: [${"*a, ".repeat(17)}]\n`,
  }),
  "merge-keys": [
    ...users("<<: { token: x }", '"<<": { exec: { command: sh } }', `<<: [{ token: ${TOKEN} }]`),
    ...clusters("<<: { insecure-skip-tls-verify: true }"),
    ...inline(`base: &base { user: { exec: {} } }\n${validKubeconfig}extra:\n  <<: *base\n`),
  ],
  tags: [
    ...users(`token: !!str ${TOKEN}`, `token: !!js/function "${TOKEN}"`, "token: !<x> y"),
    ...users(`token: !!binary ${base64(TOKEN)}`, "exec: !!null x", "token: ! y"),
    ...inline(`%TAG !e! tag:example.com,2000:\n---\n${validKubeconfig}`, `!!map {}\n`),
    ...inline("a: !!set { b, c }\n", "? !!python/object/apply:os.system x\n: y\n"),
  ],
  exec: [
    ...users("exec: { command: sh }", "exec: {}", "exec: []", "exec: false", '"exec": { a: b }'),
    ...users('"\\x65xec": { command: sh }', "exec: { command: sh, interactiveMode: Never }"),
    ...inline(withUser("exec: *program").replace("users:", "a: &program { command: sh }\nusers:")),
  ],
  "auth-provider": users(
    "auth-provider: { name: gcp, config: { cmd-path: /bin/sh } }",
    "auth-provider: { name: oidc, config: { idp-issuer-url: http://169.254.169.254 } }",
    "auth-provider: { name: azure, config: { tokenFile: /etc/passwd } }",
    "auth-provider: {}",
  ),
  "token-file": users(
    "tokenFile: /etc/passwd",
    "token-file: /etc/passwd",
    "tokenFile: ../../token",
    "tokenFile: [a]",
    '"token\\u0046ile": /proc/self/environ',
  ),
  "client-certificate": users(
    "client-certificate: /etc/passwd",
    "client-certificate: crt.pem",
    "client-certificate: { a: b }",
  ),
  "client-key": users(
    "client-key: ../key",
    "client-key: /proc/self/environ",
    "client-key: [/etc/passwd]",
  ),
  "certificate-authority": clusters(
    "certificate-authority: /etc/passwd",
    "certificate-authority: ca.pem",
    "certificate-authority: 1",
  ),
  "basic-auth": users(
    "username: admin",
    `password: ${TOKEN}`,
    "{ username: admin, password: admin }",
  ),
  impersonation: users(
    "as: root",
    "as-groups: [system:masters]",
    "as-uid: '0'",
    "as-user-extra: { a: [b] }",
    "As-Groups: [system:masters]",
    "impersonate-user: root",
  ),
  "proxy-url": clusters(
    "proxy-url: http://127.0.0.1:3128",
    "proxy-url: socks5://proxy",
    "proxy-url: 0",
  ),
  "insecure-skip-tls-verify": clusters(
    "insecure-skip-tls-verify: true",
    "insecure-skip-tls-verify: yes",
    'insecure-skip-tls-verify: "true"',
    'insecure-skip-tls-verify: "false"',
    "insecure-skip-tls-verify: 1",
    "insecure-skip-tls-verify: 0",
    "insecure-skip-tls-verify: []",
  ),
  "insecure-server": [
    ...servers("http://api.example.com", "http://127.0.0.1:8080", "file:///etc/passwd"),
    ...servers("ftp://api.example.com", "ws://api.example.com", "data:text/plain,x", "x:y"),
    ...servers("api.example.com:6443", "HTTP://api.example.com"),
    ...servers("http://10.0.0.1:8080", "http://localhost.evil.org", "http://[2002:7f00:1::2]")
      // A name or an address that only looks like this machine's.
      .map((entry) => ({ ...entry, policy: { allowInsecureLoopback: true } }))
      .slice(0, 2),
  ],
  "server-userinfo": servers(
    `https://admin:${TOKEN}@api.example.com`,
    "https://admin@api.example.com",
    "https://@api.example.com",
    "https://:@api.example.com",
    "https://api.example.com@169.254.169.254",
    "https://api.example.com%40evil.org@evil.org",
  ),
  "forbidden-address": [
    ...servers("https://169.254.169.254", "https://2852039166", "https://0xa9fea9fe"),
    ...servers(
      "https://0251.0376.0251.0376",
      "https://0xA9.0xFE.0xA9.0xFE",
      "https://169.254.43518",
    ),
    ...servers("https://169.16689662", "https://0000251.254.169.254", "https://169.254.169.254."),
    ...servers(
      "https://１６９.254.169.254",
      "https://169。254。169。254",
      "https://①⑥⑨.254.169.254",
    ),
    ...servers(
      "https://%31%36%39.254.169.254",
      "https://169.254.170.2",
      "https://0",
      "https://0.0.0.0",
    ),
    ...servers("https://[::ffff:169.254.169.254]", "https://[::ffff:a9fe:a9fe]"),
    ...servers("https://[0:0:0:0:0:FFFF:A9FE:A9FE]", "https://[::a9fe:a9fe]"),
    ...servers("https://[::ffff:0:169.254.169.254]", "https://[64:ff9b::a9fe:a9fe]"),
    ...servers("https://[64:ff9b:1::a9fe:a9fe]", "https://[64:ff9b:1:a9fe:a9:fe00::]"),
    ...servers("https://[64:ff9b:1:a9:fe:a9fe::]", "https://[64:ff9b:1:0:a9:fea9:fe00:0]"),
    ...servers("https://[2002:a9fe:a9fe::1]", "https://[2001:0:a9fe:a9fe::]"),
    ...servers("https://[2001:0:102:304:0:0:5601:5601]", "https://[fe80::1]", "https://[febf::1]"),
    ...servers("https://[fec0::1]", "https://[fd00:ec2::254]", "https://[fd20:ce::254]"),
    ...servers("https://[fd00:42::42]", "https://[::]", "https://[ff02::1]", "https://224.0.0.1"),
    ...servers("https://255.255.255.255", "https://100.100.100.200", "https://168.63.129.16"),
    ...servers("https://192.0.0.192", "https://metadata.google.internal", "https://metadata"),
    ...servers("https://METADATA.google.internal./", "https://instance-data.ec2.internal"),
    ...servers("https://metadata.goog", "https://ｍetadata.google.internal"),
    // A list does not open them by a name, by a wide net of names, or by the network of another form.
    ...listed(["*.example.com", "10.0.0.0/8"], "https://169.254.169.254"),
    ...listed(["64:ff9b::/96", "2002::/16"], "https://[64:ff9b::a9fe:a9fe]"),
    ...listed(["*.internal.example.com"], "https://metadata.google.internal"),
    ...listed(["169.254.1.0/24"], "https://169.254.169.254", "https://[::ffff:169.254.2.1]"),
  ],
  "allowed-hosts": [
    ...listed(["api.example.com"], "https://evil.org", "https://api.example.com.evil.org"),
    ...listed(["api.example.com"], "https://10.0.0.1", "https://xapi.example.com"),
    ...listed(["*.example.com"], "https://evilexample.com", "https://example.com"),
    ...listed(["10.0.0.0/8"], "https://11.1.2.3", "https://[2002:b01:203::]", "https://[fd00::1]"),
    ...listed(["fd00::/8"], "https://10.0.0.1", "https://[fe00::1]"),
    ...listed([], "https://api.example.com", "https://10.0.0.1"),
    ...listed(["10.1.2.3"], "https://10.1.2.4", "https://[::ffff:10.1.2.4]"),
  ],
  "unknown-field": [
    ...users("Exec: { command: sh }", "TOKEN: x", "__proto__: { token: x }", "constructor: x"),
    ...users(`${TOKEN}: x`, "toString: x", "? token \n      : x\n      x: y"),
    ...clusters("Proxy-URL: http://127.0.0.1:3128", "Server: x", "__proto__: { server: x }"),
  ],
  yaml: [
    ...inline(`token: "${TOKEN}`, `token: "${TOKEN}\n  : [`, `${validKubeconfig}a: [1, 2`),
    ...inline(`${validKubeconfig}\tb: c\n`, `a: \0${TOKEN}`, "a: *unknown", `a: "\\q"`),
    ...inline(`a: b\n  c: d\n`, `a: "${"x".repeat(50)}\u0007"`, "? [a, b]\n: c\n", "\ud800: a"),
    ...inline(`${validKubeconfig}a: 'x\n--- \n'`, "%YAML 9.9\n---\na: b", "a: &\n", "- a\nb: c\n"),
  ],
  "duplicate-keys": [
    ...inline(`${validKubeconfig}current-context: other\n`, `${validKubeconfig}"kind": Config\n`),
    ...users(`token: a\n      token: ${TOKEN}`, `token: a\n      "tok\\x65n": ${TOKEN}`),
    ...clusters("server: https://evil.org"),
    ...inline(`${validKubeconfig}a: { b: 1, b: 2 }\n`, `${validKubeconfig}? kind\n: Config\n`),
  ],
  documents: named({
    empty: "",
    "a BOM alone": "\uFEFF",
    "a comment alone": `# ${TOKEN}\n`,
    two: `${validKubeconfig}---\n${validKubeconfig}`,
    "an empty one behind": `${validKubeconfig}---\n`,
    "an end and more": `${validKubeconfig}...\n---\na: b\n`,
  }),
  structure: [
    ...inline(TOKEN, `- ${TOKEN}`, "null", "1", "true", "---\n...\n", `[{ a: ${TOKEN} }]`),
    ...inline(validKubeconfig.replace("kind: Config", "kind: Secret")),
    ...inline(validKubeconfig.replace("kind: Config", "kind: [Config]")),
    ...inline(validKubeconfig.replace("apiVersion: v1", "apiVersion: v2")),
    ...inline(validKubeconfig.replace(/users:[^]*contexts:/, "users: admin\ncontexts:")),
    ...inline(validKubeconfig.replace(/users:[^]*contexts:/, "users: [admin]\ncontexts:")),
    ...inline(validKubeconfig.replace(/users:[^]*contexts:/, "users: { admin: {} }\ncontexts:")),
    ...inline(validKubeconfig.replace(/context: .*/, "context: [east, admin]")),
    ...inline(validKubeconfig.replace(/current-context: .*/, "current-context: [admin@east]")),
    ...inline(validKubeconfig.replace(/current-context: .*/, "current-context: 1")),
    ...inline(validKubeconfig.replace("cluster: east,", "cluster: 1,")),
  ],
  "current-context": [
    ...inline(without(/current-context.*/), without(/clusters:[^]*?(?=users:)/), "a: b", "{}"),
    ...inline(validKubeconfig.replace(/current-context: .*/, "current-context: ''")),
    ...inline(validKubeconfig.replace(/current-context: .*/, "current-context: null")),
    ...inline(validKubeconfig.replace(/current-context: .*/, "current-context: Admin@East")),
    ...inline(validKubeconfig.replace(/current-context: .*/, "current-context: __proto__")),
    ...inline(validKubeconfig.replace("cluster: east,", "cluster: other,")),
    ...inline(validKubeconfig.replace("user: admin }", "user: other }")),
    ...inline(validKubeconfig.replace(", user: admin", ""), without(/context: \{.*/)),
    ...inline(validKubeconfig.replace("users:", `users:\n  - name: admin\n    user: {}`)),
    ...inline(validKubeconfig.replace("contexts:", "contexts:\n  - name: admin@east")),
  ],
  server: [
    ...inline(without(/ {6}server: .*\n/), withServer("''"), withServer("null")),
    ...inline(withServer("[https://api.example.com]"), withServer("1")),
    ...servers("//api.example.com", "/etc/passwd", "https://", "https:///api.example.com"),
    ...servers("https:api.example.com", "https:\\\\api.example.com", "https:/\\api.example.com"),
    ...servers("https://api.example.com\\@evil.org", "https://api.exam\nple.com", " https://a.org"),
    ...servers("https://api.example.com/?a=b", "https://api.example.com/#a", "https://a.org?"),
    ...servers("https://api.example.com:0", "https://api.example.com:99999", "https://[::1"),
    // Each of these took half a minute while their ends were looked for by a pattern.
    ...named({
      "a long path of slashes": withServer(`https://a.org${"/".repeat(200_000)}x`),
      "a long host of dots": withServer(`https://a${".".repeat(200_000)}x`),
    }),
    ...servers("https://.", "https://..", "https://.:6443/"),
    ...servers("https://1.2.3.4.5", "https://[fe80::1%25eth0]", "https://a b", "https://0xg.1.2.3"),
  ],
  base64: [
    ...inline(
      withAuthority("'***'"),
      withAuthority("[a]"),
      withAuthority("A"),
      withAuthority("==="),
    ),
    ...inline(withAuthority(base64(caPem).slice(0, -1)), withAuthority(`"${base64(caPem)} "`)),
    ...inline(withAuthority(Buffer.from(caPem).toString("base64url").replace(/.$/, "_"))),
    ...users(`client-certificate-data: "-----BEGIN"`, `client-key-data: ${TOKEN}`),
  ],
  certificate: [
    ...inline(withAuthority(base64("hello")), withAuthority(base64(client.keyPem))),
    ...inline(
      withAuthority(base64("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")),
    ),
    ...inline(withAuthority(base64(caPem.replace("END", "ENDE")))),
    ...inline(withAuthority(base64("-----BEGIN CERTIFICATE-----\n".repeat(5000)))),
    ...inline(withAuthority(base64(caPem + caPem.replace(/\n.*/, "\nMIIB")))),
    ...inline(withAuthority(base64(caPem.replaceAll("CERTIFICATE", "X509 CRL")))),
    ...named({ "a key as certificate": withPair(client.keyPem, client.keyPem) }),
  ],
  "certificate-expired": named({
    "the client's": withPair(oldClient.certPem, oldClient.keyPem),
    "the authority's": withAuthority(base64(oldServer.certPem)),
    "each of a bundle": withAuthority(base64(oldServer.certPem + oldClient.certPem)),
    "the client's before its chain": withPair(oldClient.certPem + caPem, oldClient.keyPem),
  }),
  "certificate-not-yet-valid": named({
    "the client's": withPair(futureClient.certPem, futureClient.keyPem),
    "the authority's": withAuthority(base64(futureServer.certPem)),
    "each of a bundle": withAuthority(base64(futureServer.certPem + futureClient.certPem)),
  }),
  "key-pair": [
    ...users(`client-certificate-data: ${base64(client.certPem)}`),
    ...users(`client-key-data: ${base64(client.keyPem)}`),
    ...inline(
      withUser(`client-certificate-data: ${base64(client.certPem)}`, "client-key-data: ''"),
    ),
    ...inline(
      withUser("client-certificate-data: null", `client-key-data: ${base64(client.keyPem)}`),
    ),
  ],
  "key-type": named({
    "a certificate": withPair(client.certPem, client.certPem),
    "a public key": withPair(client.certPem, publicPem),
    "a key to exchange keys with": withPair(client.certPem, exchangeKey),
    "a key with a password": withPair(client.certPem, lockedKey),
    "a broken key": withPair(client.certPem, client.keyPem.replace(/\n.*/, "\nAAAAAAAA")),
    "two keys": withPair(client.certPem, client.keyPem + otherClient.keyPem),
    "a key that does not end": withPair(client.certPem, client.keyPem.replace("END", "ENDE")),
    "a weak pair": withPair(WEAK_CERTIFICATE, WEAK_KEY),
    nothing: withPair(client.certPem, "\n"),
  }),
  "key-mismatch": named({
    "of another certificate": withPair(client.certPem, otherClient.keyPem),
    "of another kind": withPair(client.certPem, rsaClient.keyPem),
    "of the second in the chain": withPair(otherClient.certPem + client.certPem, client.keyPem),
    "of the server": withPair(client.certPem, server.keyPem),
  }),
  token: [
    ...users("token: 12345", `token: [${TOKEN}]`, `token: { a: ${TOKEN} }`, "token: true"),
    ...users(`token: "${TOKEN}\\r\\nX-Remote-User: root"`, `token: "${TOKEN}\\n"`),
    ...users(`token: "${TOKEN} b"`, `token: "${TOKEN}ä"`, `token: "\\0${TOKEN}"`, "token: 1e3"),
  ],
  "tls-server-name": clusters(
    "tls-server-name: a b",
    'tls-server-name: "a\\0.example.com"',
    "tls-server-name: https://api.example.com",
    "tls-server-name: [a]",
    `tls-server-name: ${"a".repeat(254)}`,
    "tls-server-name: '*.example.com'",
    "tls-server-name: 1",
  ),
};
