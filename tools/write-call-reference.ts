/**
 * Writes the parts of docs/calls.md that come from docstrings: node build/tools/write-call-reference.js.
 * `npm run docs` says when they are old.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { CALL_PAGE, withCallReference } from "./docs/call-reference.ts";

writeFileSync(CALL_PAGE, withCallReference(readFileSync(CALL_PAGE, "utf8")));
