/** `struct ifreq`, netdevice(7): an interface's name, and one of several things at the same place. */
export const IFREQ = {
  size: 40,
  name: 0,
  addr: 16,
  dstaddr: 16,
  broadaddr: 16,
  netmask: 16,
  hwaddr: 16,
  flags: 16,
  ifindex: 16,
  metric: 16,
  mtu: 16,
  map: 16,
  slave: 16,
  newname: 16,
  data: 16,
} as const;
