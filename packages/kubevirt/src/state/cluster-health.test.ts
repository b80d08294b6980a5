import {
  ApiError,
  ClusterIdentityChangedError,
  ConnectionFailedError,
  DeadlineExceededError,
  InvalidNameError,
  KubeconfigInvalidError,
  KubeconfigRefusedError,
  SecretKeyMissingError,
  SecretNamespaceForbiddenError,
  SecretNotFoundError,
  systemClock,
  TlsFailedError,
} from "@kvop/core";
import { expect, it } from "vitest";

import { ClusterHealth } from "./cluster-health.js";
import type { ClusterState } from "./cluster-state.js";

it("tells when a fact that was known is another one, and keeps the moment of the last change", () => {
  const told: ClusterState[] = [];
  const health = new ClusterHealth({
    configName: "east",
    clock: systemClock,
    onChange: (state) => told.push(state),
  });
  health.setFacts({ configUid: "uid-1" });
  health.succeeded();
  expect(told.map(({ type, configUid }) => [type, configUid])).toEqual([["ready", "uid-1"]]);
  health.setFacts({ configUid: "uid-1", clusterUid: "cluster-1" });
  expect(told).toHaveLength(1);
  health.setFacts({ configUid: "uid-2" });
  expect(told[1]).toEqual(health.state);
  expect(told[1]).toMatchObject({ type: "ready", configUid: "uid-2", clusterUid: "cluster-1" });
  expect(told[1]?.changedAtMs).toBe(told[0]?.changedAtMs);
});

const cluster = "east";
const answer = (httpStatus: number): Error => new ApiError({}, { httpStatus });
const secret = { configName: "east", secretNamespace: "kubevirt-configs", secretName: "east" };
/** What somebody has to change, and what may end by itself. */
const failures: ReadonlyArray<readonly [type: string, reason: string, error: Error]> = [
  ["refused", "Unauthorized", answer(401)],
  ["refused", "Forbidden", answer(403)],
  [
    "refused",
    "TlsFailed",
    new TlsFailedError({ cluster, address: "a:1", tlsCode: "CERT_HAS_EXPIRED" }),
  ],
  [
    "refused",
    "ClusterIdentityChanged",
    new ClusterIdentityChangedError({ configName: "east", expectedUid: "1", actualUid: "2" }),
  ],
  ["refused", "KubeconfigInvalid", new KubeconfigInvalidError({ problem: "p" })],
  ["refused", "KubeconfigRefused", new KubeconfigRefusedError({ rule: "exec", reason: "r" })],
  ["refused", "SecretNotFound", new SecretNotFoundError(secret)],
  ["refused", "SecretKeyMissing", new SecretKeyMissingError({ ...secret, key: "kubeconfig" })],
  [
    "refused",
    "SecretNamespaceForbidden",
    new SecretNamespaceForbiddenError({ ...secret, allowedNamespaces: [] }),
  ],
  ["refused", "InvalidName", new InvalidNameError({ subject: "Secret", invalidName: "A" })],
  ["unreachable", "ConnectionFailed", new ConnectionFailedError({ cluster, address: "a:1" })],
  [
    "unreachable",
    "DeadlineExceeded",
    new DeadlineExceededError({ cluster, timeoutMs: 1, phase: "headers" }),
  ],
  ["unreachable", "InternalError", answer(500)],
  ["unreachable", "ServiceUnavailable", answer(503)],
  ["unreachable", "TooManyRequests", answer(429)],
];

it.each(failures)("is %s, by %s, for a failure of that kind", (type, reason, error) => {
  const health = new ClusterHealth({
    configName: "east",
    clock: systemClock,
    onChange: () => undefined,
  });
  health.failed(error);
  expect(health.state).toMatchObject({ type, reason, error });
});
