package main

import (
	"fmt"
	"os"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// cpuTime returns the processor time that a process has used. Linux names the clock of a process by its id
// (clock_getcpuclockid(3)).
func cpuTime(pid int) time.Duration {
	var t syscall.Timespec
	clock := uintptr(^pid<<3 | 2)
	if _, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, clock, uintptr(unsafe.Pointer(&t)), 0); errno != 0 {
		return 0
	}
	return time.Duration(t.Nano())
}

// peakMiB returns the most memory that a process has had in use.
func peakMiB(pid int) float64 {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	var kB float64
	if _, err := fmt.Sscan(after, &kB); err != nil {
		return 0
	}
	return kB / 1024
}

// limitProcessor lets a process use only this share of a processor, as Lambda does: in each period of 20 ms it may run
// until its share is used up. The process is looked up in each period, because it starts with the first invocation.
func limitProcessor(pid func() int, share float64, done <-chan struct{}) {
	const period = 20 * time.Millisecond
	var last time.Duration
	var lastPID int
	allowed, at, stopped := time.Duration(0), time.Now(), false
	for {
		select {
		case <-done:
			if stopped {
				_ = syscall.Kill(lastPID, syscall.SIGCONT)
			}
			return
		case <-time.After(period / 10):
		}
		p := pid()
		if p == 0 {
			continue
		}
		used, now := cpuTime(p), time.Now()
		if p != lastPID {
			last, lastPID, at, allowed = used, p, now, 0
		}
		// What is not used in a period is lost.
		allowed += time.Duration(float64(now.Sub(at))*share) - (used - last)
		allowed = min(allowed, time.Duration(float64(period)*share))
		last, at = used, now
		if over := allowed < 0; over != stopped {
			signal := syscall.SIGCONT
			if over {
				signal = syscall.SIGSTOP
			}
			stopped = over && syscall.Kill(p, signal) == nil || !over && syscall.Kill(p, signal) != nil
		}
	}
}
