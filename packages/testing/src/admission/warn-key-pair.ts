import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";

interface PemBlock {
  readonly type: string;
  readonly text: string;
}

const BLOCK = /-----BEGIN ([^-\n]+)-----[\s\S]*?-----END \1-----/g;

/** What the real server warns of when a certificate and its key, both PEM, are no pair. */
export function warningsOfKeyPair(certificate: string, key: string): readonly string[] {
  const certificateBlocks = blocksOf(certificate);
  const found = certificateBlocks.find(({ type }) => type === "CERTIFICATE");
  if (found === undefined) return [`tls: ${missingCertificate(certificateBlocks)}`];
  const keyBlocks = blocksOf(key);
  const foundKey = keyBlocks.find(({ type }) => type.endsWith("PRIVATE KEY"));
  if (foundKey === undefined) return [`tls: ${missingKey(keyBlocks)}`];
  const parsed = attempt(() => new X509Certificate(found.text));
  if (parsed === undefined) return ["x509: malformed certificate"];
  const privateKey = attempt((): KeyObject => createPrivateKey(foundKey.text));
  if (privateKey === undefined) return ["tls: failed to parse private key"];
  return parsed.checkPrivateKey(privateKey) ? [] : ["tls: private key does not match public key"];
}

function missingCertificate(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return "failed to find any PEM data in certificate input";
  const [{ type } = { type: "" }] = blocks;
  return blocks.length === 1 && type.endsWith("PRIVATE KEY")
    ? "failed to find certificate PEM data in certificate input, but did find a private key; PEM inputs may have been switched"
    : `failed to find "CERTIFICATE" PEM block in certificate input after skipping PEM blocks of the following types: ${typesOf(blocks)}`;
}

function missingKey(blocks: readonly PemBlock[]): string {
  if (blocks.length === 0) return "failed to find any PEM data in key input";
  return blocks.length === 1 && blocks[0]?.type === "CERTIFICATE"
    ? "found a certificate rather than a key in the PEM for the private key"
    : `failed to find PEM block with type ending in "PRIVATE KEY" in key input after skipping PEM blocks of the following types: ${typesOf(blocks)}`;
}

function typesOf(blocks: readonly PemBlock[]): string {
  return `[${blocks.map(({ type }) => type).join(" ")}]`;
}

function blocksOf(text: string): readonly PemBlock[] {
  return [...text.matchAll(BLOCK)].map(([block, type = ""]) => ({ type, text: block }));
}

function attempt<T>(parse: () => T): T | undefined {
  try {
    return parse();
  } catch {
    // Whatever is wrong with it: it is no such thing.
    return undefined;
  }
}
