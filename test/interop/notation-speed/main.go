// Command notation-speed does the work that `npm run bench -- --peers` measures with the libraries of the notation CLI 1.3.2.
//
//	notation-speed <task> <file>
//
// It prepares a task from a JSON file, then reads one JSON document a line and answers each, when that part of the task is
// done, with the processor time of all threads and the peak of its memory. The other side is bench/peers/child.mjs.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"log"
	"os"
	"syscall"
	"time"
)

// part is a line of the input: the items of the task from one index on, which starts again at the end.
type part struct {
	From  int `json:"from"`
	Count int `json:"count"`
	// Renew takes a new verifier.
	Renew bool `json:"renew"`
}

// cost is a line of the output.
type cost struct {
	CPUMs     float64 `json:"cpuMs"`
	PeakBytes int64   `json:"peakBytes"`
}

// work does a part of a task; a verdict other than expected is an error.
type work func(part) error

// prepare makes the work of a task from its file.
type prepare func(file []byte) (work, error)

var tasks = map[string]prepare{
	"verify":     measured(prepareVerification),
	"revocation": measured(prepareRevocation),
	"timestamp":  measured(prepareTimestamp),
	"sweep":      measured(prepareSweep),
	"server":     prepareServer,
}

func main() {
	log.SetFlags(0)
	log.SetPrefix("notation-speed: ")
	if len(os.Args) != 3 || tasks[os.Args[1]] == nil {
		log.Fatal("usage: notation-speed <task> <file>")
	}
	file, err := os.ReadFile(os.Args[2])
	if err != nil {
		log.Fatal(err)
	}
	do, err := tasks[os.Args[1]](file)
	if err != nil {
		log.Fatal(err)
	}
	for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
		var given part
		if err := json.Unmarshal(lines.Bytes(), &given); err != nil {
			log.Fatal(err)
		}
		if err := do(given); err != nil {
			log.Fatal(err)
		}
	}
}

// measured has each part answered with what it cost.
func measured(task prepare) prepare {
	return func(file []byte) (work, error) {
		do, err := task(file)
		if err != nil {
			return nil, err
		}
		return func(given part) error {
			before := processorTime()
			if err := do(given); err != nil {
				return err
			}
			return json.NewEncoder(os.Stdout).Encode(cost{inMs(processorTime() - before), peakBytes()})
		}, nil
	}
}

func inMs(duration time.Duration) float64 { return float64(duration.Microseconds()) / 1000 }

// processorTime is that of all threads, in and for the program.
func processorTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		log.Fatal(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// peakBytes is the most memory that was resident. On Linux, getrusage starts at that of the parent process.
func peakBytes() int64 {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var kibibytes int64
		if _, err := fmt.Sscanf(lines.Text(), "VmHWM: %d kB", &kibibytes); err == nil {
			return kibibytes * 1024
		}
	}
	log.Fatal("the system does not say how much memory was resident")
	return 0
}
