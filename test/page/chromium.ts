import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable, Writable } from "node:stream";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];

/** Chromium's command; undefined where there is none. */
export function chromium(): string | undefined {
  return NAMES.find((name) => {
    try {
      execFileSync(name, ["--version"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

interface Answer {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly result?: Readonly<Record<string, unknown>>;
  readonly error?: { readonly message: string };
}

/** A browser without a window, driven by the DevTools protocol over a pipe: JSON messages that end in a NUL. */
export class Browser {
  readonly #process: ChildProcess;
  readonly #profile: string = mkdtempSync(join(tmpdir(), "dialtone-chromium-"));
  readonly #pending: Map<number, (answer: Answer) => void> = new Map();
  readonly #gone: Promise<void>;
  #rest = "";
  #next = 0;
  /** What the page's console and its uncaught errors said. */
  readonly complaints: string[] = [];

  constructor(command: string) {
    const flags = ["--headless=new", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-dev-shm-usage"];
    const args = [...flags, "--remote-debugging-pipe", `--user-data-dir=${this.#profile}`, "about:blank"];
    this.#process = spawn(command, args, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
    this.#gone = new Promise((resolve) => this.#process.once("close", () => resolve()));
    const output = this.#process.stdio[4] as Readable;
    output.setEncoding("utf8").on("data", (text: string) => this.#heard(text));
  }

  /** Opens a page; what gives commands to it. */
  async open(url: string): Promise<Page> {
    const { targetId } = await this.send("Target.createTarget", { url: "about:blank" });
    const { sessionId } = await this.send("Target.attachToTarget", { targetId, flatten: true });
    const page = new Page(this, sessionId as string);
    await page.send("Runtime.enable");
    await page.send("Page.navigate", { url });
    return page;
  }

  async send(
    method: string,
    params: Record<string, unknown> = {},
    sessionId?: string,
  ): Promise<Readonly<Record<string, unknown>>> {
    const id = (this.#next += 1);
    const answer = new Promise<Answer>((resolve) => this.#pending.set(id, resolve));
    (this.#process.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, sessionId })}\0`);
    const { result, error } = await Promise.race([answer, this.#gone.then((): Answer => ({ error: GONE }))]);
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  #heard(text: string): void {
    const messages = (this.#rest + text).split("\0");
    this.#rest = messages.pop() ?? "";
    for (const message of messages) {
      const answer = JSON.parse(message) as Answer;
      if (answer.id !== undefined) this.#pending.get(answer.id)?.(answer);
      else if (answer.method === "Runtime.exceptionThrown" || answer.method === "Runtime.consoleAPICalled") {
        this.complaints.push(JSON.stringify(answer.params));
      }
    }
  }

  async close(): Promise<void> {
    await this.send("Browser.close").catch(() => this.#process.kill("SIGKILL"));
    await this.#gone;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }
}

const GONE = { message: "the browser is gone" };

/** One page of it. */
export class Page {
  readonly #browser: Browser;
  readonly #session: string;

  constructor(browser: Browser, session: string) {
    this.#browser = browser;
    this.#session = session;
  }

  send(method: string, params: Record<string, unknown> = {}): Promise<Readonly<Record<string, unknown>>> {
    return this.#browser.send(method, params, this.#session);
  }

  /** The value of an expression in the page, awaited there. */
  async value(expression: string): Promise<unknown> {
    const settings = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.send("Runtime.evaluate", settings);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return (result as { value?: unknown }).value;
  }

  /** Waits until an element's attribute has a value: an observer in the page says when. */
  async until(selector: string, attribute: string, value: string): Promise<void> {
    const [where, name, wanted] = [selector, attribute, value].map((text) => JSON.stringify(text));
    await this.value(`new Promise((resolve) => {
      const look = () => {
        if (document.querySelector(${where})?.getAttribute(${name}) !== ${wanted}) return;
        observer.disconnect();
        resolve();
      };
      const observer = new MutationObserver(look);
      observer.observe(document, { subtree: true, childList: true, attributes: true });
      look();
    })`);
  }
}
