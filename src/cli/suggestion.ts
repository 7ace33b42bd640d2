/** The word that was probably meant: the nearest, when it is near. */
export function suggestion(typed: string, words: readonly string[]): string | undefined {
  const [nearest] = words
    .map((word) => ({ word, distance: word.startsWith(typed) ? 0 : editDistance(typed, word) }))
    .sort((a, b) => a.distance - b.distance);
  return nearest !== undefined && nearest.distance <= Math.max(1, typed.length / 3) ? nearest.word : undefined;
}

/** Characters to insert, remove or replace between two words (Levenshtein). */
function editDistance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (const [above, a] of Array.from(from).entries()) {
    const next = [above + 1];
    for (const [left, b] of Array.from(to).entries()) {
      const replace = (row[left] ?? 0) + (a === b ? 0 : 1);
      next.push(Math.min(replace, (row[left + 1] ?? 0) + 1, (next[left] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
