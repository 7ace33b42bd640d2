import type { LoggedEvent, MessageLog } from "./message-log.ts";

/** A log as a sequence diagram of Mermaid, which many viewers of Markdown draw. */
export function mermaid(log: MessageLog): string {
  const machines = log.machines();
  const lines = ["sequenceDiagram", ...machines.map((name) => `participant ${name}`), ...log.events.map(lineOf)];
  const [first] = machines;
  if (log.omitted > 0 && first !== undefined) lines.push(`Note over ${first}: ${log.omitted} more are not shown`);
  return `${lines.join("\n  ")}\n`;
}

function lineOf(event: LoggedEvent): string {
  const at = `${(event.sentUs / 1e6).toFixed(6)} `;
  if (event.kind === "call") return `Note over ${event.at}: ${escaped(at + event.text)}`;
  const arrow = event.lost === undefined ? "->>" : "-x";
  const lost = event.lost === undefined ? "" : ` (lost: ${event.lost})`;
  return `${event.from}${arrow}${event.to}: ${escaped(at + event.text + lost)}`;
}

/** What Mermaid takes for its own in a text goes as an entity code. */
function escaped(text: string): string {
  return text.replaceAll(/[#;<>]/g, (character) => `#${character.charCodeAt(0)};`);
}
