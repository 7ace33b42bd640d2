import { formatInet4, parseInet4 } from "./inet4-text.ts";

const DOT = 0x2e;
const COLON = 0x3a;
const GROUPS = 8;

/**
 * Reads an IPv6 address from `text[start, end)` into `target[at, at + 16)`: the forms of RFC 4291 §2.2 as inet_pton(3)
 * takes them (a "::" stands for at least one group; no scope id). Returns whether the text had such a form; `target` is
 * only meaningful when it had.
 */
export function parseInet6(text: string, start: number, end: number, target: Uint8Array, at: number): boolean {
  let group = 0; // groups stored so far
  let gap = -1; // the group that "::" stands before
  let i = start;
  if (text.charCodeAt(i) === COLON) {
    if (i + 1 >= end || text.charCodeAt(i + 1) !== COLON) return false;
    gap = 0;
    i += 2;
  }
  while (i < end) {
    const first = i;
    let value = 0;
    for (; i < end; i++) {
      const digit = hexDigit(text.charCodeAt(i));
      if (digit < 0) break;
      value = (value << 4) | digit;
      if (i - first === 4) return false;
    }
    if (i === first) return false;
    if (i < end && text.charCodeAt(i) === DOT) {
      if (group > GROUPS - 2 || !parseInet4(text, first, end, target, at + 2 * group)) return false;
      group += 2;
      break;
    }
    if (group === GROUPS) return false;
    target[at + 2 * group] = value >>> 8;
    target[at + 2 * group + 1] = value & 0xff;
    group++;
    if (i === end) break;
    if (text.charCodeAt(i++) !== COLON || i === end) return false;
    if (text.charCodeAt(i) === COLON) {
      if (gap >= 0) return false;
      gap = group;
      i++;
    }
  }
  if (gap < 0) return group === GROUPS;
  if (group === GROUPS) return false;
  openGap(target, at, gap, group);
  return true;
}

/** Moves the groups after the gap to the end, and fills the gap with zeros. */
function openGap(target: Uint8Array, at: number, gap: number, groups: number): void {
  const from = at + 2 * gap;
  const to = from + 2 * (GROUPS - groups);
  target.copyWithin(to, from, at + 2 * groups);
  target.fill(0, from, to);
}

function hexDigit(char: number): number {
  if (char >= 0x30 && char <= 0x39) return char - 0x30;
  const letter = char | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

/**
 * The text of the sixteen bytes at `at`, as glibc writes it: the first of the longest runs of two or more zero groups
 * is "::", digits are lower case (RFC 5952 §4), and "::a.b.c.d" and "::ffff:a.b.c.d" end in dotted decimal.
 * The caller knows that the bytes are there.
 */
export function formatInet6(bytes: Uint8Array, at: number): string {
  const groups: number[] = [];
  for (let i = 0; i < GROUPS; i++) groups.push(((bytes[at + 2 * i] ?? 0) << 8) | (bytes[at + 2 * i + 1] ?? 0));
  const run = longestZeroRun(groups);
  if (run.start === 0 && run.length === 6) return `::${formatInet4(bytes, at + 12)}`;
  if (run.start === 0 && run.length === 5 && groups[5] === 0xffff) return `::ffff:${formatInet4(bytes, at + 12)}`;
  if (run.length < 2) return hexGroups(groups);
  return `${hexGroups(groups.slice(0, run.start))}::${hexGroups(groups.slice(run.start + run.length))}`;
}

function hexGroups(groups: readonly number[]): string {
  return groups.map((group) => group.toString(16)).join(":");
}

function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let longest = { start: 0, length: 0 };
  for (let start = 0; start < GROUPS; start++) {
    let end = start;
    while (end < GROUPS && groups[end] === 0) end++;
    if (end - start > longest.length) longest = { start, length: end - start };
    start = end; // the group at `end` is not zero, so no run starts there
  }
  return longest;
}
