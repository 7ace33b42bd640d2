import assert from "node:assert/strict";
import { readdirSync, readlinkSync } from "node:fs";
import { after, before } from "node:test";
import { host } from "../src/calls.ts";
import { AF_UNIX, SOCK_STREAM } from "../src/api/constants.ts";
import { turn } from "./turn.ts";

/** Turns of the event loop that closings may take after the last test. */
const TURNS = 200;

/** For the top of a test file: fails it when its tests leave a descriptor open. */
export function expectNoDescriptorLeft(): void {
  let atStart: readonly string[] = [];
  before(async () => {
    await openWhatStaysOpen();
    atStart = openDescriptors();
  });
  after(async () => {
    for (let count = 0; count < TURNS && openDescriptors().length > atStart.length; count += 1) {
      await turn();
    }
    const left = openDescriptors().filter((descriptor) => !atStart.includes(descriptor));
    assert.ok(openDescriptors().length <= atStart.length, `left open: ${left.join(", ")}`);
  });
}

/** The engine's own descriptors are opened at the first wait, and stay. */
async function openWhatStaysOpen(): Promise<void> {
  const [first, second] = host.socketpair(AF_UNIX, SOCK_STREAM);
  const waiting = host.recv(first, new Uint8Array(1));
  await host.send(second, new Uint8Array(1));
  await waiting;
  host.close(first);
  host.close(second);
}

/** "7 → socket:[1234]" of each. */
function openDescriptors(): string[] {
  return readdirSync("/proc/self/fd").flatMap((fd) => {
    try {
      return [`${fd} → ${readlinkSync(`/proc/self/fd/${fd}`)}`];
    } catch {
      return []; // The directory's own, which is closed by now.
    }
  });
}
