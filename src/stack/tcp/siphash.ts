/** SipHash's state: four words of 64 bits, in halves (Aumasson and Bernstein, 2012). */
const state = new Int32Array(8);
const V0 = 0;
const V1 = 2;
const V2 = 4;
const V3 = 6;

/** v[a] += v[b]; low half first. */
function add(a: number, b: number): void {
  const low = ((state[a] as number) >>> 0) + ((state[b] as number) >>> 0);
  state[a] = low | 0;
  state[a + 1] = ((state[a + 1] as number) + (state[b + 1] as number) + (low > 0xffffffff ? 1 : 0)) | 0;
}

/** v[a] = (v[a] rotated left by `bits`) xor v[b]. */
function rotateAndMix(a: number, bits: number, b: number): void {
  const low = state[a] as number;
  const high = state[a + 1] as number;
  state[a] = ((low << bits) | (high >>> (32 - bits))) ^ (state[b] as number);
  state[a + 1] = ((high << bits) | (low >>> (32 - bits))) ^ (state[b + 1] as number);
}

/** v[a] rotated by 32 bits: its halves change places. */
function turn(a: number): void {
  const low = state[a] as number;
  state[a] = state[a + 1] as number;
  state[a + 1] = low;
}

function round(): void {
  add(V0, V1);
  rotateAndMix(V1, 13, V0);
  turn(V0);
  add(V2, V3);
  rotateAndMix(V3, 16, V2);
  add(V0, V3);
  rotateAndMix(V3, 21, V0);
  add(V2, V1);
  rotateAndMix(V1, 17, V2);
  turn(V2);
}

function xor(at: number, low: number, high: number): void {
  state[at] = (state[at] as number) ^ low;
  state[at + 1] = (state[at + 1] as number) ^ high;
}

/** SipHash-2-4 of a message of 32-bit words, of which there is an even number: the low word. The key is four words. */
export function siphash(key: Int32Array, message: Int32Array): number {
  mix(key, message);
  const [v0 = 0, , v1 = 0, , v2 = 0, , v3 = 0] = state;
  return v0 ^ v1 ^ v2 ^ v3;
}

/** The same, both words of the result: the low one first. */
export function siphashInto(key: Int32Array, message: Int32Array, into: Int32Array): void {
  into[0] = siphash(key, message);
  const [, v0 = 0, , v1 = 0, , v2 = 0, , v3 = 0] = state;
  into[1] = v0 ^ v1 ^ v2 ^ v3;
}

function mix(key: Int32Array, message: Int32Array): void {
  const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = key;
  state[0] = k0 ^ 0x70736575;
  state[1] = k1 ^ 0x736f6d65;
  state[2] = k2 ^ 0x6e646f6d;
  state[3] = k3 ^ 0x646f7261;
  state[4] = k0 ^ 0x6e657261;
  state[5] = k1 ^ 0x6c796765;
  state[6] = k2 ^ 0x79746573;
  state[7] = k3 ^ 0x74656462;
  for (let i = 0; i < message.length; i += 2) absorb(message[i] as number, message[i + 1] as number);
  absorb(0, (message.length * 4) << 24);
  xor(V2, 0xff, 0);
  for (let i = 0; i < 4; i++) round();
}

function absorb(low: number, high: number): void {
  xor(V3, low, high);
  round();
  round();
  xor(V0, low, high);
}
