//go:build !linux

package main

import "time"

// What follows needs Linux. Elsewhere the figures of memory and processor time are 0, and nothing limits the processor.

func cpuTime(int) time.Duration { return 0 }

func peakMiB(int) float64 { return 0 }

func limitProcessor(_ func() int, _ float64, done <-chan struct{}) { <-done }
