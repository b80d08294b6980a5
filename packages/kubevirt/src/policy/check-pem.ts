import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";

import { certificateValidity } from "./certificate-validity.js";
import { invalid } from "./kubeconfig-failure.js";
import { type PemBlock, pemBlocks } from "./pem-blocks.js";

type Tls = typeof import("node:tls");

/** Kinds of keys that TLS authenticates with; others (X25519, DH, DSA) make a handshake fail much later. */
const KEY_TYPES: ReadonlySet<string> = new Set(["rsa", "rsa-pss", "ec", "ed25519", "ed448"]);

/**
 * The certificates of a CA bundle and nothing else of its text. Of several, one has to be valid now: bundles keep old ones.
 *
 * @param nowMs Milliseconds since 1970.
 * @throws KubeconfigInvalidError (rules `certificate`, `certificate-expired`, `certificate-not-yet-valid`)
 */
export function readAuthorities(field: string, pem: string, nowMs: number): string {
  const certificates = readCertificates(field, pem);
  const states = certificates.map(({ certificate }) => validityOf(certificate, nowMs));
  if (!states.includes("valid")) checkValidity(field, states[0] ?? "valid");
  return textOf(certificates);
}

/** A client certificate with its chain, and its key. */
export interface KeyPair {
  readonly clientCertificatePem: string;
  readonly clientKeyPem: string;
}

/**
 * A client certificate and its key, and nothing else of their texts: the key is a plain private key, belongs to the first
 * certificate, which is valid now, and OpenSSL takes both.
 *
 * @param nowMs Milliseconds since 1970.
 * @throws KubeconfigInvalidError (rules `certificate`, `certificate-expired`, `certificate-not-yet-valid`, `key-type`,
 *   `key-mismatch`)
 */
export function readKeyPair(certificatePem: string, keyPem: string, nowMs: number): KeyPair {
  const field = "client-certificate-data";
  const certificates = readCertificates(field, certificatePem);
  const [leaf] = certificates;
  const { key, block } = readKey(keyPem);
  // The order matters to the reader: the wrong key is the likelier mistake than an old pair.
  if (leaf?.certificate.checkPrivateKey(key) !== true)
    throw invalid("key-mismatch", "client-key-data does not belong to client-certificate-data");
  checkValidity(field, validityOf(leaf.certificate, nowMs));
  const pair = { clientCertificatePem: textOf(certificates), clientKeyPem: block.text };
  // Loaded where it is needed, as importing the package has to stay cheap; synchronous, as the parse is.
  const { createSecureContext } = createRequire(import.meta.url)("node:tls") as Tls;
  try {
    createSecureContext({ cert: pair.clientCertificatePem, key: pair.clientKeyPem });
  } catch {
    throw invalid("key-type", "the client certificate or its key is too weak for TLS");
  }
  return pair;
}

interface ReadCertificate {
  readonly certificate: X509Certificate;
  readonly block: PemBlock;
}

function readCertificates(field: string, pem: string): ReadCertificate[] {
  const blocks = pemBlocks(pem).filter(({ label }) => label === "CERTIFICATE");
  if (blocks.length === 0) throw invalid("certificate", `${field} holds no PEM certificate`);
  return blocks.map((block) => {
    try {
      return { certificate: new X509Certificate(block.text), block };
    } catch {
      throw invalid("certificate", `${field} holds a certificate that cannot be read`);
    }
  });
}

function readKey(pem: string): { key: KeyObject; block: PemBlock } {
  const blocks = pemBlocks(pem).filter(({ label }) => label.endsWith("PRIVATE KEY"));
  const [block] = blocks;
  if (block === undefined) throw invalid("key-type", "client-key-data holds no PEM private key");
  if (blocks.length > 1)
    throw invalid("key-type", "client-key-data holds more than one private key");
  const key = parseKey(block.text);
  if (!KEY_TYPES.has(key.asymmetricKeyType ?? ""))
    throw invalid("key-type", "client-key-data holds a key of a kind that TLS does not use");
  return { key, block };
}

function parseKey(text: string): KeyObject {
  try {
    return createPrivateKey(text);
  } catch {
    // OpenSSL's error is of no use to the reader, and the key must not come near a message.
    throw invalid(
      "key-type",
      "client-key-data holds no private key that can be read, or one with a password",
    );
  }
}

type Validity = "valid" | "expired" | "not-yet-valid" | "unknown";

function validityOf(certificate: X509Certificate, nowMs: number): Validity {
  const validity = certificateValidity(certificate);
  if (validity === undefined) return "unknown";
  if (nowMs > validity.toMs) return "expired";
  return nowMs < validity.fromMs ? "not-yet-valid" : "valid";
}

function checkValidity(field: string, validity: Validity): void {
  if (validity === "expired")
    throw invalid("certificate-expired", `the certificate in ${field} is no longer valid`);
  if (validity === "not-yet-valid")
    throw invalid("certificate-not-yet-valid", `the certificate in ${field} is not valid yet`);
  if (validity === "unknown")
    throw invalid("certificate", `the certificate in ${field} has times that cannot be read`);
}

function textOf(certificates: readonly ReadCertificate[]): string {
  return certificates.map(({ block }) => block.text).join("");
}
