import { createHash, generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { isIP, isIPv4 } from "node:net";
import { domainToASCII } from "node:url";

import { formatTime, type Clock, type Random } from "@kvop/core";

import {
  derBitString,
  derBoolean,
  derChildren,
  derContext,
  derInteger,
  derObjectIdentifier,
  derOctetString,
  derSequence,
  derSet,
  derTime,
  derUtf8String,
} from "./der.js";

/**
 * TLS peers judge a certificate by their own time, while the clock that is handed in may be a virtual one.
 * Ten years to either side cover every virtual start that a test is likely to choose.
 */
const DEFAULT_VALIDITY_MS = 10 * 365.25 * 24 * 60 * 60 * 1000;

const OID = {
  commonName: "2.5.4.3",
  organization: "2.5.4.10",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuth: "1.3.6.1.5.5.7.3.1",
  clientAuth: "1.3.6.1.5.5.7.3.2",
  ecdsaWithSha256: "1.2.840.10045.4.3.2",
} as const;

/** Bit numbers of KeyUsage, RFC 5280 4.2.1.3. */
const KEY_USAGE = { digitalSignature: 0, keyEncipherment: 2, keyCertSign: 5, crlSign: 6 } as const;

export interface IssueOptions {
  /** Start of validity, milliseconds since 1970. Default: ten years before the clock's now. */
  readonly notBefore?: number | undefined;
  /** End of validity, milliseconds since 1970. Default: ten years after the clock's now. */
  readonly notAfter?: number | undefined;
  /** Kind of the key pair. `rsa` (2048 bits) takes some 100 ms to make. Default: `ecdsa` (P-256). */
  readonly keyAlgorithm?: "ecdsa" | "rsa" | undefined;
}

export interface IssueServerOptions extends IssueOptions {
  /** DNS names and IP addresses of the server, such as `localhost`, `127.0.0.1`, `::1`. At least one. */
  readonly hosts: readonly string[];
}

export interface IssueClientOptions extends IssueOptions {
  /** The subject's common name: the user that a Kubernetes API server sees. */
  readonly user: string;
  /** The subject's organizations: the user's groups. Default: none. */
  readonly groups?: readonly string[] | undefined;
}

/** A certificate with its private key, both PEM (PKCS #8). */
export interface IssuedCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

/** Issues the certificates of a test. Its key is in memory alone. */
export interface CertificateAuthority {
  /** The authority's own certificate, for `certificate-authority-data` or `ca`. */
  readonly caPem: string;
  issueServer(options: IssueServerOptions): IssuedCertificate;
  issueClient(options: IssueClientOptions): IssuedCertificate;
}

export interface CertificateAuthorityOptions {
  readonly clock: Clock;
  readonly random: Random;
  /** Default: `kvop-testing-ca`. */
  readonly commonName?: string | undefined;
}

/**
 * Makes a certificate authority (ECDSA P-256, X.509 v3 as RFC 5280 has it). Takes about a millisecond.
 *
 * For tests: there is no revocation, no intermediate and no key on disk.
 */
export function createCertificateAuthority(
  options: CertificateAuthorityOptions,
): CertificateAuthority {
  const { clock, random } = options;
  const issuerName = distinguishedName([[OID.commonName, options.commonName ?? "kvop-testing-ca"]]);
  const authority = makeKeyPair("ecdsa");

  const issue = (request: CertificateRequest): string =>
    signCertificate({
      request,
      issuerName,
      authority,
      serial: serialNumber(random),
      notBefore: request.validity.notBefore ?? clock.now() - DEFAULT_VALIDITY_MS,
      notAfter: request.validity.notAfter ?? clock.now() + DEFAULT_VALIDITY_MS,
    });

  const issueLeaf = (
    validity: IssueOptions,
    subject: Uint8Array,
    purpose: string,
    extensions: readonly Uint8Array[],
  ): IssuedCertificate => {
    const keyPair = makeKeyPair(validity.keyAlgorithm ?? "ecdsa");
    const usages: number[] = [KEY_USAGE.digitalSignature];
    if (validity.keyAlgorithm === "rsa") usages.push(KEY_USAGE.keyEncipherment);
    const certPem = issue({
      subject,
      keyPair,
      validity,
      extensions: [
        extension(OID.basicConstraints, derSequence(), { critical: true }),
        extension(OID.keyUsage, keyUsage(usages), { critical: true }),
        extension(OID.extendedKeyUsage, derSequence(derObjectIdentifier(purpose))),
        ...extensions,
      ],
    });
    return {
      certPem,
      keyPem: keyPair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    };
  };

  return {
    caPem: issue({
      subject: issuerName,
      keyPair: authority,
      validity: {},
      extensions: [
        extension(OID.basicConstraints, derSequence(derBoolean(true)), { critical: true }),
        extension(
          OID.keyUsage,
          keyUsage([KEY_USAGE.digitalSignature, KEY_USAGE.keyCertSign, KEY_USAGE.crlSign]),
          {
            critical: true,
          },
        ),
      ],
    }),
    issueServer: (request) => {
      const [firstHost] = request.hosts;
      if (firstHost === undefined)
        throw new RangeError("A server certificate needs at least one host: set `hosts`.");
      return issueLeaf(request, distinguishedName([[OID.commonName, firstHost]]), OID.serverAuth, [
        extension(OID.subjectAlternativeName, derSequence(...request.hosts.map(generalName))),
      ]);
    },
    issueClient: (request) => {
      const groups = (request.groups ?? []).map((group): [string, string] => [
        OID.organization,
        group,
      ]);
      return issueLeaf(
        request,
        distinguishedName([...groups, [OID.commonName, request.user]]),
        OID.clientAuth,
        [],
      );
    },
  };
}

interface KeyPair {
  readonly privateKey: KeyObject;
  /** SubjectPublicKeyInfo. */
  readonly publicKeyDer: Uint8Array;
  /** SHA-1 of the public key bits: method 1 of RFC 5280 4.2.1.2. A name, not a protection. */
  readonly keyIdentifier: Uint8Array;
}

interface CertificateRequest {
  readonly subject: Uint8Array;
  readonly keyPair: KeyPair;
  readonly validity: IssueOptions;
  readonly extensions: readonly Uint8Array[];
}

function makeKeyPair(algorithm: "ecdsa" | "rsa"): KeyPair {
  const { publicKey, privateKey } =
    algorithm === "rsa"
      ? generateKeyPairSync("rsa", { modulusLength: 2048 })
      : generateKeyPairSync("ec", { namedCurve: "prime256v1" });
  const publicKeyDer = publicKey.export({ type: "spki", format: "der" });
  const [, bitString = Buffer.alloc(0)] = derChildren(publicKeyDer);
  // A BIT STRING's value starts with the count of unused bits, which is not part of the key.
  const bits = bitString.subarray(
    bitString.length < 0x80 + 2 ? 3 : 3 + ((bitString[1] ?? 0) & 0x7f),
  );
  return { privateKey, publicKeyDer, keyIdentifier: createHash("sha1").update(bits).digest() };
}

function signCertificate(input: {
  readonly request: CertificateRequest;
  readonly issuerName: Uint8Array;
  readonly authority: KeyPair;
  readonly serial: Uint8Array;
  readonly notBefore: number;
  readonly notAfter: number;
}): string {
  const { request, authority } = input;
  const algorithm = derSequence(derObjectIdentifier(OID.ecdsaWithSha256));
  const version3 = derContext(0, derInteger(Buffer.from([2])), true);
  const extensions = [
    ...request.extensions,
    extension(OID.subjectKeyIdentifier, derOctetString(request.keyPair.keyIdentifier)),
    extension(
      OID.authorityKeyIdentifier,
      derSequence(derContext(0, authority.keyIdentifier, false)),
    ),
  ];
  const toBeSigned = derSequence(
    version3,
    derInteger(input.serial),
    algorithm,
    input.issuerName,
    derSequence(derTime(formatTime(input.notBefore)), derTime(formatTime(input.notAfter))),
    request.subject,
    request.keyPair.publicKeyDer,
    derContext(3, derSequence(...extensions), true),
  );
  const signature = sign("sha256", toBeSigned, authority.privateKey);
  return toPem(derSequence(toBeSigned, algorithm, derBitString(signature)));
}

/** RFC 5280 4.1.2.2: positive, at most 20 bytes. */
function serialNumber(random: Random): Uint8Array {
  const bytes = random.bytes(16);
  bytes[0] = ((bytes[0] ?? 0) & 0x7f) | 0x40;
  return bytes;
}

function distinguishedName(attributes: readonly (readonly [oid: string, value: string])[]): Buffer {
  return derSequence(
    ...attributes.map(([oid, value]) =>
      derSet(derSequence(derObjectIdentifier(oid), derUtf8String(value))),
    ),
  );
}

function extension(
  oid: string,
  value: Uint8Array,
  options: { readonly critical?: boolean } = {},
): Buffer {
  const critical = options.critical === true ? [derBoolean(true)] : [];
  return derSequence(derObjectIdentifier(oid), ...critical, derOctetString(value));
}

function keyUsage(bitNumbers: readonly number[]): Buffer {
  let byte = 0;
  for (const bit of bitNumbers) byte |= 0x80 >> bit;
  return derBitString(Buffer.from([byte]), 7 - Math.max(...bitNumbers));
}

/** SubjectAltName entry: dNSName [2] or iPAddress [7]. */
function generalName(host: string): Buffer {
  if (isIP(host) === 0) {
    // The SAN is an IA5String; a leading wildcard label is kept as it is.
    return derContext(2, Buffer.from(domainToASCII(host) || host, "latin1"), false);
  }
  return derContext(7, isIPv4(host) ? ipv4Bytes(host) : ipv6Bytes(host), false);
}

function ipv4Bytes(address: string): Buffer {
  return Buffer.from(address.split(".").map(Number));
}

function ipv6Bytes(address: string): Buffer {
  // The URL parser writes every spelling of an address, dotted endings included, as hexadecimal groups.
  const text = new URL(`http://[${address.split("%")[0] ?? ""}]/`).hostname.slice(1, -1);
  const [head = "", tail] = text.split("::");
  const before = ipv6Groups(head);
  const after = ipv6Groups(tail ?? "");
  const zeros = Array.from({ length: 8 - before.length - after.length }, () => 0);
  return Buffer.from(
    [...before, ...zeros, ...after].flatMap((group) => [group >> 8, group & 0xff]),
  );
}

function ipv6Groups(part: string): number[] {
  return part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
}

function toPem(der: Uint8Array): string {
  const lines =
    Buffer.from(der)
      .toString("base64")
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
}
