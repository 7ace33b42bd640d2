import { parseArgs } from "node:util";
import { parseSeeds, parseShard, seedsOf } from "../../sim/sweep/seeds.ts";
import { parsed, usageError, wholeNumber } from "../usage-error.ts";

const MOST_JOBS = 64;
const MOST_SHARDS = 1_000_000;

/** What `dialtone sim` is told. */
export interface SimSettings {
  readonly file: string;
  readonly seeds: readonly number[];
  readonly jobs: number;
  readonly failures: number;
  readonly shrink: boolean;
  readonly onlyFaults: readonly number[] | undefined;
  readonly timeLimitMs: number | undefined;
  readonly json: boolean;
  readonly junit: string | undefined;
  readonly trace: boolean;
  readonly pcap: string | undefined;
  /** What another process of this command needs to do a part of the same. */
  readonly own: readonly string[];
}

/** Reads the arguments; `environment` may have JOB_COMPLETION_INDEX, as an indexed job of Kubernetes sets it. */
export function readSettings(args: readonly string[], environment: NodeJS.ProcessEnv): SimSettings {
  const { values, positionals } = parsed(() =>
    parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        seeds: { type: "string", default: "1..100" },
        seed: { type: "string" },
        shard: { type: "string", multiple: true, default: [] },
        shards: { type: "string" },
        jobs: { type: "string", default: "1" },
        failures: { type: "string", default: "1" },
        faults: { type: "string" },
        "no-shrink": { type: "boolean", default: false },
        "time-limit": { type: "string" },
        json: { type: "boolean", default: false },
        junit: { type: "string" },
        trace: { type: "boolean", default: false },
        pcap: { type: "string" },
      },
    }),
  );
  const [file, ...rest] = positionals;
  if (file === undefined) throw usageError("which scenario? A file whose default export is one");
  if (rest.length > 0) throw usageError(`"${rest[0]}" is too many: one scenario at a time`);
  const shards = [...values.shard, ...shardOfJob(values.shards, environment)];
  const text = values.seed ?? values.seeds;
  const all = refused(() => parseSeeds(text));
  const seeds = shards.reduce(
    (left, shard) =>
      seedsOf(
        refused(() => parseShard(shard)),
        left,
      ),
    all,
  );
  const isSeen = values.trace || values.pcap !== undefined;
  if (isSeen && seeds.length !== 1) throw usageError("--trace and --pcap show one run: say which with --seed N");
  const limit = values["time-limit"];
  const own = ["--seeds", text, "--failures", values.failures, ...shards.flatMap((shard) => ["--shard", shard])];
  if (values["no-shrink"]) own.push("--no-shrink");
  if (limit !== undefined) own.push("--time-limit", limit);
  if (values.faults !== undefined) own.push("--faults", values.faults);
  return {
    file,
    seeds,
    jobs: wholeNumber("--jobs", values.jobs, 1, MOST_JOBS),
    failures: wholeNumber("--failures", values.failures, 1, Number.MAX_SAFE_INTEGER),
    shrink: !values["no-shrink"],
    onlyFaults: values.faults === undefined ? undefined : faultNumbers(values.faults),
    timeLimitMs: limit === undefined ? undefined : wholeNumber("--time-limit", limit, 1, Number.MAX_SAFE_INTEGER),
    json: values.json,
    junit: values.junit,
    trace: values.trace,
    pcap: values.pcap,
    own,
  };
}

function faultNumbers(text: string): number[] {
  return text === "none" ? [] : refused(() => parseSeeds(text));
}

/** With `--shards 16` the number of the shard is the job's own, which counts from 0. */
function shardOfJob(count: string | undefined, environment: NodeJS.ProcessEnv): string[] {
  if (count === undefined) return [];
  const shards = wholeNumber("--shards", count, 1, MOST_SHARDS);
  const index = environment["JOB_COMPLETION_INDEX"];
  if (index === undefined)
    throw usageError("--shards needs JOB_COMPLETION_INDEX, which an indexed job has; or --shard 3/16");
  return [`${wholeNumber("JOB_COMPLETION_INDEX", index, 0, shards - 1) + 1}/${shards}`];
}

/** What is wrong with a value is wrong usage. */
function refused<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw usageError((error as Error).message);
  }
}
