/** A fenced block: the words after the fence, its text, and the number of its first line. */
export interface Block {
  readonly words: string;
  readonly text: string;
  readonly line: number;
}

export interface Link {
  readonly target: string;
  readonly line: number;
}

/** What a Markdown text is made of, as far as the checks ask. */
export interface Markdown {
  readonly headings: readonly string[];
  readonly blocks: readonly Block[];
  readonly tableRows: number;
  readonly links: readonly Link[];
  /** The lines that are no code. */
  readonly prose: readonly { readonly text: string; readonly line: number }[];
}

const FENCE = /^\s*(`{3,}|~{3,})(.*)$/;
const LINK = /\]\(([^()\s]+(?:\([^()\s]*\))?)(?: "[^"]*")?\)|(?:src|href)="([^"]+)"|^\[[^\]]+\]: (\S+)/g;

export function parseMarkdown(text: string): Markdown {
  const blocks: Block[] = [];
  const prose: { text: string; line: number }[] = [];
  let open: { fence: string; words: string; line: number; lines: string[] } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const fence = FENCE.exec(line);
    if (open === undefined) {
      if (fence === null) prose.push({ text: line, line: index + 1 });
      else open = { fence: fence[1] ?? "", words: (fence[2] ?? "").trim(), line: index + 2, lines: [] };
    } else if (line.trim() === open.fence) {
      blocks.push({ words: open.words, text: open.lines.join("\n"), line: open.line });
      open = undefined;
    } else {
      open.lines.push(line);
    }
  }
  return {
    headings: prose.flatMap(({ text: line }) => /^#{1,6} +(.*?)(?: +#+)?$/.exec(line)?.[1] ?? []),
    blocks,
    tableRows: prose.filter(({ text: line }) => line.startsWith("|")).length,
    links: prose.flatMap(({ text: line, line: number }) =>
      [...line.replace(/`[^`]*`/g, "").matchAll(LINK)].map((match) => ({
        target: match[1] ?? match[2] ?? match[3] ?? "",
        line: number,
      })),
    ),
    prose,
  };
}

/** The anchors that a page makes of its headings: lower case, no punctuation, hyphens; a number at repeated ones. */
export function anchors(headings: readonly string[]): Set<string> {
  const seen = new Map<string, number>();
  const found = new Set<string>();
  for (const heading of headings) {
    const text = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, "$1").toLowerCase();
    const anchor = text.replace(/[^\p{L}\p{N}\p{M}_ -]/gu, "").replaceAll(" ", "-");
    const count = seen.get(anchor) ?? 0;
    seen.set(anchor, count + 1);
    found.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return found;
}
