// GETs of one ConfigMap by client-go, as a peer. KUBECONFIG names the server. Each line on stdin is a number of calls;
// the answer is a line with the microseconds of wall time and of this process's CPU that one of them took.
package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return err
	}
	config.QPS = -1 // No limit: its default is what bounds it, not what is measured.
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	configMaps := client.CoreV1().ConfigMaps("default")
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		calls, err := strconv.Atoi(lines.Text())
		if err != nil {
			return err
		}
		start, cpu := time.Now(), cpuTime()
		for range calls {
			if _, err := configMaps.Get(context.Background(), "x", metav1.GetOptions{}); err != nil {
				return err
			}
		}
		perCall := func(spent time.Duration) float64 {
			return float64(spent.Microseconds()) / float64(calls)
		}
		fmt.Println(perCall(time.Since(start)), perCall(cpuTime()-cpu))
	}
	return lines.Err()
}

func cpuTime() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}
