import type { Topic } from "../case.js";
import { crud } from "./crud.js";
import { deletion } from "./deletion.js";
import { discovery } from "./discovery.js";
import { statusAndScale } from "./status-and-scale.js";

export const topics: readonly Topic[] = [discovery, crud, statusAndScale, deletion];
