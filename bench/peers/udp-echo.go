// A UDP echo server the way Go programs are written: one loop, addresses as values. One thread runs Go code.
package main

import (
	"fmt"
	"net"
	"net/netip"
	"os"
	"runtime"
)

func main() {
	runtime.GOMAXPROCS(1)
	port := "0"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	address, err := netip.ParseAddrPort("127.0.0.1:" + port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	connection, err := net.ListenUDP("udp4", net.UDPAddrFromAddrPort(address))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("listening on %d\n", connection.LocalAddr().(*net.UDPAddr).Port)
	buffer := make([]byte, 65536)
	for {
		n, from, err := connection.ReadFromUDPAddrPort(buffer)
		if err != nil {
			continue
		}
		connection.WriteToUDPAddrPort(buffer[:n], from)
	}
}
