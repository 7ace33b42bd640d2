import { checkFacts } from "./check.ts";
import { structsCheck } from "./structs.ts";

checkFacts(structsCheck);
