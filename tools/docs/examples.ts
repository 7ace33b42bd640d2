import { parseMarkdown } from "./markdown.ts";

/** A program in the documentation. */
export interface Example {
  readonly file: string;
  /** The number of its first line in the file. */
  readonly line: number;
  readonly text: string;
  readonly run: boolean;
  /** In a doc comment: names of the package need no import, and `expression; // value` is asserted. */
  readonly isComment: boolean;
}

export interface Found {
  readonly examples: readonly Example[];
  readonly faults: readonly string[];
}

/** The ```ts blocks of a page. */
export function examplesOfPage(file: string, text: string): Found {
  const examples: Example[] = [];
  const faults: string[] = [];
  for (const block of parseMarkdown(text).blocks) {
    const [language, ...words] = block.words.split(/\s+/);
    if (language === "typescript" || language === "js" || language === "javascript") {
      faults.push(`${file}:${block.line}: \`\`\`${language}: write \`\`\`ts, which is checked`);
    }
    if (language !== "ts") continue;
    const { text: program, line } = block;
    examples.push({ file, line, text: program, run: words.includes("run"), isComment: false });
  }
  return { examples, faults };
}

/** The `@example`s of the doc comments of a module. */
export function examplesOfModule(file: string, text: string): Found {
  const examples: Example[] = [];
  const faults: string[] = [];
  for (const comment of text.matchAll(/^[ \t]*\/\*\*[\s\S]*?\*\//gm)) {
    const first = text.slice(0, comment.index).split("\n").length;
    const lines = comment[0].split("\n").map((line) => line.replace(/^\s*(\/\*\*|\*(?!\/)) ?|\s*\*\/$/g, ""));
    for (const [index, tag] of lines.entries()) {
      const caption = /^@example\b(.*)/.exec(tag)?.[1]?.trim();
      if (caption === undefined) continue;
      const next = lines.findIndex((line, at) => at > index && /^@\w/.test(line));
      const body = lines
        .slice(index + 1, next === -1 ? undefined : next)
        .map((line) => (line.startsWith("```") ? "" : line));
      const place = { file, line: first + index + 1 };
      if (body.join("").trim() === "")
        faults.push(`${file}:${first + index}: @example without a program in the next line`);
      const notRun = caption.startsWith("(not run");
      if (notRun && !/^\(not run: .+\)$/.test(caption)) faults.push(`${file}:${first + index}: (not run: why?)`);
      examples.push({ ...place, text: body.join("\n"), run: !notRun, isComment: true });
    }
  }
  return { examples, faults };
}
