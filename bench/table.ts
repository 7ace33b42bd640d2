/**
 * A Markdown table whose columns line up, so that it reads well in a terminal as well. The first `names` columns are
 * names; the others are figures, which line up on the right.
 */
export function table(names: number, head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, i) => Math.max(title.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const cell = (text: string, i: number): string =>
    i < names ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0);
  const line = (row: readonly string[]): string => `| ${row.map(cell).join(" | ")} |`;
  const rule = widths.map((width, i) => (i < names ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), `| ${rule.join(" | ")} |`, ...rows.map(line)].join("\n");
}

/** A figure with so many digits after the point, or "–" for none. */
export function figure(value: number, digits: number): string {
  return Number.isFinite(value) ? value.toFixed(digits) : "–";
}

/** A whole number with commas between the thousands. */
export function grouped(value: number): string {
  return Number.isFinite(value) ? Math.round(value).toLocaleString("en-GB") : "–";
}
