import { seededRandom, systemClock } from "@kvop/core";
import { describe, expect, it } from "vitest";

import { createCertificateAuthority } from "../authentication/certificate-authority.js";
import { warningsOfKeyPair } from "./warn-key-pair.js";

const authority = createCertificateAuthority({ clock: systemClock, random: seededRandom(1) });
const [one, other] = [
  authority.issueServer({ hosts: ["a"] }),
  authority.issueServer({ hosts: ["b"] }),
];
const block = (type: string, content = "AAAA"): string =>
  `-----BEGIN ${type}-----\n${content}\n-----END ${type}-----\n`;

describe("warningsOfKeyPair", () => {
  it.each([
    ["a pair", one.certPem, one.keyPem, undefined],
    ["a chain", one.certPem + authority.caPem, one.keyPem, undefined],
    ["text", "b", "c", "tls: failed to find any PEM data in certificate input"],
    ["a key that is text", one.certPem, "c", "tls: failed to find any PEM data in key input"],
    [
      "both the wrong way round",
      one.keyPem,
      one.certPem,
      "tls: failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched",
    ],
    [
      "two certificates",
      one.certPem,
      one.certPem,
      "tls: found a certificate rather than a key in the PEM for the private key",
    ],
    [
      "another kind of block for the certificate",
      block("PUBLIC KEY"),
      one.keyPem,
      'tls: failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: [PUBLIC KEY]',
    ],
    [
      "another kind of block for the key",
      one.certPem,
      block("PUBLIC KEY"),
      'tls: failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: [PUBLIC KEY]',
    ],
    ["a broken certificate", block("CERTIFICATE"), one.keyPem, "x509: malformed certificate"],
    ["a broken key", one.certPem, block("PRIVATE KEY"), "tls: failed to parse private key"],
    ["the key of another", one.certPem, other.keyPem, "tls: private key does not match public key"],
  ])("of %s", (_name, certificate, key, warning) => {
    expect(warningsOfKeyPair(certificate, key)).toEqual(warning === undefined ? [] : [warning]);
  });
});
