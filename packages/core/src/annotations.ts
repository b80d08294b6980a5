/** Annotation of a Machine: name of the KubevirtConfig whose cluster it belongs to. */
export const KUBEVIRT_CONFIG_ANNOTATION = "vitistack.io/kubevirt-config";
/** Annotation of a Machine: `<config>/<UID of the cluster's kube-system>`, the placement as recorded by kvop. */
export const PLACEMENT_ANNOTATION = "kvop.dev/placement";
/** Finalizer of a Machine that has objects on a cluster. */
export const MACHINE_FINALIZER = "machine.vitistack.io/finalizer";
/** Label of everything that a Machine operator makes; the value is the operator's name. */
export const MANAGED_BY_LABEL = "vitistack.io/managed-by";
/** Label of everything that is made for a Machine; the value is the Machine's name. */
export const SOURCE_MACHINE_LABEL = "vitistack.io/source-machine";
/** Annotation of everything that kvop makes for a Machine: the Machine's UID. */
export const MACHINE_UID_ANNOTATION = "kvop.dev/machine-uid";
