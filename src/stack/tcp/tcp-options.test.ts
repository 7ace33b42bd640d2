import assert from "node:assert/strict";
import { test } from "node:test";
import { TcpSettings } from "./settings.ts";
import { applyTcpOptions, type TcpOptions } from "./tcp-options.ts";

function settings(options: TcpOptions): TcpSettings {
  const made = new TcpSettings();
  applyTcpOptions(made, options);
  return made;
}

test("nothing that is set is Linux's own", () => {
  assert.deepEqual(settings({}), new TcpSettings());
  assert.deepEqual(settings({ ecn: undefined, receiveBuffer: {} }), new TcpSettings());
});

test("what is set is what sockets begin with, in the units of the settings", () => {
  const made = settings({
    congestionControl: "reno",
    receiveBuffer: { initial: 65_536, most: 100_000 },
    sendBuffer: { initial: 5000 },
    keepAliveIdleS: 10,
    rtoMinMs: 50,
    ecn: 1,
    timestamps: false,
  });
  assert.equal(made.congestion, "reno");
  assert.deepEqual([made.receiveBufferBytes, made.receiveBufferLimitBytes], [65_536, 100_000]);
  assert.deepEqual([made.sendBufferBytes, made.sendBufferLimitBytes], [5000, 4_194_304]);
  assert.deepEqual([made.keepAliveIdleS, made.keepAliveIntervalS], [10, 75]);
  assert.deepEqual([made.rtoMinUs, made.ecn, made.timestamps, made.selectiveAcknowledgement], [50_000, 1, false, true]);
});

test("a bound below what a buffer begins with lowers that, too; a beginning above the bound raises it", () => {
  const lowered = settings({ receiveBuffer: { most: 10_000 } });
  assert.deepEqual([lowered.receiveBufferBytes, lowered.receiveBufferLimitBytes], [10_000, 10_000]);
  const raised = settings({ sendBuffer: { initial: 10_000_000 } });
  assert.deepEqual([raised.sendBufferBytes, raised.sendBufferLimitBytes], [10_000_000, 10_000_000]);
});

test("what is no setting is refused, and named", () => {
  const refused = (options: unknown, code: string, message: RegExp): void =>
    assert.throws(() => settings(options as TcpOptions), { code, message });
  refused({ congestionControl: "bbr" }, "ERR_INVALID_ARG_VALUE", /tcp\.congestionControl.*"cubic" or "reno"/);
  refused({ keepAliveIdleS: 0 }, "ERR_OUT_OF_RANGE", /tcp\.keepAliveIdleS.*from 1 to 32767/);
  refused({ synRetries: 1.5 }, "ERR_OUT_OF_RANGE", /tcp\.synRetries/);
  refused({ synRetries: "6" }, "ERR_INVALID_ARG_TYPE", /tcp\.synRetries/);
  refused({ ecn: 3 }, "ERR_OUT_OF_RANGE", /tcp\.ecn.*from 0 to 2/);
  refused({ timestamps: 1 }, "ERR_INVALID_ARG_TYPE", /tcp\.timestamps/);
  refused({ receiveBuffer: { initial: 5000, most: 4000 } }, "ERR_OUT_OF_RANGE", /tcp\.receiveBuffer\.initial/);
  refused({ sendBuffer: { most: 1 } }, "ERR_OUT_OF_RANGE", /tcp\.sendBuffer\.most.*from 4608/);
  refused({ sendBuffer: 65_536 }, "ERR_INVALID_ARG_TYPE", /tcp\.sendBuffer/);
  refused({ rtoMinMs: 500, rtoMaxMs: 100 }, "ERR_OUT_OF_RANGE", /tcp\.rtoMinMs.*at most tcp\.rtoMaxMs/);
  refused({ keepalive: true }, "ERR_INVALID_ARG_VALUE", /tcp.*keepAliveIdleS/);
  refused(null, "ERR_INVALID_ARG_TYPE", /tcp/);
});
