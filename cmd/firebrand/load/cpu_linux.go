package load

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
	"time"
	"unsafe"
)

// ownCPU is the processor time that this process has used, its kernel time included.
func ownCPU() (time.Duration, error) {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0, err
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()), nil
}

// cpuOf is ownCPU of another process. It reads the process's own clock, as clock_getcpuclockid(3) names it, because
// /proc counts in ticks of 10 ms.
func cpuOf(pid int) (time.Duration, error) {
	const wholeProcess = 2
	clock := ^pid<<3 | wholeProcess
	var t syscall.Timespec
	_, _, errno := syscall.Syscall(syscall.SYS_CLOCK_GETTIME, uintptr(clock), uintptr(unsafe.Pointer(&t)), 0)
	if errno != 0 {
		return 0, fmt.Errorf("reading the processor time of process %d: %w", pid, errno)
	}
	return time.Duration(t.Nano()), nil
}

// memoryOf reads a size of a process in MiB: "VmRSS" is all of its memory that is resident, pages of the program's file
// included, "RssAnon" what it wrote itself.
func memoryOf(pid int, name string) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(raw)) {
		if rest, ok := strings.CutPrefix(line, name+":"); ok {
			kib, err := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kib / 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/%d/status has no %s", pid, name)
}
