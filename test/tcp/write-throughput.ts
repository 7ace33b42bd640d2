import { writeFileSync } from "node:fs";
import { throughputPage } from "./throughput-table.ts";

writeFileSync("docs/tcp-throughput.md", throughputPage());
