import { tokens } from "./lexer.ts";
import { parseExpression, parseItems } from "./parse-expression.ts";
import { parsePacket } from "./parse-packet.ts";
import type { Action, CallAction, CommandAction, EventTime, Script, ScriptEvent, ScriptOption } from "./tree.ts";
import { ScriptFault } from "./fault.ts";
import { TokenStream } from "./token-stream.ts";

const US_PER_S = 1_000_000;
/** Events in one script: more than any has. */
const MAX_EVENTS = 100_000;

/**
 * Reads a script. `defines` are those of the command line; the script's own (`--define=NAME=value`) come after them.
 * What cannot be read is a ScriptFault.
 */
export function parseScript(source: string, file: string, defines: ReadonlyMap<string, string> = new Map()): Script {
  const own = new Map(defines);
  for (const token of tokens(source, file, own)) {
    if (token.kind !== "option") break;
    const [name, symbol, ...value] = token.text.split("=");
    if (name === "define" && symbol !== undefined && !own.has(symbol)) own.set(symbol, value.join("="));
  }
  const stream = new TokenStream(file, source, tokens(source, file, own));
  const options = parseOptions(stream);
  const initCommand = stream.sees("command") ? parseCommand(stream) : undefined;
  const events: ScriptEvent[] = [];
  let cleanupCommand: CommandAction | undefined;
  while (!stream.ended && cleanupCommand === undefined) {
    if (stream.sees("command")) cleanupCommand = parseCommand(stream);
    else events.push(parseEvent(stream));
    if (events.length > MAX_EVENTS) throw new ScriptFault(stream.place, `more than ${MAX_EVENTS} events`);
  }
  if (!stream.ended) throw stream.fault("nothing comes behind the command at the end");
  return { file, options, initCommand, events, cleanupCommand };
}

function parseOptions(stream: TokenStream): ScriptOption[] {
  const options: ScriptOption[] = [];
  for (let token = stream.take("option"); token !== undefined; token = stream.take("option")) {
    const [name = "", ...value] = token.text.split("=");
    const text = value.length === 0 ? undefined : value.join("=").replace(/^"(.*)"$/s, "$1");
    options.push({ line: token.line, name, value: text });
  }
  return options;
}

function parseCommand(stream: TokenStream): CommandAction {
  return { kind: "command", command: stream.need("command").text };
}

function parseEvent(stream: TokenStream): ScriptEvent {
  const first = stream.peek();
  const { line } = stream.place;
  if (first === undefined) throw stream.fault("expected an event");
  const time = parseTime(stream);
  const action = parseAction(stream, time);
  return { line, time, action, text: stream.textFrom(first) };
}

/** `0.1`, `+.1`, `*`, `1~2`, `+0~+.3`. */
function parseTime(stream: TokenStream): EventTime {
  if (stream.take("symbol", "*") !== undefined) return { kind: "any" };
  const relative = stream.take("symbol", "+") !== undefined;
  const us = parseSeconds(stream);
  if (stream.take("symbol", "~") === undefined) return { kind: relative ? "relative" : "absolute", us };
  if (relative) stream.need("symbol", "+");
  const endUs = parseSeconds(stream);
  if (endUs < us) throw stream.fault("a range of time ends before it begins");
  return { kind: relative ? "relative range" : "absolute range", us, endUs };
}

function parseSeconds(stream: TokenStream): number {
  const token = stream.take("float") ?? stream.take("integer");
  if (token === undefined) throw stream.fault("expected a time in seconds");
  const us = Math.round(Number(token.text) * US_PER_S);
  if (us < 0) throw stream.fault("no time is before the beginning");
  return us;
}

function parseAction(stream: TokenStream, time: EventTime): Action {
  if (stream.sees("symbol", "<") || stream.sees("symbol", ">")) {
    const packet = parsePacket(stream);
    if (packet.direction === "in" && time.kind !== "absolute" && time.kind !== "relative") {
      throw stream.fault("a packet that comes in has one time");
    }
    return packet;
  }
  if (stream.sees("command")) return parseCommand(stream);
  const code = stream.take("code");
  if (code !== undefined) return { kind: "code", code: code.text };
  return parseCall(stream, time);
}

/** `...0.5 connect(3, ..., ...) = -1 ETIMEDOUT (Connection timed out)`. */
function parseCall(stream: TokenStream, time: EventTime): CallAction {
  let endUs: number | undefined;
  if (stream.take("ellipsis") !== undefined) {
    endUs = parseSeconds(stream);
    if (time.kind !== "absolute" && time.kind !== "relative") throw stream.fault("a call that waits has one time");
    if (endUs < time.us) throw stream.fault("the call ends before it begins");
  }
  const name = stream.need("word", undefined, "a packet, a call, a command or code").text;
  stream.need("symbol", "(");
  const args = parseItems(stream, ")");
  stream.need("symbol", "=", '"=" and the result');
  const result = parseExpression(stream);
  const errno = stream.take("word")?.text;
  if (stream.sees("symbol", "(")) skipNote(stream);
  return { kind: "call", name, args, result, errno, endUs };
}

/** `(Resource temporarily unavailable)`: for people. */
function skipNote(stream: TokenStream): void {
  stream.need("symbol", "(");
  while (stream.take("symbol", ")") === undefined) {
    if (stream.ended) throw stream.fault('expected ")"');
    stream.need(stream.peek()?.kind ?? "word");
  }
}
