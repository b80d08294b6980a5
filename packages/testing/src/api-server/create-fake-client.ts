import type { ClientRole, Clock, ClusterClient, KubernetesObject, OwnedClient } from "@kvop/core";
import {
  kubevirtCustomResourceDefinitions,
  vitistackCustomResourceDefinitions,
} from "../crds/custom-resource-definitions.js";
import { copyJson, type JsonObject } from "../schema/json.js";
import { type ApiServer, createApiServer } from "./api-server.js";

/** Settings of {@link createFakeClient}. */
export interface FakeClientOptions<Role extends ClientRole> {
  /** Objects that are there from the start, with their status; their namespaces are made. */
  readonly objects?: readonly KubernetesObject[] | undefined;
  /** CustomResourceDefinitions to serve. Default: vitistack's, KubeVirt's, CDI's and Multus'. */
  readonly crds?: readonly object[] | undefined;
  /** Default: `cluster`. */
  readonly role?: Role | undefined;
  readonly name?: string | undefined;
  readonly clock?: Clock | undefined;
}

/** A client of an API server of its own in this process. For several clients of one server use `createApiServer`. */
export function createFakeClient<Role extends ClientRole = "cluster">(
  options: FakeClientOptions<Role> = {},
): OwnedClient<ClusterClient<Role>> & { readonly server: ApiServer } {
  const server = createApiServer({
    clock: options.clock,
    crds: options.crds ?? [
      ...vitistackCustomResourceDefinitions(),
      ...kubevirtCustomResourceDefinitions(),
    ],
    name: options.name,
  });
  for (const object of options.objects ?? [])
    server.load(copyJson(object as unknown as JsonObject));
  return Object.assign(server.client({ role: options.role, name: options.name }), { server });
}
