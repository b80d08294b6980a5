#!/usr/bin/env node
import { main } from "../dist/kvop.js";

process.exitCode = await main(process.argv.slice(2));
