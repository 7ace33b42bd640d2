import assert from "node:assert/strict";
import * as fc from "fast-check";
import { OK } from "../../src/wire/reason.ts";

/** Bytes from hexadecimal text; white space is skipped. */
export function fromHex(text: string): DataView {
  const digits = text.replaceAll(/\s/g, "");
  const view = new DataView(new ArrayBuffer(digits.length / 2));
  for (let i = 0; i < view.byteLength; i++) view.setUint8(i, Number.parseInt(digits.slice(i * 2, i * 2 + 2), 16));
  return view;
}

/** The bytes from `start` to `end` as hexadecimal text. */
export function toHex(view: DataView, start = 0, end: number = view.byteLength): string {
  let text = "";
  for (let at = start; at < end; at++) text += view.getUint8(at).toString(16).padStart(2, "0");
  return text;
}

/** A view of its own of some bytes, so that reading beyond them throws. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.slice().buffer);
}

/** Bytes of the memory that `emitted` writes into. */
const MEMORY_BYTES = 4096;
const FILLING = 0xa5;

export interface Emitted {
  readonly view: DataView;
  readonly start: number;
  readonly end: number;
}

/**
 * What `emit` writes at `start` into memory that holds other things, of which it touches nothing else. What it writes
 * before `start`, another header, may begin at `from`.
 */
export function emitted(start: number, emit: (view: DataView, start: number) => number, from: number = start): Emitted {
  const bytes = new Uint8Array(MEMORY_BYTES).fill(FILLING);
  const view = new DataView(bytes.buffer);
  const end = emit(view, start);
  assert.ok(
    bytes.every((byte, at) => (at >= from && at < end) || byte === FILLING),
    "bytes outside were written",
  );
  return { view, start, end };
}

/** The same bytes alone, from 0 on: reading outside throws. */
export function alone({ view, start, end }: Emitted): DataView {
  return new DataView(view.buffer.slice(view.byteOffset + start, view.byteOffset + end));
}

/** Every beginning of the first `length` bytes is refused, where it stands in memory; reading behind it would throw. */
export function assertTruncationsRefused(
  whole: Emitted,
  parse: (view: DataView, start: number, end: number) => number,
  length: number = whole.end - whole.start,
): void {
  for (let bytes = 0; bytes < length; bytes++) {
    const end = whole.start + bytes;
    const part = alone({ ...whole, start: 0, end });
    assert.notEqual(parse(part, whole.start, end), OK, `${bytes} of ${length} bytes`);
  }
}

/** Any bytes; some of them begin as `likely` says, so that parsers are entered deeper than chance would. */
export function anyBytes(...likely: readonly (readonly number[])[]): fc.Arbitrary<Uint8Array> {
  const random = fc.uint8Array({ maxLength: 200, size: "max" });
  if (likely.length === 0) return random;
  const begun = fc.tuple(fc.constantFrom(...likely), random).map(([head, tail]) => Uint8Array.from([...head, ...tail]));
  return fc.oneof(random, begun);
}

/** Asserts that `parse` survives any bytes without reading outside of them. */
export function assertSurvives(
  parse: (view: DataView, start: number, end: number) => unknown,
  ...likely: readonly (readonly number[])[]
): void {
  fc.assert(
    fc.property(anyBytes(...likely), (bytes) => void parse(viewOf(bytes), 0, bytes.length)),
    { numRuns: 2000 },
  );
}

export const uint8: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xff });
export const uint16: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffff });
export const uint32: fc.Arbitrary<number> = fc.integer({ min: 0, max: 0xffffffff });
/** A 32-bit word as `getInt32` reads it. */
export const word: fc.Arbitrary<number> = fc.integer({ min: -0x80000000, max: 0x7fffffff });
/** Where something begins in memory: any alignment. */
export const offset: fc.Arbitrary<number> = fc.integer({ min: 0, max: 64 });

/** Objects of a class with these fields chosen, and the others as they begin. */
export function filled<T extends object>(
  make: new () => T,
  fields: Record<string, fc.Arbitrary<unknown>>,
): fc.Arbitrary<T> {
  return fc.record(fields).map((values) => Object.assign(new make(), values));
}

/** A format whose values are objects of a class, some of whose fields are only places in memory. */
export interface Format<T extends object> {
  readonly values: fc.Arbitrary<T>;
  /** What is read into; it holds what was read before. */
  readonly into: T;
  readonly emit: (view: DataView, start: number, x: T) => number;
  readonly parse: (view: DataView, start: number, end: number, into: T) => number;
  /** How many bytes a value has, where that says more than that they are read. */
  readonly bytes?: (x: T) => number;
  /** The fields that say where things are. */
  readonly places: (start: number, end: number) => Partial<T>;
}

/** Asserts that what is written, at any place, is read again, and that no beginning of it is. */
export function assertRoundTrips<T extends object>({ values, into, emit, parse, bytes, places }: Format<T>): void {
  fc.assert(
    fc.property(values, offset, (x, at) => {
      const whole = emitted(at, (view, start) => emit(view, start, x));
      if (bytes !== undefined) assert.equal(whole.end - whole.start, bytes(x));
      assert.equal(parse(whole.view, whole.start, whole.end, into), OK);
      assert.deepEqual(into, Object.assign(x, places(whole.start, whole.end)));
      assertTruncationsRefused(whole, (view, start, end) => parse(view, start, end, into));
    }),
    { numRuns: 500 },
  );
}
