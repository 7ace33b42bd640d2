/**
 * Well-known services, for where the system has no services file: what IANA assigned (RFC 6335) to names that programs
 * and people use, with the aliases that Unix systems have long had. A line: name, port, protocols, aliases.
 */
export const servicesTable = `
tcpmux 1 tcp,udp
echo 7 tcp,udp
discard 9 tcp,udp sink null
systat 11 tcp,udp users
daytime 13 tcp,udp
qotd 17 tcp,udp quote
chargen 19 tcp,udp ttytst source
ftp-data 20 tcp,udp,sctp
ftp 21 tcp,udp,sctp
ssh 22 tcp,udp,sctp
telnet 23 tcp,udp
smtp 25 tcp,udp mail
time 37 tcp,udp timserver timeserver
nameserver 42 tcp,udp
nicname 43 tcp,udp whois
tacacs 49 tcp,udp
domain 53 tcp,udp
whoispp 63 tcp,udp whois++
bootps 67 tcp,udp
bootpc 68 tcp,udp
tftp 69 tcp,udp
gopher 70 tcp,udp
finger 79 tcp,udp
http 80 tcp,udp,sctp www www-http
kerberos 88 tcp,udp kerberos5 krb5 kerberos-sec
supdup 95 tcp,udp
hostname 101 tcp,udp hostnames
iso-tsap 102 tcp,udp tsap
acr-nema 104 tcp,udp
csnet-ns 105 tcp,udp cso
rtelnet 107 tcp,udp
pop2 109 tcp,udp pop-2 postoffice
pop3 110 tcp,udp pop-3
sunrpc 111 tcp,udp portmapper rpcbind
auth 113 tcp,udp authentication tap ident
sftp 115 tcp,udp
uucp-path 117 tcp,udp
nntp 119 tcp,udp readnews untp
ntp 123 tcp,udp
epmap 135 tcp,udp loc-srv
netbios-ns 137 tcp,udp
netbios-dgm 138 tcp,udp
netbios-ssn 139 tcp,udp
imap 143 tcp imap2
snmp 161 tcp,udp
snmptrap 162 tcp,udp snmp-trap
cmip-man 163 tcp,udp
cmip-agent 164 tcp,udp
mailq 174 tcp,udp
xdmcp 177 tcp,udp
bgp 179 tcp,udp,sctp
prospero 191 tcp,udp
irc 194 tcp,udp
smux 199 tcp,udp
at-rtmp 201 tcp,udp
at-nbp 202 tcp,udp
at-echo 204 tcp,udp
at-zis 206 tcp,udp
qmtp 209 tcp,udp
z39-50 210 tcp,udp z3950 wais
ipx 213 tcp,udp
imap3 220 tcp,udp
link 245 tcp,udp ttylink
bgmp 264 tcp,udp
gist 270 udp
pt-tls 271 tcp
http-mgmt 280 tcp,udp
asip-webadmin 311 tcp,udp
ptp-event 319 tcp,udp
ptp-general 320 tcp,udp
rtsps 322 tcp,udp
rpki-rtr 323 tcp
rpki-rtr-tls 324 tcp
pdap 344 tcp,udp
pawserv 345 tcp,udp
zserv 346 tcp,udp
odmr 366 tcp,udp
rpc2portmap 369 tcp,udp
codaauth2 370 tcp,udp
clearcase 371 tcp,udp
ulistproc 372 tcp,udp ulistserv
ldap 389 tcp,udp
svrloc 427 tcp,udp
mobileip-agent 434 tcp,udp
https 443 tcp,udp,sctp
snpp 444 tcp,udp
microsoft-ds 445 tcp,udp
kpasswd 464 tcp,udp
submissions 465 tcp smtps ssmtp urd
igmpv3lite 465 udp
saft 487 tcp,udp
isakmp 500 tcp,udp
exec 512 tcp
comsat 512 udp biff
login 513 tcp
who 513 udp whod
shell 514 tcp cmd
syslog 514 udp
printer 515 tcp,udp spooler
talk 517 tcp,udp
ntalk 518 tcp,udp
utime 519 tcp,udp unixtime
efs 520 tcp
router 520 udp route routed
ripng 521 tcp,udp
timed 525 tcp,udp
tempo 526 tcp,udp newdate
courier 530 tcp,udp rpc
conference 531 tcp,udp chat
netnews 532 tcp,udp
netwall 533 tcp,udp
gdomap 538 tcp,udp
uucp 540 tcp,udp uucpd
uucp-rlogin 541 tcp,udp
klogin 543 tcp,udp
kshell 544 tcp,udp krcmd
dhcpv6-client 546 tcp,udp
dhcpv6-server 547 tcp,udp
afpovertcp 548 tcp,udp
rtsp 554 tcp,udp
remotefs 556 tcp,udp rfs rfs_server
nntps 563 tcp,udp snntp
submission 587 tcp,udp
http-rpc-epmap 593 tcp,udp
nqs 607 tcp,udp
asf-rmcp 623 udp
qmqp 628 tcp,udp
ipp 631 tcp,udp
ldaps 636 tcp,udp
repcmd 641 tcp,udp
ldp 646 tcp,udp
dhcp-failover 647 tcp,udp
rrp 648 tcp,udp
aodv 654 tcp,udp
tinc 655 tcp,udp
olsr 698 tcp,udp
epp 700 tcp,udp
lmp 701 tcp,udp
iris-beep 702 tcp,udp
silc 706 tcp,udp
kerberos-adm 749 tcp,udp
netconf-ssh 830 tcp,udp
netconf-beep 831 tcp,udp
domain-s 853 tcp,udp dot
iscsi 860 tcp,udp
owamp-control 861 tcp
owamp-test 861 udp
twamp-control 862 tcp
twamp-test 862 udp
rsync 873 tcp,udp
ftps-data 989 tcp,udp
ftps 990 tcp,udp
nas 991 tcp,udp
telnets 992 tcp,udp
imaps 993 tcp
pop3s 995 tcp,udp
exp1 1021 tcp,udp
exp2 1022 tcp,udp
socks 1080 tcp,udp
rmiactivation 1098 tcp,udp
rmiregistry 1099 tcp,udp
mctp 1100 tcp,udp
openvpn 1194 tcp,udp
h323hostcallsc 1300 tcp,udp
lotusnote 1352 tcp,udp lotusnotes
ms-sql-s 1433 tcp,udp
ms-sql-m 1434 tcp,udp
ms-sna-server 1477 tcp,udp
ica 1494 tcp,udp
wins 1512 tcp,udp
ingreslock 1524 tcp,udp
rsvp-encap-1 1698 udp
l2tp 1701 tcp,udp l2f
h323gatedisc 1718 tcp,udp
h323gatestat 1719 tcp,udp
h323hostcall 1720 tcp,udp,sctp
pptp 1723 tcp,udp
radius 1812 tcp,udp
radius-acct 1813 tcp,udp radacct
mqtt 1883 tcp,udp
macromedia-fcs 1935 tcp,udp rtmp
hsrp 1985 tcp,udp
cisco-sccp 2000 tcp,udp
nfs 2049 tcp,udp,sctp shilp
gnunet 2086 tcp,udp
eli 2087 tcp,udp
zephyr-srv 2102 tcp,udp
zephyr-clt 2103 tcp,udp
zephyr-hm 2104 tcp,udp
gsigatekeeper 2119 tcp,udp
gtp-control 2123 tcp,udp
pktcable-cops 2126 tcp,udp
gtp-user 2152 tcp,udp
eforward 2181 tcp,udp
docker 2375 tcp
docker-s 2376 tcp
swarm 2377 tcp
etcd-client 2379 tcp
etcd-server 2380 tcp
cvspserver 2401 tcp,udp
venus 2430 tcp,udp
venus-se 2431 tcp,udp
codasrv 2432 tcp,udp
codasrv-se 2433 tcp,udp
citrixima 2512 tcp,udp
citrixadmin 2513 tcp,udp
mon 2583 tcp,udp
dict 2628 tcp,udp
gsiftp 2811 tcp,udp
m2ua 2904 tcp,udp,sctp
m3ua 2905 tcp,sctp
megaco-h248 2944 tcp,udp,sctp
gpsd 2947 tcp,udp
gds-db 3050 tcp,udp gds_db
ndl-aas 3128 tcp,udp squid
icpv2 3130 tcp,udp icp
isns 3205 tcp,udp
iscsi-target 3260 tcp,udp
msft-gc 3268 tcp,udp
msft-gc-ssl 3269 tcp,udp
mysql 3306 tcp,udp
ms-wbt-server 3389 tcp,udp rdp
stun 3478 tcp,udp turn stun-behavior
nut 3493 tcp,udp
teredo 3544 tcp,udp
m2pa 3565 tcp,sctp
distcc 3632 tcp,udp
daap 3689 tcp,udp
svn 3690 tcp,udp subversion
ws-discovery 3702 tcp,udp
bfd-control 3784 tcp,udp
bfd-echo 3785 tcp,udp
diameter 3868 tcp,sctp
sieve 4190 tcp
restconf-ch-tls 4336 tcp
epmd 4369 tcp,udp
remctl 4373 tcp,udp
ntske 4460 tcp
ipsec-nat-t 4500 tcp,udp
iax 4569 tcp,udp
bfd-multi-ctl 4784 tcp,udp
vxlan 4789 udp
vxlan-gpe 4790 udp
radmin-port 4899 tcp,udp
commplex-main 5000 tcp,udp
sip 5060 tcp,udp,sctp
sips 5061 tcp,udp,sctp sip-tls
xmpp-client 5222 tcp jabber-client
capwap-control 5246 udp
capwap-data 5247 udp
xmpp-server 5269 tcp jabber-server
xmpp-bosh 5280 tcp
cfengine 5308 tcp,udp
pcp 5351 udp nat-pmp
dns-llq 5352 tcp,udp
mdns 5353 tcp,udp
mdnsresponder 5354 tcp,udp
llmnr 5355 tcp,udp
postgresql 5432 tcp,udp postgres
personal-agent 5555 tcp,udp
freeciv 5556 tcp,udp
amqps 5671 tcp,udp
amqp 5672 tcp,udp,sctp
coap 5683 tcp,udp
coaps 5684 tcp,udp
diameters 5868 tcp,sctp
rfb 5900 tcp,udp vnc-server
couchdb 5984 tcp,udp
wsman 5985 tcp,udp
wsmans 5986 tcp,udp
x11 6000 tcp,udp
geneve 6081 udp
sflow 6343 tcp,udp
gnutella-svc 6346 tcp,udp
gnutella-rtr 6347 tcp,udp
redis 6379 tcp
sge-qmaster 6444 tcp,udp sge_qmaster
sge-execd 6445 tcp,udp sge_execd
mysql-proxy 6446 tcp,udp
netconf-tls 6513 tcp
syslog-tls 6514 tcp,udp
sane-port 6566 tcp,udp
openflow 6653 tcp,udp
ircu 6667 tcp ircd
babel 6696 udp
ircs-u 6697 tcp
afs3-fileserver 7000 tcp,udp
afs3-callback 7001 tcp,udp
afs3-prserver 7002 tcp,udp
afs3-vlserver 7003 tcp,udp
afs3-kaserver 7004 tcp,udp
afs3-volser 7005 tcp,udp
afs3-errors 7006 tcp,udp
afs3-bos 7007 tcp,udp
afs3-update 7008 tcp,udp
afs3-rmtsys 7009 tcp,udp
font-service 7100 tcp,udp xfs
rtps-discovery 7400 tcp,udp
http-alt 8080 tcp,udp webcache
puppet 8140 tcp
pcsync-https 8443 tcp,udp https-alt
matrix-fed 8448 tcp
secure-mqtt 8883 tcp,udp
ospf-lite 8899 tcp
pdl-datastream 9100 tcp,udp jetdirect
bacula-dir 9101 tcp,udp
bacula-fd 9102 tcp,udp
bacula-sd 9103 tcp,udp
git 9418 tcp,udp
ndmp 10000 tcp,udp
zabbix-agent 10050 tcp,udp
zabbix-trapper 10051 tcp,udp
amanda 10080 tcp,udp
nbd 10809 tcp
dicom 11112 tcp,udp
memcache 11211 tcp,udp memcached
hkp 11371 tcp,udp
db-lsp 17500 tcp
db-lsp-disc 17500 udp
dnp 20000 tcp,udp
mountd 20048 tcp,udp
dcap 22125 tcp
gsidcap 22128 tcp
wnn6 22273 tcp,udp
binkp 24554 tcp,udp
quake 26000 tcp,udp
mongodb 27017 tcp
`;
