/** One thing of an event: what the script has, and what was. */
export interface Comparison {
  readonly field: string;
  readonly expected: string;
  readonly actual: string;
  readonly differs: boolean;
}

const HEAD = ["", "expected", "actual"] as const;

/** A table of what was expected and what was, side by side; what differs is marked. */
export function sideBySide(rows: readonly Comparison[]): string[] {
  const cells = rows.map(({ field, expected, actual }) => [field, expected, actual]);
  const widths = HEAD.map((head, column) => Math.max(head.length, ...cells.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[], mark: string): string =>
    `  ${mark} ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join("  ")}`.trimEnd();
  return [line(HEAD, " "), ...rows.map((row, index) => line(cells[index] ?? [], row.differs ? "≠" : " "))];
}
