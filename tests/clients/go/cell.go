package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
)

const (
	patience = time.Minute
	pause    = 50 * time.Millisecond
)

// connect opens a connection to the cell; every call on it carries the token. Off loopback the credentials are TLS.
func connect() (*grpc.ClientConn, error) {
	authorized := func(ctx context.Context, method string, request, answer any, conn *grpc.ClientConn,
		invoke grpc.UnaryInvoker, options ...grpc.CallOption) error {
		ctx = metadata.AppendToOutgoingContext(ctx, "authorization", "Bearer "+os.Getenv("PRM_TOKEN"))
		return invoke(ctx, method, request, answer, conn, options...)
	}
	return grpc.NewClient(os.Getenv("PRM_ADDRESS"),
		grpc.WithTransportCredentials(insecure.NewCredentials()), grpc.WithUnaryInterceptor(authorized))
}

// reason and delay say why a call was refused and after what time a repetition may help; zero: it does not.
func reason(err error) (reason string, delay time.Duration) {
	for _, detail := range status.Convert(err).Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			reason = detail.Reason
		case *errdetails.RetryInfo:
			delay = detail.RetryDelay.AsDuration()
		}
	}
	return reason, delay
}

// eventually repeats a call with the same request, after the delay that the cell names, until it succeeds or is refused
// for good.
func eventually[Q, A any](ctx context.Context, method func(context.Context, Q, ...grpc.CallOption) (A, error), request Q) (A, error) {
	for deadline := time.Now().Add(patience); ; {
		answer, err := method(ctx, request)
		if err == nil || time.Now().After(deadline) {
			return answer, err
		}
		why, delay := reason(err)
		if delay == 0 {
			return answer, fmt.Errorf("%s: %w", why, err)
		}
		time.Sleep(delay)
	}
}
