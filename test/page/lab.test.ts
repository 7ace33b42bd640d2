/** The lab, in a real browser: two stacks in one page, the textbook's echo between them. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { buildLab } from "../../tools/lab/bundle.ts";
import { serveFolder } from "../../tools/lab/static-server.ts";
import { Browser, chromium } from "./chromium.ts";

const command = chromium();
const skip = command === undefined ? "needs Chromium" : false;

test("in Chromium, what Alice says to Bob comes back, and every call and packet is seen", { skip }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "dialtone-lab-"));
  t.after(() => rmSync(folder, { recursive: true }));
  await buildLab(folder);
  const { server, url } = await serveFolder(folder, 0);
  t.after(() => server.close());
  const browser = new Browser(command as string);
  t.after(() => browser.close());
  const page = await browser.open(url);
  await page.until("body", "data-state", "ready");
  await page.value(`(() => {
    document.getElementById("word").value = "grüß Gott";
    document.getElementById("delay").value = "5";
    document.getElementById("call").click();
  })()`);
  await page.until("body", "data-state", "done");
  assert.equal(await page.value(`document.getElementById("answer").textContent`), "grüß Gott");
  const cells = (selector: string): string =>
    `Array.from(document.querySelectorAll(${JSON.stringify(selector)}), (cell) => cell.textContent)`;
  const names = async (selector: string): Promise<string[]> =>
    ((await page.value(cells(selector))) as string[]).map((text) => text.split("(")[0] ?? "");
  const alice = await names(".call.alice td:nth-child(2)");
  for (const name of ["getaddrinfo", "socket", "connect", "send", "recv", "close"])
    assert.ok(alice.includes(name), name);
  const bob = await names(".call.bob td:nth-child(4)");
  for (const name of ["socket", "bind", "listen", "accept", "recv", "send", "close"])
    assert.ok(bob.includes(name), name);
  const packets = (await page.value(cells(".packet td:nth-child(3)"))) as string[];
  assert.match(packets[0] ?? "", /^⟶ \d+ → 7 \[SYN\] seq 0, win \d+$/);
  assert.match(packets[1] ?? "", /^⟵ 7 → \d+ \[SYN ACK\] seq 0, ack 1, win \d+$/);
  assert.equal(packets.filter((line) => line.includes('"grüß Gott"')).length, 2);
  assert.equal(packets.filter((line) => line.includes("FIN")).length, 2);
  assert.deepEqual(browser.complaints, []);
});
