/** Where something is in a script. */
export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}

/** What is wrong with a script's text, or went otherwise than it says: "file:line: what". */
export class ScriptFault extends Error {
  override readonly name = "ScriptFault";
  readonly code = "ERR_SCRIPT";
  readonly place: Place;
  /** The fault without its place. */
  readonly what: string;

  constructor(place: Place, what: string) {
    super(`${place.file}:${place.line}: ${what}`);
    this.place = place;
    this.what = what;
  }
}
