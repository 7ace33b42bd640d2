import { invalidValue } from "../api/errors.ts";

/** IFNAMSIZ of linux/if.h, without the NUL. */
const LONGEST_NAME = 15;

/** What the kernel takes for the name of an interface (dev_valid_name); in "tap%d" it puts a number. */
export function checkDeviceName(name: unknown): void {
  const isLegal =
    typeof name === "string" &&
    new TextEncoder().encode(name).length <= LONGEST_NAME &&
    name !== "" &&
    name !== "." &&
    name !== ".." &&
    !/[\s/:\0]/.test(name) &&
    /^[^%]*(%d)?[^%]*$/.test(name);
  if (isLegal) return;
  throw invalidValue("name", `the name of an interface: at most ${LONGEST_NAME} bytes, without "/", ":", spaces`, name);
}
