#!/usr/bin/env node
import { runKvopFleet } from "../dist/kvop-fleet.js";

process.exitCode = await runKvopFleet(process.argv.slice(2));
