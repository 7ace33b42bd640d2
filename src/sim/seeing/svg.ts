const STYLE = [
  "text{fill:#222;stroke:none}.line{stroke:#999}.arrow{stroke:#246}.lost{stroke:#c22}text.lost{fill:#c22}",
  "@media(prefers-color-scheme:dark){text{fill:#ddd}.arrow{stroke:#8bd}.lost{stroke:#f66}text.lost{fill:#f66}}",
].join("");

/** A number of a picture, to a tenth of a unit. */
export function unit(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** Text within XML. */
export function escapedXml(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** A text in a picture; `attributes` as XML has them. */
export function svgText(x: number, y: number, text: string, attributes = ""): string {
  return `<text x="${unit(x)}" y="${unit(y)}" ${attributes}>${escapedXml(text)}</text>`;
}

export function svgLine(kind: string, x1: number, y1: number, x2: number, y2: number): string {
  return `<line class="${kind}" x1="${unit(x1)}" y1="${unit(y1)}" x2="${unit(x2)}" y2="${unit(y2)}"/>`;
}

/** A picture of so many units. Its colours follow the reader's, dark or light. */
export function svg(width: number, height: number, body: readonly string[]): string {
  const size = `width="${unit(width)}" height="${unit(height)}" viewBox="0 0 ${unit(width)} ${unit(height)}"`;
  const open = `<svg xmlns="http://www.w3.org/2000/svg" ${size} font-family="ui-monospace, monospace" font-size="11">`;
  return [open, `<style>${STYLE}</style>`, ...body, "</svg>", ""].join("\n");
}
