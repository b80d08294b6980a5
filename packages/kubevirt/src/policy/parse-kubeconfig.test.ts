import { systemClock } from "@kvop/core";
import { describe, expect, it } from "vitest";

import {
  caPem,
  client,
  TOKEN,
  validKubeconfig,
  withPair,
  withServer,
  withUser,
} from "../../test/kubeconfig-corpus.js";
import type { KubeconfigPolicy } from "./kubeconfig-policy.js";
import { parseKubeconfig } from "./parse-kubeconfig.js";

// What is refused is in test/kubeconfig-corpus.ts, rule by rule.

function verdictOn(text: string, policy: KubeconfigPolicy = {}): string {
  try {
    parseKubeconfig(text, policy);
    return "accepted";
  } catch (error) {
    return (error as { rule: string }).rule;
  }
}

describe("what is accepted", () => {
  it("gives a frozen, minimal connection", () => {
    const connection = parseKubeconfig(validKubeconfig);
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
    ["BOM", `\uFEFF${validKubeconfig}`],
    ["CRLF", validKubeconfig.replaceAll("\n", "\r\n")],
    ["CR alone", validKubeconfig.replaceAll("\n", "\r")],
    ["a document mark", `---\n${validKubeconfig}...\n`],
    ["a few aliases", `a: &a x\nb: [*a, *a]\n${validKubeconfig}`],
    [
      "base64 over several lines",
      validKubeconfig.replace(/(authority-data: )(.{64})(.*)/, '$1"$2\\r\\n$3"'),
    ],
    ["fields that say nothing", withUser(`token: ${TOKEN}`, "exec: null", "tokenFile: ''")],
    ["a check that is not skipped", withCluster("insecure-skip-tls-verify: false")],
    [
      "what belongs to other contexts",
      validKubeconfig.replace("users:", "users:\n  - name: x\n    user: { exec: {} }"),
    ],
    [
      "preferences and extensions",
      `${validKubeconfig}preferences: { colors: true }\nextensions: []\n`,
    ],
  ])("reads %s", (_kind, text) => {
    expect(parseKubeconfig(text).token).toBe(TOKEN);
  });

  it("reads JSON", () => {
    const text = JSON.stringify({
      clusters: [{ name: "a", cluster: { server: "https://api.example.com" } }],
      users: [{ name: "b", user: { token: TOKEN } }],
      contexts: [{ name: "c", context: { cluster: "a", user: "b" } }],
      "current-context": "c",
    });
    expect(parseKubeconfig(text)).toMatchObject({
      server: "https://api.example.com",
      token: TOKEN,
    });
  });

  it("takes a client certificate with its key, and nothing else of their texts", () => {
    const connection = parseKubeconfig(
      withPair(`subject=admin\n${client.certPem}${caPem}trailing`, `junk\n${client.keyPem}junk`),
    );
    expect(connection.clientKeyPem).toBe(client.keyPem);
    expect(connection.clientCertificatePem).toBe(client.certPem + caPem);
  });

  it.each(["api.internal", "10.0.0.1", "fd00::1"])("takes the TLS server name %s", (name) => {
    const text = withCluster(`tls-server-name: "${name}"`);
    expect(parseKubeconfig(text).tlsServerName).toBe(name);
  });

  it("brings the server to one form", () => {
    expect(parseKubeconfig(withServer("https://0x0a.1:443/a/../k8s/"))).toMatchObject({
      server: "https://10.0.0.1/k8s",
    });
  });

  it("takes http for loopback alone, and only where it is allowed", () => {
    const policy = { allowInsecureLoopback: true };
    expect(verdictOn(withServer("http://127.0.0.1:8080"), policy)).toBe("accepted");
    expect(verdictOn(withServer("http://localhost:8080"), policy)).toBe("accepted");
    expect(verdictOn(withServer("'http://[::1]:8080'"), policy)).toBe("accepted");
    expect(verdictOn(withServer("http://10.0.0.1:8080"), policy)).toBe("insecure-server");
    expect(verdictOn(withServer("http://localhost.example.com"), policy)).toBe("insecure-server");
  });
});

function withCluster(line: string): string {
  return validKubeconfig.replace("      server:", `      ${line}\n      server:`);
}

describe("time", () => {
  it("is that of the clock", () => {
    const at = (ms: number) => ({ clock: { ...systemClock, now: () => ms } });
    const year = 365 * 24 * 3600_000;
    const now = systemClock.now();
    const parse = (ms: number) => () =>
      parseKubeconfig(withPair(client.certPem, client.keyPem), {}, at(ms));
    expect(parse(now)).not.toThrow();
    expect(parse(now + 30 * year)).toThrow(/no longer valid/);
    expect(parse(now - 30 * year)).toThrow(/not valid yet/);
  });
});

describe("a list of hosts and networks", () => {
  it.each([
    [["*.example.com"], "https://api.example.com"],
    [["API.Example.com."], "https://api.example.com"],
    [["api.example.com"], "https://API.example.com.:6443"],
    [["10.0.0.0/8"], "https://10.1.2.3"],
    [["10.0.0.0/8"], "'https://[::ffff:10.1.2.3]'"],
    [["10.0.0.0/8"], "'https://[64:ff9b::a01:203]'"],
    [["fd00::/8"], "'https://[fd00::1]'"],
    [["169.254.1.1"], "https://169.254.1.1"],
    [["fe80::/10"], "'https://[fe80::1]'"],
    [["metadata.google.internal"], "https://metadata.google.internal"],
    // Where the name leads is told when it is looked up.
    [["10.0.0.0/8"], "https://api.example.com"],
  ])("%j allows %s", (allowedHosts, server) => {
    expect(verdictOn(withServer(server), { allowedHosts })).toBe("accepted");
  });

  it.each([
    "10.0.0.0/33",
    "10.0.0.0/",
    "10.0.0.0/8/8",
    "fd00::/129",
    "https://a.org",
    "",
    "a b",
    "*",
  ])("must not hold %j", (entry) => {
    expect(() => parseKubeconfig(validKubeconfig, { allowedHosts: [entry] })).toThrow(TypeError);
  });
});
