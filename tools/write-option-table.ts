/**
 * Writes docs/options.md from the table of options: node build/tools/write-option-table.js.
 * `npm run docs` says when it is old.
 */
import { writeFileSync } from "node:fs";
import { OPTION_PAGE, optionPage } from "./docs/option-table.ts";

writeFileSync(OPTION_PAGE, optionPage());
