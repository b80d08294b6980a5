/**
 * Commands whose output may still differ on the embedded server, by transcript and first line, and why. A command that is
 * equal by now is not skipped.
 */
export const knownKubectlDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  apply: {
    "kubectl wait ns/ap --for=delete --timeout=20s":
      "the deletion of a namespace answers before its content is gone, or with an error of it",
  },
  "custom-resources": {
    "sleep 2; kubectl explain widget":
      "the words of metadata, apiVersion and kind are the server's own",
    "kubectl explain widget --api-version=example.com/v1beta1":
      "the words of metadata, apiVersion and kind are the server's own",
    'kubectl patch wd w1 -n crd --type=merge -p \'{"spec":{"replicas":"x","note":"toolongX"}}\'':
      "the cause of the scale's path is missing",
    "kubectl get crd widgets.example.com -o jsonpath='{.metadata.finalizers} {.status.conditions[?(@.type==\"Terminating\")]}'":
      "a definition does not wait for its objects",
    "kubectl wait crd/widgets.example.com --for=delete --timeout=15s":
      "a definition does not wait for its objects",
    "kubectl wait ns/crd --for=delete --timeout=20s":
      "the deletion of a namespace answers before its content is gone, or with an error of it",
  },
  "deletion-and-more": {
    'kubectl patch pvc c -n gc -p \'{"spec":{"accessModes":["ReadWriteMany"]}}\'':
      "the comparison in the refusal has other lines around the change",
  },
};
