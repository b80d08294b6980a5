import type { ConformanceCase } from "../../case.js";
import { patch, post, quiet, testCase } from "../../requests.js";
import { tableAt, clusterApis } from "./shown.js";

/** Of the subject `CN=conformance`, whose key nobody has. */
const signingRequest =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIUE1IZ0NBUUF3RmpFVU1CSUdBMVVFQXd3TFkyOXVabTl5YldGdVkyVXdXVEFUQmdjcWhrak9QUUlCQmdncQpoa2pPUFFNQkJ3TkNBQVF4aDVzUHFCSnFFOG5ZNFB0czhrVWFCZ25tRHZQMDRKNlJTcWtmbXd2TnJZOWVQR05ECkNjWk9QQXNLL3NBR2xMdTJWM0FzYlFwU0VldWZtTURqUHUxR29BQXdDZ1lJS29aSXpqMEVBd0lEUndBd1JBSWcKWHQzVStDdDA5RHAwelllRVVxZ2I0WGRzVFBLcy9oVk9EKzYrT0pOOEpnY0NJQWxOVVRocjJxaEJ0SHhQeVpETQp1bEpRWjI0Umxpa3B2TzVNZE1FZHhwdm0KLS0tLS1FTkQgQ0VSVElGSUNBVEUgUkVRVUVTVC0tLS0tCg==";

export const signingCases: readonly ConformanceCase[] = [
  testCase(
    "signing requests",
    quiet(
      post(
        clusterApis("certificates.k8s.io", "certificatesigningrequests"),
        {
          metadata: { name: "{id}" },
          spec: {
            request: signingRequest,
            signerName: "example.com/s",
            usages: ["client auth"],
            expirationSeconds: 3600,
          },
        },
        { as: { user: "jane", groups: ["system:masters"] } },
      ),
    ),
    tableAt(`${clusterApis("certificates.k8s.io", "certificatesigningrequests")}/{id}`),
    quiet(
      patch(
        "merge",
        `${clusterApis("certificates.k8s.io", "certificatesigningrequests")}/{id}/approval`,
        {
          status: { conditions: [{ type: "Approved", status: "True", reason: "r", message: "m" }] },
        },
      ),
    ),
    tableAt(`${clusterApis("certificates.k8s.io", "certificatesigningrequests")}/{id}`),
  ),
];
