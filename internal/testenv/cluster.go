package testenv

import (
	"net"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"
)

// RedisThreeURL is RedisURL for a cluster of three nodes that have a third of the slots each: keys of several slots lie on
// several servers, and a message goes from one to the others.
func RedisThreeURL(t testing.TB) string {
	t.Helper()
	nodes := make([]*redis.Client, 3)
	addrs := make([]string, 3)
	for i := range nodes {
		_, bus, _ := net.SplitHostPort(freeAddr(t))
		addrs[i] = startRedis(t, "--cluster-enabled", "yes", "--cluster-port", bus)
		nodes[i] = redis.NewClient(&redis.Options{Addr: addrs[i]})
		defer nodes[i].Close()
		first := i * 16384 / 3
		if err := nodes[i].ClusterAddSlotsRange(t.Context(), first, (i+1)*16384/3-1).Err(); err != nil {
			t.Fatal(err)
		}
		// Nodes of one epoch would only agree after a conflict that takes them seconds to settle.
		if err := nodes[i].Do(t.Context(), "cluster", "set-config-epoch", i+1).Err(); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			continue
		}
		host, port, _ := net.SplitHostPort(addrs[i])
		if err := nodes[0].Do(t.Context(), "cluster", "meet", host, port, bus).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, node := range nodes {
		await(t, "the three nodes know each other", func() bool {
			info, _ := node.ClusterInfo(t.Context()).Result()
			return strings.Contains(info, "cluster_state:ok") && strings.Contains(info, "cluster_known_nodes:3")
		})
	}
	return "redis+cluster://" + addrs[0] + "?addr=" + addrs[1] + "&addr=" + addrs[2]
}
