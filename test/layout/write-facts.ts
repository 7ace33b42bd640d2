/**
 * Stores what C headers say, for machines without a compiler:
 *   node build/test/layout/write-facts.js [compiler] [processor]
 * The compiler may be one for another processor whose programs this machine can run (qemu), such as
 * `aarch64-linux-gnu-gcc` for arm64. The newer the headers (CPATH), the more facts.
 */
import { bytesCheck } from "./bytes.ts";
import { compiler } from "./c-facts.ts";
import { constantsCheck } from "./constants.ts";
import { machineFacts, storeFacts } from "./facts.ts";
import { structsCheck } from "./structs.ts";

const [cc = compiler, processor = process.arch] = process.argv.slice(2);
for (const { kind, questions } of [constantsCheck, structsCheck, bytesCheck]) {
  const facts = await machineFacts(questions, cc);
  if (facts === undefined) throw new Error("no C compiler here");
  storeFacts(kind, facts, processor);
  console.log(`${processor} ${kind}: ${Object.keys(facts).length} facts`);
}
