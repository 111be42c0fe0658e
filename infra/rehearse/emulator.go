package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"ongoing24so/shared/allowedhosts"
)

const (
	moto   = "moto_server"
	region = "eu-north-1"
	key    = "rehearsal" // not a real key: AWS would refuse it
)

// An emulator simulates AWS for this rehearsal.
type emulator struct {
	url  string
	stop func() error
}

// findEmulator uses the emulator at an address, or starts one if the address is empty. The address must be on this
// machine: a user whose AWS_ENDPOINT_URL is AWS itself must not get the rehearsal in a real account.
func findEmulator(ctx context.Context, address string) (*emulator, error) {
	if address == "" {
		return startMoto(ctx)
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || !allowedhosts.IsLoopback(u.Hostname()) {
		return nil, fmt.Errorf(
			"AWS_ENDPOINT_URL is %q; it must be an emulator on this machine, such as http://localhost:5000", address)
	}
	u.Host = strings.TrimSuffix(net.JoinHostPort("localhost", u.Port()), ":")
	return &emulator{url: u.String(), stop: func() error { return nil }}, nil
}

// startMoto starts the emulator on a free port. Its host is localhost and not an IP address, because S3 clients put the
// name of the bucket before the host.
func startMoto(ctx context.Context) (*emulator, error) {
	port, err := freePort(ctx)
	if err != nil {
		return nil, err
	}
	command := exec.CommandContext(context.WithoutCancel(ctx), moto, "-H", "127.0.0.1", "-p", port)
	command.Env = environment()
	if err := command.Start(); err != nil {
		return nil, err
	}
	e := &emulator{url: "http://localhost:" + port, stop: func() error {
		err := command.Process.Kill()
		_ = command.Wait() // the error says that it was killed
		return err
	}}
	if err := waitForServer(ctx, e.url); err != nil {
		return nil, errors.Join(fmt.Errorf("%s does not start: %w", moto, err), e.stop())
	}
	return e, nil
}

func freePort(ctx context.Context) (string, error) {
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	return port, err
}

// waitForServer waits until a server answers, with any status.
func waitForServer(ctx context.Context, address string) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
		if err != nil {
			return err
		}
		response, err := http.DefaultClient.Do(request)
		if err == nil {
			return response.Body.Close()
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// config returns the configuration of AWS clients for the emulator.
func (e *emulator) config() aws.Config {
	return aws.Config{
		Region:       region,
		BaseEndpoint: &e.url,
		Credentials:  credentials.NewStaticCredentialsProvider(key, key, ""),
	}
}

// variables returns the environment variables that point a program at the emulator.
func (e *emulator) variables() []string {
	return []string{
		"AWS_ENDPOINT_URL=" + e.url,
		"AWS_ACCESS_KEY_ID=" + key,
		"AWS_SECRET_ACCESS_KEY=" + key,
		"AWS_REGION=" + region,
	}
}

// environment returns this process's environment without the user's AWS and CDK variables, and with more.
func environment(more ...string) []string {
	var kept []string
	for _, variable := range os.Environ() {
		if !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "CDK_") {
			kept = append(kept, variable)
		}
	}
	return append(kept, more...)
}
