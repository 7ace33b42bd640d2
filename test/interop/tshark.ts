import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Why there is no tshark here; false where there is one. */
export const missing: string | false =
  spawnSync("tshark", ["--version"], { stdio: "ignore" }).status === 0 ? false : "needs tshark, Wireshark's command";

/** What it says of itself, and not of the capture. */
const NOT_OF_THE_CAPTURE = /^Running as user "root"|^$/;
/** Checksums are looked at, and names come from the capture alone. */
const PREFERENCES = ["ip", "tcp", "udp"].flatMap((protocol) => ["-o", `${protocol}.check_checksum:TRUE`]);

/** The lines that tshark prints of a capture, each split at tabs; it must not complain. */
export function tshark(capture: Uint8Array, ...args: string[]): string[][] {
  const folder = mkdtempSync(join(tmpdir(), "dialtone-tshark-"));
  try {
    const file = join(folder, "written.pcapng");
    writeFileSync(file, capture);
    const { status, stdout, stderr } = spawnSync("tshark", ["-r", file, ...PREFERENCES, ...args], {
      encoding: "utf8",
      env: { ...process.env, HOME: folder, TZ: "UTC" },
    });
    assert.equal(status, 0, stderr);
    const complaints = stderr.split("\n").filter((line) => !NOT_OF_THE_CAPTURE.test(line));
    assert.deepEqual(complaints, []);
    return stdout
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => line.split("\t"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Arguments that ask for fields. */
export const fields = (...names: string[]): string[] => ["-T", "fields", ...names.flatMap((name) => ["-e", name])];
