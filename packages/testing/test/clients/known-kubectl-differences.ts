/**
 * Commands whose output may still differ on the embedded server, by transcript and first line, and why. A command that is
 * equal by now is not skipped.
 */
export const knownKubectlDifferences: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  apply: {
    "kubectl get deploy d -n ap -o yaml --show-managed-fields":
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    "kubectl apply -f - <<'Y'":
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    "kubectl get cm -n ap -w --request-timeout=1s -o name":
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    "kubectl get cm -n ap -w --output-watch-events --request-timeout=1s":
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    "kubectl get cm -n ap --chunk-size=1":
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    'kubectl get cm -n ap --chunk-size=2 -o json | grep -c \'"kind": "ConfigMap"\'':
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    "kubectl wait ns/ap --for=delete --timeout=20s":
      "the deletion of a namespace answers before its content is gone, or with an error of it",
  },
  "built-in-objects": {
    "kubectl create service nodeport np2 -n demo --tcp=80:80 --node-port=30001":
      "node ports given at random may be the one that is asked for",
  },
  "custom-resources": {
    "sleep 2; kubectl explain widget":
      "the words of metadata, apiVersion and kind are the server's own",
    "kubectl explain widget --recursive":
      "the words of metadata, apiVersion and kind are the server's own",
    "kubectl explain widget --api-version=example.com/v1beta1":
      "the words of metadata, apiVersion and kind are the server's own",
    "kubectl explain widget --output=plaintext-openapiv2 --recursive":
      "OpenAPI v2 is not served as protobuf, which kubectl asks for kinds it does not know and for List",
    "kubectl get widgets.v1beta1.example.com -n crd":
      "the warning of a deprecated version names no newer one",
    "kubectl scale wd w1 -n crd --replicas=30":
      "the rules of a custom resource are not run for its scale",
    "kubectl get wd w1 -n crd --subresource=scale -o yaml":
      "the rules of a custom resource are not run for its scale",
    "kubectl get wd w1 -n crd --subresource=status": "a definition does not wait for its objects",
    'kubectl patch wd w1 -n crd --type=merge -p \'{"spec":{"color":"green"}}\'':
      "follows from the scale that does not run the rules",
    'kubectl patch wd w1 -n crd --type=merge -p \'{"spec":{"replicas":"x","note":"toolongX"}}\'':
      "the cause of the scale's path is missing",
    'kubectl patch wd w1 -n crd --type=merge -p \'{"spec":{"nosuch":2}}\'':
      "follows from the scale that does not run the rules",
    'kubectl patch wd w1 -n crd --type=merge --subresource=status -p \'{"status":{"replicas":2,"selector":"a=b","conditions":[{"type":"Ready","status":"True"}]}}\'':
      "follows from the scale that does not run the rules",
    "kubectl label wd w1 -n crd q=r": "follows from the scale that does not run the rules",
    "kubectl annotate wd --all -n crd q=r": "follows from the scale that does not run the rules",
    "kubectl get wd w1 -n crd -o jsonpath='{.metadata.deletionGracePeriodSeconds} {.metadata.finalizers} {.metadata.generation}'":
      "a definition does not wait for its objects",
    "kubectl get crd widgets.example.com -o jsonpath='{.metadata.finalizers} {.status.conditions[?(@.type==\"Terminating\")]}'":
      "a definition does not wait for its objects",
    "kubectl wait crd/widgets.example.com --for=delete --timeout=15s":
      "a definition does not wait for its objects",
    "kubectl wait ns/crd --for=delete --timeout=20s":
      "the deletion of a namespace answers before its content is gone, or with an error of it",
  },
  "deletion-and-more": {
    "kubectl wait cm/lost -n gc --for=delete --timeout=20s":
      "an owner that never was is not looked for",
    'kubectl patch pvc c -n gc -p \'{"spec":{"accessModes":["ReadWriteMany"]}}\'':
      "claims that nothing uses are released, as by a cluster's controllers",
    "kubectl get pvc c -n gc":
      "claims that nothing uses are released, as by a cluster's controllers",
    'kubectl patch pvc c -n gc --type=json -p \'[{"op":"remove","path":"/metadata/finalizers"}]\'':
      "claims that nothing uses are released, as by a cluster's controllers",
    "kubectl create secret generic s -n gc --from-literal=tls.crt=b --from-literal=tls.key=c --type=kubernetes.io/tls":
      "base64 and certificates are judged in other words",
    "kubectl patch secret s -n gc -p '{\"immutable\":true}'":
      "base64 and certificates are judged in other words",
    'kubectl patch secret s -n gc -p \'{"data":{"z":"$$$"}}\'':
      "base64 and certificates are judged in other words",
  },
  discovery: {
    "kubectl proxy --unix-socket=./proxy.sock >/dev/null & sleep 1; curl -s --unix-socket proxy.sock http://localhost/api/v1/namespaces/default | grep -e '\"name\"' -e phase; curl -s --unix-socket proxy.sock http://localhost/apis/apps/v1/namespaces/default/deployments | grep kind; kill %1":
      "worded otherwise",
    "kubectl create token default -n nosuch": "worded otherwise",
  },
};
