import type { ResourceColumn } from "../built-in/resource-definition.js";
import type { TableResource } from "../api-server/tables.js";

const column = (name: string, type: string, format = ""): ResourceColumn => ({
  name,
  type,
  format,
  priority: 0,
});

/** How the `scale` of a resource is shown as a Table: the real server has one form for built-in kinds, one for custom ones. */
export function scaleTable(isOfCustom: boolean): TableResource {
  return {
    storageKey: "autoscaling/scales",
    isCustom: false,
    printerColumns: [],
    columns: [
      column("Name", "string", isOfCustom ? "name" : ""),
      column("Desired", "integer"),
      column("Available", "integer"),
      column("Age", isOfCustom ? "date" : "string"),
    ],
  };
}
