import { emitGroupRecord, GroupRecord, groupRecordBytes } from "../../wire/group-record.ts";
import type { Packet } from "../packet.ts";
import type { ReportRecord } from "./pending-report.ts";
import { putSources } from "./record-sources.ts";
import { MAX_SOURCES } from "./source-filter.ts";

/** Writes the records of a report: RFC 3376 §4.2, RFC 3810 §5.2. */
export class RecordWriter {
  readonly #record: GroupRecord = new GroupRecord();
  readonly #sources: Int32Array = new Int32Array(4 * MAX_SOURCES);
  readonly #addressBytes: number;

  /** Addresses have 4 bytes, or 16. */
  constructor(addressBytes: number) {
    this.#addressBytes = addressBytes;
  }

  /**
   * Puts records behind the `headerBytes` of a message, from the first on, as many as `mostBytes` hold with it; the
   * packet then ends behind them. Returns the first that did not fit.
   */
  put(packet: Packet, headerBytes: number, mostBytes: number, records: readonly ReportRecord[], first: number): number {
    const record = this.#record;
    let at = packet.start + headerBytes;
    let next = first;
    for (; next < records.length; next++) {
      const { type, group, sources } = records[next] as ReportRecord;
      if (at + groupRecordBytes(this.#addressBytes, sources.length) > packet.start + mostBytes) break;
      record.type = type;
      record.group0 = group.w0;
      record.group1 = group.w1;
      record.group2 = group.w2;
      record.group3 = group.w3;
      record.sourceCount = putSources(sources, this.#sources);
      at = emitGroupRecord(packet.view, at, this.#addressBytes, record, this.#sources);
    }
    packet.end = at;
    return next;
  }
}
