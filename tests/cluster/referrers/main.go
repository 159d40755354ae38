// referrers is a registry that keeps everything in memory and knows which
// artifacts refer to which, as Debian's docker-registry does not. It prints its
// address, on the loopback, and serves until its standard input ends.
package main

import (
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"

	"github.com/google/go-containerregistry/pkg/registry"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	quiet := registry.Logger(log.New(io.Discard, "", 0))
	go func() {
		log.Fatal(http.Serve(listener, registry.New(registry.WithReferrersSupport(true), quiet)))
	}()
	fmt.Println(listener.Addr())
	// Whoever started it holds the other end.
	_, _ = io.Copy(io.Discard, os.Stdin)
}
