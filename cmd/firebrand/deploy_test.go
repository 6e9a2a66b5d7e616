package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/alecthomas/kong"
	"go.yaml.in/yaml/v3"
)

// deployed reads a file of deploy/.
func deployed(t *testing.T, name string) []any {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	var docs []any
	for decoder := yaml.NewDecoder(bytes.NewReader(raw)); ; {
		var doc any
		err := decoder.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		docs = append(docs, doc)
	}
}

// in follows keys, and places in sequences, into a document; "" where there is nothing.
func in(doc any, path ...any) any {
	for _, step := range path {
		switch at := doc.(type) {
		case map[string]any:
			key, ok := step.(string)
			if !ok {
				return ""
			}
			doc = at[key]
		case []any:
			i, ok := step.(int)
			if !ok || i >= len(at) {
				return ""
			}
			doc = at[i]
		default:
			return ""
		}
	}
	if doc == nil {
		return ""
	}
	return doc
}

func inText(doc any, path ...any) string { return fmt.Sprint(in(doc, path...)) }

// object finds a Kubernetes object.
func object(t *testing.T, docs []any, kind, name string) any {
	t.Helper()
	for _, d := range docs {
		if inText(d, "kind") == kind && inText(d, "metadata", "name") == name {
			return d
		}
	}
	t.Fatalf("no %s %s", kind, name)
	return nil
}

// knownVariables are the environment variables that serve reads.
func knownVariables(t *testing.T) map[string]bool {
	t.Helper()
	parser, err := kong.New(&commands{})
	if err != nil {
		t.Fatal(err)
	}
	known := map[string]bool{"GOMEMLIMIT": true, "GOGC": true}
	for _, child := range parser.Model.Children {
		if child.Name != "serve" {
			continue
		}
		for _, flag := range child.Flags {
			for _, env := range flag.Envs {
				known[env] = true
			}
		}
	}
	return known
}

// checkSettings holds what a deployment sets against what the program knows.
func checkSettings(t *testing.T, settings map[string]any) {
	t.Helper()
	known := knownVariables(t)
	for name := range settings {
		if !known[name] {
			t.Errorf("%s is set, and nothing reads it", name)
		}
	}
	mongo := fmt.Sprint(settings["FIREBRAND_MONGO"])
	if hosts, rest, _ := strings.Cut(strings.TrimPrefix(mongo, "mongodb://"), "/"); strings.Count(hosts, ",") != 2 || rest != "firebrand?replicaSet=rs0" {
		t.Errorf("MongoDB's address is %s", mongo)
	}
	if redis := fmt.Sprint(settings["FIREBRAND_REDIS"]); !strings.HasPrefix(redis, "redis://redis:6379") {
		t.Errorf("Redis's address is %s", redis)
	}
	if _, err := time.LoadLocation(fmt.Sprint(settings["FIREBRAND_ZONE"])); err != nil {
		t.Error(err)
	}
}

func seconds(t *testing.T, text string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(text)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestCompose(t *testing.T) {
	file := deployed(t, "compose.yaml")[0]
	services := in(file, "services").(map[string]any)
	t.Run("three processes with the same settings", func(t *testing.T) {
		for _, name := range []string{"firebrand1", "firebrand2", "firebrand3"} {
			checkSettings(t, in(services, name, "environment").(map[string]any))
			if stop, drain := seconds(t, inText(services, name, "stop_grace_period")), seconds(t, inText(services, name, "environment", "FIREBRAND_DRAIN")); stop < drain+25*time.Second {
				t.Errorf("%s is killed after %s, and drains for %s", name, stop, drain)
			}
		}
	})
	t.Run("everything that a service names is there", func(t *testing.T) {
		for name := range services {
			names := []string{}
			switch on := in(services, name, "depends_on").(type) {
			case map[string]any:
				for other := range on {
					names = append(names, other)
					if condition := inText(on, other, "condition"); condition == "service_healthy" && inText(services, other, "healthcheck", "test") == "" {
						t.Errorf("%s waits for the health of %s, which tells none", name, other)
					}
				}
			case []any:
				for _, other := range on {
					names = append(names, fmt.Sprint(other))
				}
			}
			for _, other := range names {
				if _, there := services[other]; !there {
					t.Errorf("%s depends on %s, which is not there", name, other)
				}
			}
			for _, net := range in(services, name, "networks").([]any) {
				if _, there := in(file, "networks").(map[string]any)[fmt.Sprint(net)]; !there {
					t.Errorf("%s is on the network %s, which is not there", name, net)
				}
			}
		}
	})
	t.Run("a replica set of three that nobody outside reaches", func(t *testing.T) {
		init := fmt.Sprint(in(services, "mongo-init", "command"))
		for _, name := range []string{"mongo1", "mongo2", "mongo3"} {
			if !strings.Contains(inText(services, name, "command"), "--replSet rs0") || !strings.Contains(init, "'"+name+":27017'") {
				t.Errorf("%s is no member", name)
			}
			if nets := in(services, name, "networks").([]any); len(nets) != 1 || nets[0] != "inside" || inText(services, name, "ports") != "" {
				t.Errorf("%s can be reached from outside", name)
			}
			if volume := inText(services, name, "volumes", 0); volume != name+":/data/db" {
				t.Errorf("%s keeps its data in %s", name, volume)
			}
		}
		if inText(file, "networks", "inside", "internal") != "true" {
			t.Error("the inner network leads outside")
		}
	})
	t.Run("the proxy knows all of them and asks whether they are ready", func(t *testing.T) {
		raw, err := os.ReadFile(filepath.Join("..", "..", "deploy", "Caddyfile"))
		if err != nil {
			t.Fatal(err)
		}
		for _, want := range []string{"firebrand1:8080 firebrand2:8080 firebrand3:8080", "health_uri /readyz", "respond /metrics 404"} {
			if !strings.Contains(string(raw), want) {
				t.Errorf("the Caddyfile has no %q", want)
			}
		}
	})
}

func TestKubernetes(t *testing.T) {
	docs := deployed(t, "kubernetes.yaml")
	program := object(t, docs, "Deployment", "firebrand")
	pod := in(program, "spec", "template", "spec")
	container := in(pod, "containers", 0)
	config := object(t, docs, "ConfigMap", "firebrand")
	t.Run("three processes with known settings", func(t *testing.T) {
		settings := map[string]any{}
		for name, value := range in(config, "data").(map[string]any) {
			settings[name] = value
		}
		for name, value := range in(object(t, docs, "Secret", "firebrand-stores"), "stringData").(map[string]any) {
			settings[name] = value
		}
		checkSettings(t, settings)
		if inText(program, "spec", "replicas") != "3" || inText(container, "args", 0) != "serve" {
			t.Errorf("%v", container)
		}
	})
	t.Run("probes ask what each is for", func(t *testing.T) {
		for probe, path := range map[string]string{"startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz"} {
			if got := inText(container, probe, "httpGet", "path"); got != path {
				t.Errorf("%s asks %q", probe, got)
			}
		}
	})
	t.Run("it is left time to go", func(t *testing.T) {
		grace := seconds(t, inText(pod, "terminationGracePeriodSeconds")+"s")
		before := seconds(t, inText(container, "lifecycle", "preStop", "sleep", "seconds")+"s")
		if drain := seconds(t, inText(config, "data", "FIREBRAND_DRAIN")); grace < before+drain+25*time.Second {
			t.Errorf("killed after %s, of which %s wait and %s drain", grace, before, drain)
		}
		period, _ := strconv.Atoi(inText(container, "readinessProbe", "periodSeconds"))
		if drain := seconds(t, inText(config, "data", "FIREBRAND_DRAIN")); drain < 2*time.Duration(period)*time.Second {
			t.Errorf("it drains for %s, and is asked every %d s", drain, period)
		}
	})
	t.Run("an update and an eviction leave two of three", func(t *testing.T) {
		if inText(program, "spec", "strategy", "rollingUpdate", "maxUnavailable") != "0" {
			t.Error("an update may take one away before the next is ready")
		}
		if inText(object(t, docs, "PodDisruptionBudget", "firebrand"), "spec", "minAvailable") != "2" ||
			inText(object(t, docs, "PodDisruptionBudget", "mongo"), "spec", "maxUnavailable") != "1" {
			t.Error("budgets")
		}
	})
	t.Run("every selector finds its pods", func(t *testing.T) {
		labels := map[string]bool{}
		for _, d := range docs {
			if label := inText(d, "spec", "template", "metadata", "labels", "app"); label != "" {
				labels[label] = true
			}
		}
		for _, d := range docs {
			var wants string
			switch inText(d, "kind") {
			case "Service":
				wants = inText(d, "spec", "selector", "app")
			case "Deployment", "StatefulSet", "PodDisruptionBudget":
				wants = inText(d, "spec", "selector", "matchLabels", "app")
			case "NetworkPolicy":
				wants = inText(d, "spec", "podSelector", "matchLabels", "app")
			default:
				continue
			}
			if !labels[wants] {
				t.Errorf("%s %s selects %q, which no pod bears", inText(d, "kind"), inText(d, "metadata", "name"), wants)
			}
		}
		if inText(object(t, docs, "StatefulSet", "mongo"), "spec", "replicas") != "3" {
			t.Error("the replica set is not of three")
		}
	})
	t.Run("everything is in the one namespace and bounded", func(t *testing.T) {
		for _, d := range docs {
			if kind := inText(d, "kind"); kind != "Namespace" && inText(d, "metadata", "namespace") != "firebrand" {
				t.Errorf("%s %s is elsewhere", kind, inText(d, "metadata", "name"))
			}
			if kind := inText(d, "kind"); slices.Contains([]string{"Deployment", "StatefulSet"}, kind) &&
				inText(d, "spec", "template", "spec", "containers", 0, "resources", "limits", "memory") == "" {
				t.Errorf("%s %s has no bound", kind, inText(d, "metadata", "name"))
			}
		}
	})
}

func TestAlertsAreWhole(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "docs", "operations.md"))
	if err != nil {
		t.Fatal(err)
	}
	rules := in(deployed(t, "alerts.yaml")[0], "groups", 0, "rules").([]any)
	for _, rule := range rules {
		name := inText(rule, "alert")
		for _, path := range [][]any{{"expr"}, {"for"}, {"labels", "severity"}, {"annotations", "summary"}, {"annotations", "description"}} {
			if inText(rule, path...) == "" {
				t.Errorf("%s has no %v", name, path)
			}
		}
		if name == "" || !strings.Contains(string(raw), "| "+name+" |") {
			t.Errorf("docs/operations.md does not say what to do at %s", name)
		}
	}
	if len(rules) < 8 {
		t.Errorf("only %d alerts", len(rules))
	}
}
