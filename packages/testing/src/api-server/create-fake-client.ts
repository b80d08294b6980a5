import type { ClientRole, Clock, ClusterClient, KubernetesObject, OwnedClient } from "@kvop/core";
import {
  kubevirtCustomResourceDefinitions,
  vitistackCustomResourceDefinitions,
} from "../crds/custom-resource-definitions.js";
import { copyJson, type JsonObject } from "../schema/json.js";
import { type ApiServer, createApiServer } from "./api-server.js";

/** Settings of {@link createFakeClient}. */
export interface FakeClientOptions {
  /** Objects that are there from the start, with their status; their namespaces are made. */
  readonly objects?: readonly KubernetesObject[] | undefined;
  /** CustomResourceDefinitions to serve. Default: vitistack's, KubeVirt's, CDI's and Multus'. */
  readonly crds?: readonly object[] | undefined;
  readonly name?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** A client of an API server of its own. */
export type FakeClient<Role extends ClientRole = "cluster"> = OwnedClient<ClusterClient<Role>> & {
  readonly server: ApiServer;
};

/**
 * A client of an API server of its own in this process; its role is `cluster` where the options name none. For several
 * clients of one server use `createApiServer`.
 */
export function createFakeClient(
  options?: FakeClientOptions & { readonly role?: "cluster" | undefined },
): FakeClient;
export function createFakeClient<Role extends ClientRole>(
  options: FakeClientOptions & { readonly role: Role },
): FakeClient<Role>;
export function createFakeClient(
  options: FakeClientOptions & { readonly role?: ClientRole | undefined } = {},
): FakeClient<ClientRole> {
  const { role = "cluster", name, clock } = options;
  const server = createApiServer({
    clock,
    crds: options.crds ?? [
      ...vitistackCustomResourceDefinitions(),
      ...kubevirtCustomResourceDefinitions(),
    ],
    name,
  });
  for (const object of options.objects ?? [])
    server.load(copyJson(object as unknown as JsonObject));
  return Object.assign(server.client({ role, name }), { server });
}
