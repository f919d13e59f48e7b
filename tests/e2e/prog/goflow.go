// Goflow is flow in Go: raw system calls, its own resolver, and a runtime that interrupts its own
// threads with SIGURG.
//
//	goflow get|put|serve-get|serve-put ADDRESS PORT FILE
//	goflow connects N WORKERS ADDRESS PORT   each sends its number to an echo server
//	goflow resolve NAME
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "goflow:", err)
		os.Exit(1)
	}
}

func open(verb, address string) *net.TCPConn {
	if !strings.HasPrefix(verb, "serve-") {
		conn, err := net.Dial("tcp", address)
		check(err)
		return conn.(*net.TCPConn)
	}
	listener, err := net.Listen("tcp", address)
	check(err)
	fmt.Fprintln(os.Stderr, "listening")
	conn, err := listener.Accept()
	check(err)
	check(listener.Close())
	return conn.(*net.TCPConn)
}

func get(conn *net.TCPConn, path string) {
	file, err := os.Create(path)
	check(err)
	_, err = io.Copy(file, conn)
	check(err)
	check(file.Close())
}

func put(conn *net.TCPConn, path string) {
	file, err := os.Open(path)
	check(err)
	_, err = io.Copy(conn, file)
	check(err)
	check(conn.CloseWrite())
	_, err = io.Copy(io.Discard, conn)
	check(err)
}

// exchange makes one connection and wants its number back.
func exchange(address string, number uint64) error {
	var sent, back [8]byte
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer conn.Close()
	binary.LittleEndian.PutUint64(sent[:], number)
	if _, err = conn.Write(sent[:]); err != nil {
		return err
	}
	if _, err = io.ReadFull(conn, back[:]); err != nil {
		return err
	}
	if sent != back {
		return fmt.Errorf("sent %v, got %v", sent, back)
	}
	return nil
}

// spin keeps a processor busy, so that the runtime has somebody to preempt.
func spin(done *int32) {
	for x := uint32(1); atomic.LoadInt32(done) == 0; {
		x = x*1664525 + 1013904223
	}
}

func connects(total, workers int, address string) {
	var next, good, done int64
	var stop int32
	var group sync.WaitGroup
	go spin(&stop)
	for w := 0; w < workers; w++ {
		group.Add(1)
		go func() {
			defer group.Done()
			for i := atomic.AddInt64(&next, 1); i <= int64(total); i = atomic.AddInt64(&next, 1) {
				atomic.AddInt64(&done, 1)
				if err := exchange(address, uint64(i)); err != nil {
					fmt.Fprintln(os.Stderr, "goflow:", err)
					continue
				}
				atomic.AddInt64(&good, 1)
			}
		}()
	}
	group.Wait()
	atomic.StoreInt32(&stop, 1)
	fmt.Printf("good %d errors %d\n", good, done-good)
}

func resolve(name string) {
	addresses, err := net.LookupHost(name)
	check(err)
	for _, address := range addresses {
		fmt.Println(name, address)
	}
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	check(err)
	return n
}

func main() {
	args := os.Args[1:]
	switch {
	case len(args) == 5 && args[0] == "connects":
		connects(number(args[1]), number(args[2]), net.JoinHostPort(args[3], args[4]))
	case len(args) == 2 && args[0] == "resolve":
		resolve(args[1])
	case len(args) == 4:
		conn := open(args[0], net.JoinHostPort(args[1], args[2]))
		if strings.HasSuffix(args[0], "get") {
			get(conn, args[3])
		} else {
			put(conn, args[3])
		}
		check(conn.Close())
	default:
		fmt.Fprintln(os.Stderr, "usage: goflow get|put|serve-get|serve-put|connects|resolve ...")
		os.Exit(2)
	}
}
