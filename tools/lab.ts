/**
 * The lab, for people: builds it into build/lab/ and gives it out on loopback. `npm run lab`, or another port:
 * `npm run lab -- 8080`; `npm run lab -- build` only builds it, for any static server.
 *
 * Needs dist/ (`npm run build`).
 */
import { buildLab } from "./lab/bundle.ts";
import { serveFolder } from "./lab/static-server.ts";

const FOLDER = "build/lab";
const [argument = "8000"] = process.argv.slice(2);

await buildLab(FOLDER);
if (argument === "build") console.log(`the lab is in ${FOLDER}/`);
else {
  const { url } = await serveFolder(FOLDER, Number(argument));
  console.log(`the lab is at ${url}`);
}
