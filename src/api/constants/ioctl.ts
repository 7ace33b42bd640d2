// Requests of `ioctl` that sockets answer, ioctl(2), netdevice(7), tcp(7), udp(7).

// Of any descriptor
export const FIONREAD = 0x541b;
export const FIONBIO = 0x5421;
export const FIOASYNC = 0x5452;
export const FIOCLEX = 0x5451;
export const FIONCLEX = 0x5450;
export const FIOSETOWN = 0x8901;
export const FIOGETOWN = 0x8903;

// Of sockets
export const SIOCINQ = 0x541b;
export const SIOCOUTQ = 0x5411;
export const SIOCOUTQNSD = 0x894b;
export const SIOCATMARK = 0x8905;
export const SIOCSPGRP = 0x8902;
export const SIOCGPGRP = 0x8904;
export const SIOCGSTAMP = 0x8906;
export const SIOCGSTAMPNS = 0x8907;
export const SIOCGSKNS = 0x894c;
export const SIOCUNIXFILE = 0x89e0;

// Of interfaces, read
export const SIOCGIFNAME = 0x8910;
export const SIOCGIFCONF = 0x8912;
export const SIOCGIFFLAGS = 0x8913;
export const SIOCGIFADDR = 0x8915;
export const SIOCGIFDSTADDR = 0x8917;
export const SIOCGIFBRDADDR = 0x8919;
export const SIOCGIFNETMASK = 0x891b;
export const SIOCGIFMETRIC = 0x891d;
export const SIOCGIFMTU = 0x8921;
export const SIOCGIFHWADDR = 0x8927;
export const SIOCGIFINDEX = 0x8933;
export const SIOCGIFPFLAGS = 0x8935;
export const SIOCGIFTXQLEN = 0x8942;
export const SIOCGIFMAP = 0x8970;
export const SIOCETHTOOL = 0x8946;

// Of interfaces, change
export const SIOCSIFFLAGS = 0x8914;
export const SIOCSIFADDR = 0x8916;
export const SIOCSIFDSTADDR = 0x8918;
export const SIOCSIFBRDADDR = 0x891a;
export const SIOCSIFNETMASK = 0x891c;
export const SIOCSIFMETRIC = 0x891e;
export const SIOCSIFMTU = 0x8922;
export const SIOCSIFNAME = 0x8923;
export const SIOCSIFHWADDR = 0x8924;
export const SIOCADDMULTI = 0x8931;
export const SIOCDELMULTI = 0x8932;
export const SIOCSIFPFLAGS = 0x8934;
export const SIOCDIFADDR = 0x8936;
export const SIOCSIFTXQLEN = 0x8943;
export const SIOCSHWTSTAMP = 0x89b0;

// Of routes and neighbours
export const SIOCADDRT = 0x890b;
export const SIOCDELRT = 0x890c;
export const SIOCDARP = 0x8953;
export const SIOCGARP = 0x8954;
export const SIOCSARP = 0x8955;
