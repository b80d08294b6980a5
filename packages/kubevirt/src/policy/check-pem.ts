import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { createRequire } from "node:module";

import { certificateValidity, type Validity } from "./certificate-validity.js";
import { invalid } from "./kubeconfig-failure.js";
import { type PemBlock, pemBlocks } from "./pem-blocks.js";
import { RecentlyUsed } from "./recently-used.js";

type Tls = typeof import("node:tls");

/** Kinds of keys that TLS authenticates with; others (X25519, DH, DSA) make a handshake fail much later. */
const KEY_TYPES: ReadonlySet<string> = new Set(["rsa", "rsa-pss", "ec", "ed25519", "ed448"]);

/** A CA bundle that was taken apart. */
interface Authorities {
  readonly text: string;
  readonly validities: readonly (Validity | undefined)[];
}

/** Many clusters share a bundle, and each rotation of a token brings the same one again: OpenSSL takes its time over it. */
const readBundles = new RecentlyUsed<Authorities>(64);

/**
 * The certificates of a CA bundle and nothing else of its text. Of several, one has to be valid now: bundles keep old ones.
 *
 * @param nowMs Milliseconds since 1970.
 * @throws KubeconfigInvalidError (rules `certificate`, `certificate-expired`, `certificate-not-yet-valid`)
 */
export function readAuthorities(field: string, pem: string, nowMs: number): string {
  const { text, validities } = readBundles.get(pem, () => {
    const certificates = readCertificates(field, pem);
    const validities = certificates.map(({ certificate }) => certificateValidity(certificate));
    return { text: textOf(certificates), validities };
  });
  const states = validities.map((validity) => stateOf(validity, nowMs));
  if (!states.includes("valid")) checkState(field, states[0] ?? "valid");
  return text;
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
  checkState(field, stateOf(certificateValidity(leaf.certificate), nowMs));
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

type ValidityState = "valid" | "expired" | "not-yet-valid" | "unknown";

function stateOf(validity: Validity | undefined, nowMs: number): ValidityState {
  if (validity === undefined) return "unknown";
  if (nowMs > validity.toMs) return "expired";
  return nowMs < validity.fromMs ? "not-yet-valid" : "valid";
}

function checkState(field: string, state: ValidityState): void {
  if (state === "expired")
    throw invalid("certificate-expired", `the certificate in ${field} is no longer valid`);
  if (state === "not-yet-valid")
    throw invalid("certificate-not-yet-valid", `the certificate in ${field} is not valid yet`);
  if (state === "unknown")
    throw invalid("certificate", `the certificate in ${field} has times that cannot be read`);
}

function textOf(certificates: readonly ReadCertificate[]): string {
  return certificates.map(({ block }) => block.text).join("");
}
