import { svg, svgLine, svgText, unit } from "./svg.ts";
import type { SampledConnection, TcpSample } from "./tcp-samples.ts";

const WIDTH = 900;
const LEFT = 80;
const RIGHT = 20;
const PANEL = 160;
const GAP = 50;

interface Curve {
  readonly label: string;
  readonly colour: string;
  readonly of: (sample: TcpSample) => number;
}

interface Panel {
  readonly title: string;
  readonly unit: string;
  readonly curves: readonly Curve[];
}

const PANELS: readonly Panel[] = [
  {
    title: "congestion window and flight",
    unit: "kB",
    curves: [
      { label: "congestion window", colour: "#36c", of: (sample) => sample.congestionWindowBytes / 1000 },
      { label: "in flight", colour: "#c60", of: (sample) => sample.flightBytes / 1000 },
      { label: "slow start threshold", colour: "#999", of: (sample) => sample.slowStartThresholdBytes / 1000 },
    ],
  },
  {
    title: "round-trip time, smoothed",
    unit: "ms",
    curves: [{ label: "RTT", colour: "#383", of: (sample) => sample.rttUs / 1000 }],
  },
];

/** Samples as CSV: a line each, times in seconds. An unknown threshold is empty. */
export function tcpCsv(connections: readonly SampledConnection[]): string {
  const lines = ["connection,time_s,cwnd_bytes,flight_bytes,ssthresh_bytes,srtt_ms"];
  for (const { name, samples } of connections) {
    for (const one of samples) {
      const threshold = Number.isFinite(one.slowStartThresholdBytes) ? one.slowStartThresholdBytes : "";
      const numbers = [one.timeUs / 1e6, one.congestionWindowBytes, one.flightBytes, threshold, one.rttUs / 1000];
      lines.push([name, ...numbers].join(","));
    }
  }
  return `${lines.join("\n")}\n`;
}

/** A connection's window, flight and round-trip time over time, as a picture. */
export function tcpSvg({ name, samples }: SampledConnection): string {
  const firstUs = samples[0]?.timeUs ?? 0;
  const lastUs = Math.max(firstUs + 1, samples.at(-1)?.timeUs ?? 0);
  const x = (timeUs: number): number => LEFT + ((WIDTH - LEFT - RIGHT) * (timeUs - firstUs)) / (lastUs - firstUs);
  const body = [svgText(LEFT, 18, name, 'font-weight="bold"')];
  let top = 50;
  for (const panel of PANELS) {
    body.push(...drawPanel(panel, samples, x, top));
    top += PANEL + GAP;
  }
  body.push(svgText(LEFT, top - GAP + 32, `${(firstUs / 1e6).toFixed(3)} s`));
  body.push(svgText(WIDTH - RIGHT, top - GAP + 32, `${(lastUs / 1e6).toFixed(3)} s`, 'text-anchor="end"'));
  return svg(WIDTH, top, body);
}

function drawPanel(panel: Panel, samples: readonly TcpSample[], x: (timeUs: number) => number, top: number): string[] {
  const bottom = top + PANEL;
  const values = panel.curves.flatMap(({ of }) => samples.map(of)).filter(Number.isFinite);
  const most = values.reduce((high, value) => Math.max(high, value), 1e-9);
  const y = (value: number): number => bottom - (PANEL * value) / most;
  const lines = [
    svgLine("line", LEFT, top, LEFT, bottom),
    svgLine("line", LEFT, bottom, WIDTH - RIGHT, bottom),
    svgText(LEFT, top - 8, panel.title),
    svgText(LEFT - 6, top + 4, `${most.toPrecision(3)} ${panel.unit}`, 'text-anchor="end"'),
    svgText(LEFT - 6, bottom, "0", 'text-anchor="end"'),
  ];
  for (const [i, { label, colour, of }] of panel.curves.entries()) {
    lines.push(svgText(LEFT + 260 + i * 180, top - 8, label, `style="fill:${colour}"`));
    const points = samples.filter((sample) => Number.isFinite(of(sample)));
    const path = points.map((sample) => `${unit(x(sample.timeUs))},${unit(y(of(sample)))}`).join(" ");
    if (path !== "") lines.push(`<polyline fill="none" stroke="${colour}" points="${path}"/>`);
  }
  return lines;
}
