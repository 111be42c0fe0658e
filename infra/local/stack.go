package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/testenv"
)

// A stack is the bed with all functions, and the customers of the demo.
type stack struct {
	*testenv.Env
	cast
	functions map[naming.Process]*testenv.Function
	binaries  string // the folder with the functions' binaries
}

// startStack builds the functions and starts everything; close it with Close.
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
	bed, err := testenv.Start(testenv.Options{Record: record})
	if err != nil {
		return nil, err
	}
	s := &stack{Env: bed, functions: map[naming.Process]*testenv.Function{}, binaries: binaries}
	if err := s.prepare(ctx); err != nil {
		return nil, errors.Join(err, bed.Close())
	}
	return s, nil
}

func (s *stack) prepare(ctx context.Context) (err error) {
	for _, entry := range naming.Entries() {
		if s.functions[entry.Process], err = s.Function(s.binaries, entry.Process); err != nil {
			return err
		}
	}
	s.cast, err = seed(ctx, s.Env)
	return err
}
