import type { ApiResponse } from "./api-request.js";

/** What the real server answers where it serves nothing at all. */
export const NOT_FOUND: ApiResponse = { type: "text", status: 404, body: "404 page not found\n" };
