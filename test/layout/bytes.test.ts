import { bytesCheck } from "./bytes.ts";
import { checkFacts } from "./check.ts";

checkFacts(bytesCheck);
