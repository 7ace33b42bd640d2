/** `struct ifconf`, SIOCGIFCONF in netdevice(7): the bytes and the address of an array of `struct ifreq`. */
export const IFCONF = { size: 16, len: 0, buf: 8 } as const;
