import { createPrivateKey, X509Certificate } from "node:crypto";

import { KubeconfigInvalidError } from "@kvop/core";

const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;

/**
 * The text behind a field ending in `-data`.
 *
 * @throws KubeconfigInvalidError
 */
export function decodeBase64(field: string, data: string): string {
  const compact = data.replace(/[\r\n\t ]/g, "");
  if (!BASE64.test(compact) || compact.length % 4 !== 0) throw invalid(`${field} is not base64`);
  return Buffer.from(compact, "base64").toString("utf8");
}

/**
 * Checks that a text holds certificates and nothing that OpenSSL would refuse later.
 *
 * @throws KubeconfigInvalidError
 */
export function checkCertificates(field: string, pem: string): void {
  const blocks = pem.match(CERTIFICATE) ?? [];
  if (blocks.length === 0) throw invalid(`${field} holds no PEM certificate`);
  for (const block of blocks) parseCertificate(field, block);
}

/**
 * Checks that a key is a plain private key and belongs to the certificate.
 *
 * @throws KubeconfigInvalidError
 */
export function checkKeyPair(certificatePem: string, keyPem: string): void {
  checkCertificates("client-certificate-data", certificatePem);
  const [first = ""] = certificatePem.match(CERTIFICATE) ?? [];
  if (!keyPem.includes("PRIVATE KEY-----"))
    throw invalid("client-key-data holds no PEM private key");
  let matches: boolean;
  try {
    matches = parseCertificate("client-certificate-data", first).checkPrivateKey(
      createPrivateKey(keyPem),
    );
  } catch {
    // OpenSSL's error is of no use to the reader, and the key must not come near a message.
    throw invalid("client-key-data holds no private key that can be read, or one with a password");
  }
  if (!matches) throw invalid("client-key-data does not belong to client-certificate-data");
}

function parseCertificate(field: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw invalid(`${field} holds a certificate that cannot be read`);
  }
}

function invalid(problem: string): KubeconfigInvalidError {
  return new KubeconfigInvalidError({ problem });
}
