import { EXIT, type Command } from "./command.ts";
import { demo } from "./demo/demo.ts";
import { echoClient } from "./echo-client.ts";
import { echoServer } from "./echo-server.ts";
import { script } from "./script.ts";
import { services } from "./services.ts";
import { sim } from "./sim/sim.ts";
import { suggestion } from "./suggestion.ts";
import { tapCommand } from "./tap.ts";
import { isUsageError } from "./usage-error.ts";
import { version } from "./version.ts";

const COMMANDS: readonly Command[] = [demo, echoServer, echoClient, script, services, sim, tapCommand];

const HELP = `dialtone: Berkeley sockets, to see and to use

Usage: dialtone <command> [arguments]

Commands:
${COMMANDS.map(({ name, summary }) => `  ${name.padEnd(13)}${summary}`).join("\n")}

  dialtone <command> --help    says more of one, with examples
  dialtone --version           prints the version

Examples:
  dialtone demo
  dialtone echo-server 7007
  dialtone echo-client localhost hello 7007

Exit codes: 0 done, 1 it failed (the reason is on stderr), 2 wrong usage, 130 interrupted.`;

/** Runs the command that the arguments name. Resolves with the exit code. */
export async function runCommandLine(args: readonly string[]): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined) {
    console.error(HELP);
    return EXIT.usage;
  }
  if (name === "--version" || name === "-V") {
    console.log(version());
    return EXIT.ok;
  }
  if (name === "--help" || name === "-h" || (name === "help" && rest[0] === undefined)) {
    console.log(HELP);
    return EXIT.ok;
  }
  const isHelp = name === "help";
  const wanted = isHelp ? (rest[0] ?? "") : name;
  const command = COMMANDS.find((one) => one.name === wanted);
  if (command === undefined) return unknown(wanted);
  if (isHelp || asksForHelp(rest)) {
    console.log(command.help);
    return EXIT.ok;
  }
  return run(command, rest);
}

async function run(command: Command, args: readonly string[]): Promise<number> {
  try {
    return await command.run(args);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`dialtone ${command.name}: ${reason}`);
    if (!isUsageError(error)) return EXIT.failure;
    console.error(`Try: dialtone ${command.name} --help`);
    return EXIT.usage;
  }
}

/** After "--" a word is only a word. */
function asksForHelp(args: readonly string[]): boolean {
  const end = args.indexOf("--");
  const before = end < 0 ? args : args.slice(0, end);
  return before.includes("--help") || before.includes("-h");
}

function unknown(name: string): number {
  const names = COMMANDS.map((command) => command.name);
  const meant = name.startsWith("-") ? undefined : suggestion(name, names);
  console.error(`dialtone: there is no ${name.startsWith("-") ? "option" : "command"} "${name}"`);
  console.error(meant === undefined ? "Try: dialtone --help" : `Did you mean: dialtone ${meant}`);
  return EXIT.usage;
}
