import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";

/** An import of Node's own modules is an error there. */
const FOR_A_PAGE = { bundle: true, format: "esm", platform: "browser", target: "es2022", minify: true } as const;

/** What is in a bundle: its text, and the modules that it was made of with the bytes of each. */
export interface Bundle {
  readonly text: string;
  readonly modules: ReadonlyMap<string, number>;
}

/** The text of a module, which may import "dialtone", and all that it needs as one script for a page. */
export async function bundleText(contents: string): Promise<Bundle> {
  const { outputFiles, metafile } = await build({
    ...FOR_A_PAGE,
    stdin: { contents, resolveDir: ".", loader: "ts" },
    write: false,
    metafile: true,
    logLevel: "silent",
  });
  const [output] = Object.values(metafile.outputs);
  const modules = Object.entries(output?.inputs ?? {}).map(
    ([path, { bytesInOutput }]) => [path, bytesInOutput] as const,
  );
  return { text: outputFiles[0]?.text ?? "", modules: new Map(modules) };
}

/** The lab as files that any static server can give out. */
export async function buildLab(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  cpSync("lab/index.html", join(folder, "index.html"));
  await build({
    entryPoints: ["lab/lab.ts"],
    ...FOR_A_PAGE,
    sourcemap: true,
    outfile: join(folder, "lab.js"),
    logLevel: "warning",
  });
}
