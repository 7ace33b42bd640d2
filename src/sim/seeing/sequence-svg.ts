import type { LoggedEvent, LoggedMessage, MessageLog } from "./message-log.ts";
import { svg, svgLine, svgText, unit } from "./svg.ts";

const TIME_WIDTH = 90;
const LANE_WIDTH = 460;
const TOP = 40;
/** Units between two instants at least; and at most, since most of the time nothing happens. */
const LEAST_GAP = 16;
const MOST_GAP = 60;
/** A gap grows by so many units for each doubling of its microseconds. */
const GAP_PER_DOUBLING = 2.2;
const ROW = 14;
const HEAD = 7;

type Place = (name: string) => number;
type Height = (timeUs: number) => number;

/** A log as a picture: time goes down, a machine is a line, a frame an arrow from when it left to when it came. */
export function sequenceSvg(log: MessageLog): string {
  const machines = log.machines();
  const x: Place = (name) => TIME_WIDTH + LANE_WIDTH * (machines.indexOf(name) + 0.25);
  const heights = heightsOf(log.events);
  const y: Height = (timeUs) => heights.get(timeUs) ?? TOP;
  const bottom = Math.max(TOP, ...heights.values()) + LEAST_GAP;
  const body = machines.flatMap((name) => [
    svgText(x(name), 16, name, 'text-anchor="middle" font-weight="bold"'),
    svgLine("line", x(name), 24, x(name), bottom),
  ]);
  for (const [timeUs, height] of heights) body.push(svgText(4, height + 4, (timeUs / 1e6).toFixed(6)));
  const calls = new Map<number, number>();
  for (const event of log.events) {
    if (event.kind === "message") body.push(...arrow(event, x, y));
    else {
      // Several calls of one instant stand below each other.
      const row = calls.get(event.sentUs) ?? 0;
      calls.set(event.sentUs, row + 1);
      body.push(svgText(x(event.at) + 8, y(event.sentUs) + 4 + row * ROW, event.text));
    }
  }
  if (log.omitted > 0) body.push(svgText(4, bottom + ROW, `${log.omitted} more are not shown`));
  return svg(TIME_WIDTH + LANE_WIDTH * Math.max(1, machines.length), bottom + 2 * ROW, body);
}

/** Where each instant is: apart enough to be read, and the longer the time the farther. */
function heightsOf(events: readonly LoggedEvent[]): Map<number, number> {
  const rows = new Map<number, number>();
  for (const event of events) {
    rows.set(event.sentUs, (rows.get(event.sentUs) ?? 0) + (event.kind === "call" ? 1 : 0));
    const endedUs = event.kind === "message" ? event.endedUs : undefined;
    if (endedUs !== undefined && !rows.has(endedUs)) rows.set(endedUs, 0);
  }
  const heights = new Map<number, number>();
  let height = TOP;
  let beforeUs: number | undefined;
  for (const timeUs of Array.from(rows.keys()).sort((a, b) => a - b)) {
    if (beforeUs !== undefined) {
      const gap = GAP_PER_DOUBLING * Math.log2(1 + timeUs - beforeUs);
      height += Math.min(MOST_GAP, Math.max(LEAST_GAP, gap)) + Math.max(0, (rows.get(beforeUs) ?? 0) - 1) * ROW;
    }
    heights.set(timeUs, height);
    beforeUs = timeUs;
  }
  return heights;
}

function arrow({ from, to, text, sentUs, endedUs, lost }: LoggedMessage, x: Place, y: Height): string[] {
  const [x1, y1] = [x(from), y(sentUs)];
  const y2 = y(endedUs ?? sentUs);
  const kind = lost === undefined ? "arrow" : "lost";
  // What was lost ends half-way, in a cross.
  const x2 = lost === undefined ? x(to) : (x1 + x(to)) / 2;
  const back = x2 > x1 ? -HEAD : HEAD;
  const head =
    lost === undefined
      ? `M${unit(x2 + back)} ${unit(y2 - 4)}L${unit(x2)} ${unit(y2)}L${unit(x2 + back)} ${unit(y2 + 4)}`
      : `M${unit(x2 - 4)} ${unit(y2 - 4)}l8 8m0 -8l-8 8`;
  const label = lost === undefined ? text : `${text} (lost: ${lost})`;
  return [
    svgLine(kind, x1, y1, x2, y2),
    `<path class="${kind}" fill="none" d="${head}"/>`,
    svgText((x1 + x(to)) / 2, (y1 + y2) / 2 - 3, label, `class="${kind}" text-anchor="middle"`),
  ];
}
