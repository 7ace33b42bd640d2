import { callText, type Kernel, telephoneWord, traceCalls, type TracedCall } from "dialtone";
import { Cable, type Machine } from "./cable.ts";
import { echoClient, echoServer } from "./echo.ts";
import { PacketLines } from "./packet-line.ts";

/* The page: two stacks on a cable, the calls of their programs and the packets between them. */

function element<Kind extends HTMLElement>(id: string): Kind {
  const found = document.getElementById(id);
  if (found === null) throw new TypeError(`the page has no #${id}`);
  return found as Kind;
}

const word = element<HTMLInputElement>("word");
const delay = element<HTMLInputElement>("delay");
const button = element<HTMLButtonElement>("call");
const answer = element<HTMLOutputElement>("answer");
const rows = element<HTMLTableSectionElement>("rows");

let beganMs = 0;

/** One line of the score: something that a program does, or a packet that leaves. */
function addRow(kind: "call" | "packet", machine: Machine, text: string, explained: string): void {
  const row = rows.insertRow();
  row.className = `${kind} ${machine.name}`;
  const column = kind === "packet" ? 2 : machine.name === "alice" ? 1 : 3;
  for (let at = 0; at < 4; at += 1) {
    const cell = row.insertCell();
    if (at === 0) cell.textContent = `${Math.round(performance.now() - beganMs)} ms`;
    if (at !== column) continue;
    cell.textContent = text;
    cell.title = explained;
  }
  row.scrollIntoView({ block: "nearest" });
}

function traced(machine: Machine): Kernel {
  return traceCalls(machine.stack.kernel, (call: TracedCall) =>
    addRow("call", machine, callText(call), telephoneWord(call)),
  );
}

const lines = new PacketLines();
const cable = new Cable((from, bytes) => {
  const arrow = from.name === "alice" ? "⟶" : "⟵";
  addRow("packet", from, `${arrow} ${lines.line(bytes)}`, `a packet of ${bytes.length} bytes leaves ${from.name}`);
});

async function call(): Promise<void> {
  rows.replaceChildren();
  answer.textContent = "";
  cable.delayMs = Number(delay.value);
  beganMs = performance.now();
  let served: Promise<void> | undefined;
  await new Promise<void>((resolve, reject) => {
    served = echoServer(traced(cable.bob), resolve);
    served.catch(reject);
  });
  answer.textContent = await echoClient(traced(cable.alice), cable.bob.name, word.value);
  await served;
}

button.addEventListener("click", () => {
  button.disabled = true;
  document.body.dataset["state"] = "busy";
  call()
    .catch((error: unknown) => (answer.textContent = String(error)))
    .finally(() => {
      button.disabled = false;
      document.body.dataset["state"] = "done";
    });
});
document.body.dataset["state"] = "ready";
