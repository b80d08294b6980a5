// Package check runs named checks against the API server of KUBECONFIG and prints one line for each:
// "ok NAME" or "FAIL NAME: why".
package check

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// Each check ends within this time. The garbage collector of a real cluster looks for new kinds every 30 seconds, and does not
// collect what objects of a new kind own before that.
const limit = 90 * time.Second

// Env is what a check gets: the server, and a namespace of its own.
type Env struct {
	Config    *rest.Config
	Client    *kubernetes.Clientset
	Namespace string
}

// Group is an API group that no earlier run has used: what such a run left behind does not matter.
func (e Env) Group(name string) string {
	return name + "-" + e.Namespace[len(e.Namespace)-5:] + ".kvop.test"
}

// Check is one named property of the server.
type Check struct {
	Name string
	Run  func(ctx context.Context, env Env) error
}

// Config reads KUBECONFIG, with a rate limit that does not slow the checks down.
func Config() (*rest.Config, error) {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		return nil, err
	}
	config.QPS = 500
	config.Burst = 1000
	config.UserAgent = "kvop-conformance"
	return config, nil
}

// Main runs the checks whose name contains the first argument (all without one), four at a time, and gives the exit code.
// With "-list" it prints the names alone.
func Main(checks []Check) int {
	if len(os.Args) > 1 && os.Args[1] == "-list" {
		for _, one := range checks {
			fmt.Println(one.Name)
		}
		return 0
	}
	config, err := Config()
	if err != nil {
		fmt.Printf("FAIL kubeconfig: %v\n", err)
		return 1
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		fmt.Printf("FAIL client: %v\n", err)
		return 1
	}
	wanted := ""
	if len(os.Args) > 1 {
		wanted = os.Args[1]
	}
	lines := make([]chan string, len(checks))
	slots := make(chan struct{}, 4)
	for index, one := range checks {
		lines[index] = make(chan string, 1)
		go func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			if !strings.Contains(one.Name, wanted) {
				lines[index] <- ""
				return
			}
			lines[index] <- line(one, config, client)
		}()
	}
	failed := 0
	for _, ended := range lines {
		text := <-ended
		if text == "" {
			continue
		}
		fmt.Println(text)
		if strings.HasPrefix(text, "FAIL") {
			failed++
		}
	}
	if failed > 0 {
		return 1
	}
	return 0
}

func line(one Check, config *rest.Config, client *kubernetes.Clientset) string {
	ctx, cancel := context.WithTimeout(context.Background(), limit)
	defer cancel()
	if err := runIn(ctx, one, config, client); err != nil {
		return fmt.Sprintf("FAIL %s: %s", one.Name, strings.ReplaceAll(err.Error(), "\n", " "))
	}
	return "ok " + one.Name
}

var notInNames = regexp.MustCompile("[^a-z0-9]+")

func runIn(ctx context.Context, one Check, config *rest.Config, client *kubernetes.Clientset) (err error) {
	defer func() {
		if thrown := recover(); thrown != nil {
			err = fmt.Errorf("panic: %v", thrown)
		}
	}()
	name := "check-" + strings.Trim(notInNames.ReplaceAllString(strings.ToLower(one.Name), "-"), "-")
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: name + "-"}}
	created, err := client.CoreV1().Namespaces().Create(ctx, namespace, metav1.CreateOptions{})
	if err != nil {
		return fmt.Errorf("create the namespace: %w", err)
	}
	defer func() {
		_ = client.CoreV1().Namespaces().Delete(context.Background(), created.Name, metav1.DeleteOptions{})
	}()
	return one.Run(ctx, Env{Config: rest.CopyConfig(config), Client: client, Namespace: created.Name})
}

// Eventually asks until the answer is nil, and gives the last one when the context ends.
func Eventually(ctx context.Context, ask func() error) error {
	for {
		err := ask()
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not in time: %w", err)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// Want is an error unless the two print the same.
func Want(what string, got, want any) error {
	if fmt.Sprint(got) == fmt.Sprint(want) {
		return nil
	}
	return fmt.Errorf("%s: got %v, want %v", what, got, want)
}

// First gives the first error.
func First(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// Log is a list of lines that many goroutines may add to.
type Log struct {
	mutex sync.Mutex
	lines []string
}

// Add puts a line at the end.
func (l *Log) Add(format string, values ...any) {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	l.lines = append(l.lines, fmt.Sprintf(format, values...))
}

// Lines are all lines so far.
func (l *Log) Lines() []string {
	l.mutex.Lock()
	defer l.mutex.Unlock()
	return append([]string(nil), l.lines...)
}

// WaitFor waits until the log has exactly these lines, in this order.
func (l *Log) WaitFor(ctx context.Context, want ...string) error {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	return Eventually(ctx, func() error {
		return Want("events", strings.Join(l.Lines(), ", "), strings.Join(want, ", "))
	})
}
