import assert from "node:assert/strict";
import { test } from "node:test";
import { ACCEPTABLE, CONNECTED, DRAINED, ENDED, FAILED, READABLE, URGENT, WRITABLE } from "./connection-owner.ts";
import { READ_DISCARD, READ_PEEK, WRITE_MORE, WRITE_URGENT } from "./contract.ts";
import { TcpSettings } from "./settings.ts";

test("a connection's settings are a copy of its listener's", () => {
  const listener = new TcpSettings();
  listener.noDelay = true;
  const accepted = listener.clone();
  assert.equal(accepted.noDelay, true);
  accepted.keepAliveIdleS = 1;
  assert.equal(listener.keepAliveIdleS, 7200);
});

test("events and flags are bits of their own", () => {
  const events = [READABLE, WRITABLE, CONNECTED, ENDED, FAILED, ACCEPTABLE, URGENT, DRAINED];
  assert.equal(
    events.reduce((all, event) => all | event, 0),
    events.reduce((all, event) => all + event, 0),
  );
  assert.equal(READ_PEEK & READ_DISCARD, 0);
  assert.equal(WRITE_MORE & WRITE_URGENT, 0);
});
