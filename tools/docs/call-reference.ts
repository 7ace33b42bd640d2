import { readFileSync } from "node:fs";

/** The page whose parts are written from the docstrings. */
export const CALL_PAGE = "docs/calls.md";

const BLOCKING = "src/api/calls/blocking.ts";

/** What every call means by these, where it does not say more. */
const USUAL: Readonly<Record<string, string>> = {
  EBADF: "The descriptor is not open, or was closed while the call waited.",
  ENOTSOCK: "The descriptor is no socket.",
  ENOMEM: "No memory.",
};

/** A member of an interface: its docstring's lines and its type, as the source has them. */
interface Member {
  readonly name: string;
  readonly lines: readonly string[];
  readonly type: string;
}

interface Refusal {
  readonly codes: string;
  readonly when: string;
}

/**
 * The page with its parts as the docstrings have them now: what is between `<!-- from: a/file.ts -->` and
 * `<!-- end -->`.
 */
export function withCallReference(page: string): string {
  const twins = new Map(membersOf(BLOCKING).map((member) => [member.name, member]));
  return page.replace(
    /(<!-- from: (\S+) -->\n)[\s\S]*?(<!-- end -->)/g,
    (_, begin: string, file: string, end: string) => {
      const sections = membersOf(file).map((member) => section(member, twins.get(`${member.name}Sync`)));
      return `${begin}\n${sections.join("\n")}\n${end}`;
    },
  );
}

function membersOf(file: string): Member[] {
  const members: Member[] = [];
  const found = readFileSync(file, "utf8").matchAll(
    /\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*readonly (\w+)\??:([^;]*=>[^;]*);\n/g,
  );
  for (const [, comment = "", name = "", type = ""] of found) {
    members.push({ name, type, lines: comment.split("\n").map((line) => line.replace(/^\s*\* ?/, "").trimEnd()) });
  }
  return members;
}

/** `(fd: number) => void` as a call: `close(fd: number): void`. */
function signature({ name, type }: Member): string {
  const flat = type.replace(/\s+/g, " ").replace(/,? \)/g, ")").replace(/\( /g, "(").trim();
  const arrow = flat.lastIndexOf(") => ");
  const written = type.includes("NonNullable") ? flat : `${flat.slice(0, arrow + 1)}: ${flat.slice(arrow + 5)}`;
  return `${name}${written}`;
}

function section(member: Member, twin: Member | undefined): string {
  const calls = [signature(member), ...(twin === undefined ? [] : [signature(twin)])];
  const parts = [`### ${member.name}`, "", "```text", ...calls, "```", ""];
  for (const paragraph of paragraphs(member.lines)) {
    if (!paragraph.startsWith("Errors:")) parts.push(paragraph, "");
    else parts.push(...errors(paragraph), "");
  }
  return parts.join("\n");
}

/** The docstring's text before its example. A list is a part of the paragraph before it. */
function paragraphs(lines: readonly string[]): string[] {
  const end = lines.findIndex((line) => line.startsWith("@"));
  const text = lines.slice(0, end < 0 ? undefined : end).join("\n");
  return text
    .split(/\n{2,}/)
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

const CODES = "[A-Z][A-Z0-9_]{2,}(?:, [A-Z][A-Z0-9_]{2,})*";

/** "Errors: those of `send`, and" and a list, as a line and a table. */
function errors(paragraph: string): string[] {
  const [first = "", ...items] = paragraph
    .replace(/^Errors: ?/, "")
    .replace(/\n(?!- )\s*/g, " ")
    .split(/\n- |^- /);
  const isRefusal = new RegExp(`^${CODES}[:.]`).test(first);
  const preface = isRefusal || first === "" ? [] : [`Errors: ${first.replace(/,? and$/, ", and:")}`, ""];
  const refusals = [...(isRefusal ? [first] : []), ...items].flatMap(refusalsOf);
  if (refusals.length === 0) return preface.slice(0, 1);
  return [...preface, "| error | when |", "|---|---|", ...refusals.map(({ codes, when }) => `| ${codes} | ${when} |`)];
}

/** "EPIPE: nobody reads. EIO, ENOSPC: a disk. EBADF." */
function refusalsOf(item: string): Refusal[] {
  return item
    .trim()
    .split(new RegExp(`(?<=[.)]) (?=${CODES}(?::|\\.(?: |$)))`))
    .flatMap((part): Refusal[] => {
      const [, codes = "", when = ""] = new RegExp(`^(${CODES})(?:: ([\\s\\S]*)|\\.)$`).exec(part) ?? [];
      if (codes === "") throw new Error(`no error code before its reason: ${part}`);
      if (when !== "") return [{ codes, when: when.charAt(0).toUpperCase() + when.slice(1) }];
      return codes.split(", ").map((code) => ({ codes: code, when: usual(code) }));
    });
}

function usual(code: string): string {
  const when = USUAL[code];
  if (when === undefined) throw new Error(`${code} without its reason`);
  return when;
}
