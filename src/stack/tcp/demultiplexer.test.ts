import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { IpHeader } from "../../wire/ip-header.ts";
import { IpAddress } from "../ip/address.ts";
import { Demultiplexer, type PairHolder } from "./demultiplexer.ts";

const local = IpAddress.parse("10.0.0.1");

function holder(host: number, port: number): PairHolder {
  return {
    kind: 0,
    local,
    localPort: 80,
    remote: IpAddress.v4(host),
    remotePort: port,
    pairHash: 0,
    pairIndex: -1,
  };
}

test("the table finds what a map of texts finds, whatever comes and goes", () => {
  const step = fc.tuple(fc.boolean(), fc.nat(40), fc.nat(40));
  fc.assert(
    fc.property(fc.integer(), fc.array(step, { maxLength: 400 }), (key, steps) => {
      const table = new Demultiplexer<PairHolder>(key);
      const model = new Map<string, PairHolder>();
      for (const [add, host, port] of steps) {
        const name = `${host}:${port}`;
        const known = model.get(name);
        if (add && known === undefined) {
          const made = holder(host, port);
          table.add(made);
          model.set(name, made);
        } else if (!add && known !== undefined) {
          table.remove(known);
          model.delete(name);
        }
        assert.equal(table.size, model.size);
      }
      for (let host = 0; host <= 40; host++) {
        for (let port = 0; port <= 40; port += 7) {
          const expected = model.get(`${host}:${port}`);
          assert.equal(table.find(local, 80, IpAddress.v4(host), port), expected);
          const ip = new IpHeader();
          ip.source2 = ip.destination2 = 0xffff;
          ip.source3 = host;
          ip.destination3 = local.w3;
          assert.equal(table.findReceiver(ip, 80, port), expected);
        }
      }
      assert.equal([...table.holders()].length, model.size);
    }),
    { numRuns: 50 },
  );
});
