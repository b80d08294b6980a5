import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import {
  connect,
  createServer,
  type ConnectionOptions,
  type PeerCertificate,
  type TLSSocket,
} from "node:tls";
import type { AddressInfo } from "node:net";

import { seededRandom, systemClock } from "@kvop/core";
import { describe, expect, it } from "vitest";

import { createCertificateAuthority, type IssuedCertificate } from "./certificate-authority.js";

const DAY_MS = 24 * 60 * 60 * 1000;
const HOSTS = ["localhost", "127.0.0.1", "::1"];

function makeAuthority(seed = 1) {
  return createCertificateAuthority({ clock: systemClock, random: seededRandom(seed) });
}

/** Connects once; gives the client's certificate as the server saw it, or the client's error code. */
async function handshake(
  server: IssuedCertificate,
  options: {
    readonly trusted: string;
    readonly clientCa?: string;
    readonly client?: IssuedCertificate;
    readonly name?: string;
  },
): Promise<{
  readonly peer?: PeerCertificate;
  readonly authorized?: boolean;
  readonly error?: string;
}> {
  const listener = createServer({
    cert: server.certPem,
    key: server.keyPem,
    ...(options.clientCa === undefined
      ? {}
      : { ca: options.clientCa, requestCert: true, rejectUnauthorized: false }),
  });
  const accepted = new Promise<TLSSocket>((resolve) => listener.on("secureConnection", resolve));
  listener.on("tlsClientError", () => {});
  listener.listen(0, "127.0.0.1");
  await once(listener, "listening");
  const connection: ConnectionOptions = {
    port: (listener.address() as AddressInfo).port,
    host: "127.0.0.1",
    ca: options.trusted,
    ...(options.name === undefined ? {} : { servername: options.name }),
    ...(options.client === undefined
      ? {}
      : { cert: options.client.certPem, key: options.client.keyPem }),
  };
  const socket = connect(connection);
  try {
    await once(socket, "secureConnect");
    const peer = await accepted;
    return { peer: peer.getPeerCertificate(), authorized: peer.authorized };
  } catch (error) {
    return { error: (error as NodeJS.ErrnoException).code ?? String(error) };
  } finally {
    socket.destroy();
    listener.close();
  }
}

describe("createCertificateAuthority", () => {
  it("is a self-signed authority", () => {
    const certificate = new X509Certificate(makeAuthority().caPem);
    expect(certificate.ca).toBe(true);
    expect(certificate.subject).toBe("CN=kvop-testing-ca");
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkIssued(certificate)).toBe(true);
  });

  it("issues a server certificate that TLS accepts for each of its hosts", async () => {
    const authority = makeAuthority();
    const server = authority.issueServer({ hosts: [...HOSTS, "*.example.test"] });
    const certificate = new X509Certificate(server.certPem);
    expect(certificate.subjectAltName).toBe(
      "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1, DNS:*.example.test",
    );
    expect(certificate.ca).toBe(false);
    expect(certificate.keyUsage).toEqual(["1.3.6.1.5.5.7.3.1"]);
    expect(certificate.checkIssued(new X509Certificate(authority.caPem))).toBe(true);
    expect(await handshake(server, { trusted: authority.caPem })).not.toHaveProperty("error");
    expect(
      await handshake(server, { trusted: authority.caPem, name: "localhost" }),
    ).not.toHaveProperty("error");
    expect(
      await handshake(server, { trusted: authority.caPem, name: "a.example.test" }),
    ).not.toHaveProperty("error");
  });

  it("writes IPv6 addresses in every spelling", () => {
    const { certPem } = makeAuthority().issueServer({
      hosts: ["2001:db8::ff00:42:8329", "::ffff:10.0.0.1"],
    });
    expect(new X509Certificate(certPem).subjectAltName).toBe(
      "IP Address:2001:DB8:0:0:0:FF00:42:8329, IP Address:0:0:0:0:0:FFFF:A00:1",
    );
  });

  it("issues an RSA certificate when asked", async () => {
    const authority = makeAuthority();
    const server = authority.issueServer({ hosts: HOSTS, keyAlgorithm: "rsa" });
    expect(new X509Certificate(server.certPem).publicKey.asymmetricKeyType).toBe("rsa");
    expect(await handshake(server, { trusted: authority.caPem })).not.toHaveProperty("error");
  });

  it("issues client certificates with the user as common name and the groups as organizations", async () => {
    const authority = makeAuthority();
    const server = authority.issueServer({ hosts: HOSTS });
    const client = authority.issueClient({
      user: "jürgen:dev",
      groups: ["system:masters", "devs"],
    });
    const seen = await handshake(server, {
      trusted: authority.caPem,
      clientCa: authority.caPem,
      client,
    });
    expect(seen.authorized).toBe(true);
    expect(seen.peer?.subject).toEqual({ O: ["system:masters", "devs"], CN: "jürgen:dev" });
  });

  it.each([
    ["expired", { notBefore: -2 * DAY_MS, notAfter: -DAY_MS }, "CERT_HAS_EXPIRED"],
    ["not yet valid", { notBefore: DAY_MS, notAfter: 2 * DAY_MS }, "CERT_NOT_YET_VALID"],
  ])("issues a certificate that is %s", async (_, { notBefore, notAfter }, code) => {
    const authority = makeAuthority();
    const now = systemClock.now();
    const server = authority.issueServer({
      hosts: HOSTS,
      notBefore: now + notBefore,
      notAfter: now + notAfter,
    });
    expect(await handshake(server, { trusted: authority.caPem })).toEqual({ error: code });
  });

  it("is refused for another name and by who trusts another authority", async () => {
    const authority = makeAuthority(1);
    const server = authority.issueServer({ hosts: ["elsewhere.test"] });
    expect(await handshake(server, { trusted: authority.caPem })).toEqual({
      error: "ERR_TLS_CERT_ALTNAME_INVALID",
    });
    const other = makeAuthority(2);
    expect((await handshake(server, { trusted: other.caPem })).error).toMatch(
      /UNABLE_TO_VERIFY|SIGNATURE_FAILURE/,
    );
  });

  it("writes years from 2050 on", () => {
    const notAfter = Date.UTC(2099, 11, 31, 23, 59, 59);
    const { certPem } = makeAuthority().issueServer({ hosts: HOSTS, notAfter });
    expect(new X509Certificate(certPem).validTo).toBe("Dec 31 23:59:59 2099 GMT");
  });

  it("never repeats a serial number", () => {
    const authority = makeAuthority();
    const serials = Array.from(
      { length: 50 },
      () => new X509Certificate(authority.issueServer({ hosts: HOSTS }).certPem).serialNumber,
    );
    expect(new Set(serials).size).toBe(50);
  });

  it("wants a host", () => {
    expect(() => makeAuthority().issueServer({ hosts: [] })).toThrow(/at least one host/);
  });
});
