/** IEEE 802.1Q tags: two bytes of type before two of control information. */

/** A tag of a customer: IEEE 802.1Q. */
export const ETHERTYPE_VLAN = 0x8100;
/** A tag of a service provider: IEEE 802.1ad. */
export const ETHERTYPE_SERVICE_VLAN = 0x88a8;

/** Bytes that a tag adds to a frame. */
export const VLAN_TAG_BYTES = 4;

/** Whether a type announces a tag. */
export function isVlanType(type: number): boolean {
  return type === ETHERTYPE_VLAN || type === ETHERTYPE_SERVICE_VLAN;
}

/** The network of a tag, 0 to 4095; 0 is none, only a priority. */
export function vlanId(tag: number): number {
  return tag & 0x0fff;
}

/** The priority of a tag, 0 to 7. */
export function vlanPriority(tag: number): number {
  return (tag >>> 13) & 7;
}

/** Whether the frame may be dropped before others. */
export function vlanDropEligible(tag: number): boolean {
  return (tag & 0x1000) !== 0;
}

/** A tag's control information. */
export function vlanTag(id: number, priority = 0, dropEligible = false): number {
  return ((priority & 7) << 13) | (dropEligible ? 0x1000 : 0) | (id & 0x0fff);
}
