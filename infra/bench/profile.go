package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"

	"ongoing24so/shared/naming"
	"ongoing24so/shared/office24"
)

// A path is something that functions do often or for long.
type path struct {
	name    string
	process naming.Process
	ticks   int
	prepare func(context.Context, *world) error
}

func paths() []path {
	return []path{
		{"idle", naming.SalesOrders, 5, func(ctx context.Context, w *world) error {
			if err := w.add(ctx, 500, nil); err != nil {
				return err
			}
			return w.settle(ctx, naming.SalesOrders)
		}},
		{"articles", naming.Articles, 1, func(ctx context.Context, w *world) error {
			if err := w.add(ctx, 1, nil); err != nil {
				return err
			}
			for i := range 5_000 {
				w.merchants[0].Company.AddProduct(office24.Product{
					No: fmt.Sprintf("ART-%05d", i), Name: fmt.Sprintf("Vare nummer %d, blå", i),
					EAN1: fmt.Sprintf("709%010d", i), StatusID: new(1), StockControlled: new(true),
				})
			}
			return nil
		}},
		{"salesorders", naming.SalesOrders, 1, func(ctx context.Context, w *world) error {
			shops, err := newShops(ctx, w, 1, 100, nil)
			if err != nil {
				return err
			}
			shops[0].order(1_000, w.clock.now())
			return nil
		}},
	}
}

// profile writes the profiles of the hottest paths to a folder: processor time and allocations. The simulators run in
// the same program; -focus 'runner\.' leaves them out:
//
//	go tool pprof -top -focus 'runner\.' folder/idle.cpu
//	go tool pprof -top -focus 'runner\.' -sample_index=alloc_space folder/idle.mem
func profile(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	runtime.MemProfileRate = 16 << 10
	for _, p := range paths() {
		w, err := newWorld(0)
		if err != nil {
			return err
		}
		if err := p.prepare(ctx, w); err != nil {
			return err
		}
		runtime.GC()
		cpu, err := os.Create(filepath.Join(folder, p.name+".cpu"))
		if err != nil {
			return err
		}
		if err := pprof.StartCPUProfile(cpu); err != nil {
			return err
		}
		for range p.ticks {
			if _, err := w.tick(ctx, p.process); err != nil {
				return err
			}
			w.clock.forward(naming.Period)
		}
		pprof.StopCPUProfile()
		cpu.Close()
		memory, err := os.Create(filepath.Join(folder, p.name+".mem"))
		if err != nil {
			return err
		}
		runtime.GC()
		if err := pprof.Lookup("allocs").WriteTo(memory, 0); err != nil {
			return err
		}
		memory.Close()
		if err := w.close(); err != nil {
			return err
		}
	}
	return nil
}
