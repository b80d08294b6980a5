import type { ObjectStore } from "../store/object-store.js";
import type { ApiRequest, ApiResponse } from "./api-request.js";

/**
 * Stands between the doors and the API: every request of both passes through. It may look at the request, answer in the
 * API's place, change what is asked or what comes back, or wait.
 *
 * @param next Answers the request; with `store`, from the objects of that store.
 */
export type Interceptor = (
  request: ApiRequest,
  next: (
    request: ApiRequest,
    options?: { readonly store?: ObjectStore | undefined },
  ) => Promise<ApiResponse>,
) => Promise<ApiResponse>;
