import { join } from "node:path";

/** etcd on loopback, without the disk's guarantees: its data ends with the test. */
export function etcdArguments(folder: string, port: number, peerPort: number): readonly string[] {
  const clientUrl = `http://127.0.0.1:${port}`;
  const peerUrl = `http://127.0.0.1:${peerPort}`;
  return [
    `--data-dir=${join(folder, "etcd")}`,
    `--listen-client-urls=${clientUrl}`,
    `--advertise-client-urls=${clientUrl}`,
    `--listen-peer-urls=${peerUrl}`,
    `--initial-advertise-peer-urls=${peerUrl}`,
    `--initial-cluster=default=${peerUrl}`,
    "--unsafe-no-fsync",
    "--log-level=warn",
  ];
}

export function apiServerArguments(
  folder: string,
  etcdPort: number,
  port: number,
  auditLogPath: string | undefined,
): readonly string[] {
  const file = (name: string): string => join(folder, name);
  const audit =
    auditLogPath === undefined
      ? []
      : [`--audit-policy-file=${file("audit-policy.json")}`, `--audit-log-path=${auditLogPath}`];
  return [
    `--etcd-servers=http://127.0.0.1:${etcdPort}`,
    "--bind-address=127.0.0.1",
    `--secure-port=${port}`,
    `--cert-dir=${file("certs")}`,
    `--tls-cert-file=${file("serving.crt")}`,
    `--tls-private-key-file=${file("serving.key")}`,
    `--client-ca-file=${file("ca.crt")}`,
    `--token-auth-file=${file("tokens.csv")}`,
    "--authorization-mode=RBAC",
    "--disable-admission-plugins=ServiceAccount",
    "--allow-privileged=true",
    "--service-cluster-ip-range=10.0.0.0/24",
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${file("service-account.key")}`,
    `--service-account-signing-key-file=${file("service-account.key")}`,
    ...audit,
  ];
}

export function controllerManagerArguments(kubeconfigPath: string): readonly string[] {
  return [
    `--kubeconfig=${kubeconfigPath}`,
    "--controllers=namespace-controller,garbage-collector-controller",
    "--leader-elect=false",
    "--secure-port=0",
    "--use-service-account-credentials=false",
  ];
}
