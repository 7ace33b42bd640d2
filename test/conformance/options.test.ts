import { host } from "../../src/calls.ts";
import { optionsConformance } from "./options.ts";

optionsConformance(host);
