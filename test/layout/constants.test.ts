import { checkFacts } from "./check.ts";
import { constantsCheck } from "./constants.ts";

checkFacts(constantsCheck);
