import { ScriptFault, type Place } from "../language/fault.ts";
import type { ScriptEvent } from "../language/tree.ts";
import { sideBySide, type Comparison } from "./difference.ts";
import { secondsText } from "./time.ts";

/** A script went otherwise than it says: at which event, when, and what was expected beside what was. */
export class ScriptFailure extends ScriptFault {
  /** The time of the script. */
  readonly atUs: number;
  /** The event, and the table, in lines. */
  readonly detail: readonly string[];

  constructor(place: Place, what: string, atUs: number, event: ScriptEvent, rows: readonly Comparison[] = []) {
    super(place, what);
    this.atUs = atUs;
    this.detail = [...event.text.split("\n"), ...(rows.length === 0 ? [] : sideBySide(rows))];
  }

  /** All of it for people: file, line, time, what, and the table. */
  report(): string {
    const { file, line } = this.place;
    const detail = this.detail.map((text) => `    ${text}`);
    return [`${file}:${line}: at ${secondsText(this.atUs)}: ${this.what}`, ...detail].join("\n");
  }
}
