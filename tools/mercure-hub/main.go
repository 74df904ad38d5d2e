// Command mercure-hub runs the reference Mercure hub on loopback for the test
// suites.
//
// NOTICE: it links github.com/dunglas/mercure, which is licensed AGPL-3.0. It is
// a separate program that only tests start, over HTTP. It is never linked into
// the product, never shipped with it and never part of a published package.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/dunglas/mercure"
)

const path = "/.well-known/mercure"

func main() {
	listen := flag.String("listen", "127.0.0.1:0", "address to listen on; port 0 picks a free one")
	transport := flag.String("transport", "bolt", "bolt (keeps a history) or local (keeps none)")
	database := flag.String("database", "", "file of the bolt history")
	size := flag.Uint64("size", 1_000, "updates that the bolt history keeps")
	heartbeat := flag.Duration("heartbeat", mercure.DefaultHeartbeat, "time between two heartbeat comments")
	streamMax := flag.Duration("stream-max", mercure.DefaultWriteTimeout, "longest life of one stream")
	anonymous := flag.Bool("anonymous", false, "let subscribers without a token receive public updates")
	flag.Parse()

	logger := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()

	options := []mercure.Option{
		mercure.WithLogger(slog.New(slog.DiscardHandler)),
		mercure.WithHeartbeat(*heartbeat),
		mercure.WithWriteTimeout(*streamMax),
		// A dispatch may not take longer than the stream lives: the hub subtracts the one from the other.
		mercure.WithDispatchTimeout(min(mercure.DefaultDispatchTimeout, *streamMax/10)),
		mercure.WithPublisherJWT([]byte(os.Getenv("MERCURE_PUBLISHER_KEY")), "HS256"),
		mercure.WithSubscriberJWT([]byte(os.Getenv("MERCURE_SUBSCRIBER_KEY")), "HS256"),
		mercure.WithTransport(must(newTransport(*transport, *database, *size, logger))),
	}
	if *anonymous {
		options = append(options, mercure.WithAnonymous())
	}
	hub := must(mercure.NewHub(ctx, options...))
	listener := must(net.Listen("tcp", *listen))
	server := &http.Server{Handler: hub, ReadHeaderTimeout: 10 * time.Second}
	go func() { <-ctx.Done(); _ = hub.Stop(context.Background()); _ = server.Close() }()

	ready := map[string]string{"address": listener.Addr().String(), "url": "http://" + listener.Addr().String() + path}
	if err := json.NewEncoder(os.Stdout).Encode(ready); err != nil {
		fail(err)
	}
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		fail(err)
	}
}

func newTransport(name, database string, size uint64, logger *slog.Logger) (mercure.Transport, error) {
	subscribers := mercure.NewSubscriberList(mercure.DefaultSubscriberListCacheSize)
	switch name {
	case "local":
		return mercure.NewLocalTransport(subscribers), nil
	case "bolt":
		return mercure.NewBoltTransport(subscribers, logger, database, "", size, 1)
	default:
		return nil, errors.New("unknown transport: " + name)
	}
}

func must[T any](value T, err error) T {
	if err != nil {
		fail(err)
	}
	return value
}

func fail(err error) {
	slog.Error("mercure-hub", "error", err)
	os.Exit(1)
}
