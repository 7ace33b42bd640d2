import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { type AddressEntry, AddressTable } from "./address-table.ts";

class Entry implements AddressEntry {
  readonly w0 = 0;
  readonly w1 = 0;
  readonly w2: number;
  readonly w3: number;
  readonly zone: number;
  hashNext: this | undefined = undefined;
  older: this | undefined = undefined;
  newer: this | undefined = undefined;

  constructor(key: number) {
    this.w2 = key >> 4;
    this.w3 = key & 3;
    this.zone = (key >> 2) & 3;
  }
}

const find = (table: AddressTable<Entry>, key: number): Entry | undefined =>
  table.find(0, 0, key >> 4, key & 3, (key >> 2) & 3);

test("a table has what was added and not removed, in the order of its last use", () => {
  const step = fc.record({ key: fc.nat(200), action: fc.constantFrom("add", "remove", "touch") });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 400 }), fc.integer(), (steps, secret) => {
      const table = new AddressTable<Entry>(100, secret);
      const expected = new Map<number, Entry>();
      for (const { key, action } of steps) {
        const entry = find(table, key);
        assert.equal(entry, expected.get(key));
        if (action === "add" && entry === undefined && !table.isFull) {
          const added = new Entry(key);
          table.add(added);
          expected.set(key, added);
        } else if (action === "remove" && entry !== undefined) {
          table.remove(entry);
          table.remove(entry);
          expected.delete(key);
        } else if (action === "touch" && entry !== undefined) {
          table.touch(entry);
          expected.delete(key);
          expected.set(key, entry);
        }
        assert.equal(table.size, expected.size);
        assert.equal(table.oldest, expected.values().next().value);
      }
      assert.deepEqual([...table], [...expected.values()]);
    }),
  );
});

test("all may be removed while they are gone through", () => {
  const table = new AddressTable<Entry>(100, 5);
  for (let key = 0; key < 100; key++) table.add(new Entry(key));
  assert.ok(table.isFull);
  for (const entry of table) table.remove(entry);
  assert.equal(table.size, 0);
  assert.equal(find(table, 7), undefined);
});
