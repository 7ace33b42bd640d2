import type { RepairOption, RepairWindow } from "../api/options.ts";
import { checkInteger, elementsOf, fieldsOf, UINT_MAX } from "./argument.ts";
import { type OptionCodec, paddedView, viewOf } from "./codec.ts";

/** `struct tcp_repair_opt`, TCP_REPAIR_OPTIONS. */
export const TCP_REPAIR_OPT = { size: 8, code: 0, val: 4 } as const;
/** `struct tcp_repair_window`, TCP_REPAIR_WINDOW. */
export const TCP_REPAIR_WINDOW_STATE = {
  size: 20,
  snd_wl1: 0,
  snd_wnd: 4,
  max_window: 8,
  rcv_wnd: 12,
  rcv_wup: 16,
} as const;

/** More options than a TCP header has room for. */
const MOST_OPTIONS = 40;

export const repairOptionsCodec: OptionCodec<RepairOption[]> = {
  size: MOST_OPTIONS * TCP_REPAIR_OPT.size,
  encode(value, argument) {
    const elements = elementsOf(argument, value, "options { code, value }", MOST_OPTIONS);
    const bytes = new Uint8Array(elements.length * TCP_REPAIR_OPT.size);
    const view = viewOf(bytes);
    elements.forEach((element, index) => {
      const { code, value: number } = fieldsOf(`${argument}[${index}]`, element, "{ code, value }");
      checkInteger(`${argument}[${index}].code`, code, 0, UINT_MAX);
      checkInteger(`${argument}[${index}].value`, number, 0, UINT_MAX);
      view.setUint32(index * TCP_REPAIR_OPT.size + TCP_REPAIR_OPT.code, code, true);
      view.setUint32(index * TCP_REPAIR_OPT.size + TCP_REPAIR_OPT.val, number, true);
    });
    return bytes;
  },
};

const windowFields = [
  ["sndWl1", TCP_REPAIR_WINDOW_STATE.snd_wl1],
  ["sndWnd", TCP_REPAIR_WINDOW_STATE.snd_wnd],
  ["maxWindow", TCP_REPAIR_WINDOW_STATE.max_window],
  ["rcvWnd", TCP_REPAIR_WINDOW_STATE.rcv_wnd],
  ["rcvWup", TCP_REPAIR_WINDOW_STATE.rcv_wup],
] as const;

export const repairWindowCodec: OptionCodec<RepairWindow> = {
  size: TCP_REPAIR_WINDOW_STATE.size,
  encode(value, argument) {
    const fields = fieldsOf(argument, value, "{ sndWl1, sndWnd, maxWindow, rcvWnd, rcvWup }");
    const bytes = new Uint8Array(TCP_REPAIR_WINDOW_STATE.size);
    for (const [name, offset] of windowFields) {
      const field = fields[name];
      checkInteger(`${argument}.${name}`, field, 0, UINT_MAX);
      viewOf(bytes).setUint32(offset, field, true);
    }
    return bytes;
  },
  decode(bytes) {
    const view = paddedView(bytes, TCP_REPAIR_WINDOW_STATE.size);
    return Object.fromEntries(
      windowFields.map(([name, offset]) => [name, view.getUint32(offset, true)]),
    ) as unknown as RepairWindow;
  },
};
