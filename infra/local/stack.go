package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

// A stack is an Env with all functions and the customers.
type stack struct {
	*testenv.Env
	customers
	functions map[naming.Process]*testenv.Function
	binaries  string // folder of the functions' binaries
}

// startStack builds the functions and starts everything. Close ends it.
func startStack(ctx context.Context, record string) (*stack, error) {
	root, err := testenv.Root()
	if err != nil {
		return nil, err
	}
	binaries := filepath.Join(root, "dist", "local")
	fmt.Println("building the functions …")
	if err := testenv.Build(ctx, binaries); err != nil {
		return nil, err
	}
	env, err := testenv.Start(testenv.Options{Record: record})
	if err != nil {
		return nil, err
	}
	s := &stack{Env: env, functions: map[naming.Process]*testenv.Function{}, binaries: binaries}
	if err := s.fill(ctx); err != nil {
		return nil, errors.Join(err, env.Close())
	}
	return s, nil
}

// fill adds the functions and the customers.
func (s *stack) fill(ctx context.Context) (err error) {
	for _, entry := range naming.Entries() {
		if s.functions[entry.Process], err = s.Function(s.binaries, entry.Process); err != nil {
			return err
		}
	}
	s.customers, err = seedCustomers(ctx, s.Env)
	return err
}
