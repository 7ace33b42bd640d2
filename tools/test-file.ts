import { join, resolve } from "node:path";
import { run } from "node:test";

export interface TestResult {
  readonly name: string;
  /** How deep it is nested in suites and tests. */
  readonly depth: number;
  readonly outcome: "pass" | "fail" | "skip" | "todo" | "suite";
  readonly durationMs: number;
  /** Why it was skipped, "" without a reason. */
  readonly reason: string;
  readonly error?: unknown;
}

export interface FileResult {
  readonly file: string;
  readonly durationMs: number;
  readonly tests: readonly TestResult[];
  /** What the file did wrong as a whole: it crashed, it did not end, it holds no test. */
  readonly fault?: string;
  /** What it printed. */
  readonly output: string;
}

/** What the events of Node's runner have in common, from Node 20 on. */
type TestEvent =
  | { readonly type: "test:stdout" | "test:stderr"; readonly data: { readonly message: string } }
  | { readonly type: "test:dequeue"; readonly data: { readonly name: string } }
  | { readonly type: "test:pass" | "test:fail"; readonly data: ResultData };

interface ResultData {
  readonly name: string;
  readonly nesting: number;
  readonly skip?: string | boolean;
  readonly todo?: string | boolean;
  readonly details: { readonly duration_ms: number; readonly type?: string; readonly error?: FailureError };
}

interface FailureError {
  readonly failureType?: string;
  readonly exitCode?: number | null;
  readonly signal?: string | null;
  readonly cause?: unknown;
}

/** Runs the compiled form of one test file in a process of its own, and ends it after `timeoutMs`. */
export async function runTestFile(file: string, timeoutMs: number): Promise<FileResult> {
  const compiled = resolve(join("build", file.replace(/\.ts$/, ".js")));
  const started = performance.now();
  const levels: TestResult[][] = [];
  const waiting = new Set<string>();
  let fault: string | undefined;
  let output = "";
  const stream = run({ files: [compiled], signal: AbortSignal.timeout(timeoutMs) }) as AsyncIterable<TestEvent>;
  for await (const { type, data } of stream) {
    if (type === "test:stdout" || type === "test:stderr") output += data.message;
    if (type === "test:dequeue") waiting.add(data.name);
    if (type !== "test:pass" && type !== "test:fail") continue;
    waiting.delete(data.name);
    if (data.name === compiled) {
      fault = type === "test:fail" ? fileFault(data.details.error, timeoutMs, waiting) : undefined;
    } else {
      insert(levels, testResult(type, data));
    }
  }
  const tests = levels[0] ?? [];
  if (fault === undefined && tests.length === 0) fault = "it holds no test";
  const durationMs = performance.now() - started;
  return { file, durationMs, tests, output, ...(fault === undefined ? {} : { fault }) };
}

/** A suite is reported after what it holds; here it stands before. `levels[n]`: what of depth n has no parent yet. */
function insert(levels: TestResult[][], result: TestResult): void {
  const held = levels[result.depth + 1] ?? [];
  levels[result.depth + 1] = [];
  levels[result.depth] = [...(levels[result.depth] ?? []), result, ...held];
}

function testResult(type: "test:pass" | "test:fail", data: ResultData): TestResult {
  const { error } = data.details;
  return {
    name: data.name,
    depth: data.nesting,
    outcome: outcome(type, data),
    durationMs: data.details.duration_ms,
    reason: typeof data.skip === "string" ? data.skip : "",
    ...(error === undefined ? {} : { error: error.cause ?? error }),
  };
}

function outcome(type: "test:pass" | "test:fail", data: ResultData): TestResult["outcome"] {
  if (data.todo !== undefined && data.todo !== false) return "todo";
  if (data.skip !== undefined && data.skip !== false) return "skip";
  // A suite that fails through its tests is counted by them.
  const through = data.details.error?.failureType === "subtestsFailed";
  if (data.details.type === "suite" && (type === "test:pass" || through)) return "suite";
  return type === "test:fail" ? "fail" : "pass";
}

function fileFault(
  error: FailureError | undefined,
  timeoutMs: number,
  waiting: ReadonlySet<string>,
): string | undefined {
  if (error?.failureType === "testAborted") {
    const why = waiting.size === 0 ? "a blocking call, or a handle left open" : `in ${[...waiting].join("; ")}`;
    return `it did not end within ${timeoutMs / 1000} s and was ended: ${why}`;
  }
  if (typeof error?.signal === "string") return `it was ended by ${error.signal}`;
  return `it exited with ${error?.exitCode ?? "an error"}`;
}
