package app_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"firebrand/cmd/firebrand/app"
	"firebrand/internal/testenv"
)

func TestReadyWithoutRedis(t *testing.T) {
	a := open(t, app.Settings{Redis: testenv.RedisURL(t)})
	_ = a.Redis.UniversalClient.(*redis.Client).ShutdownNoSave(t.Context())
	if err := a.Redis.Ping(t.Context()).Err(); err == nil {
		t.Fatal("it is still there")
	}
	if err := a.Ready(t.Context()); err != nil {
		t.Errorf("a balancer would send nobody here any more: %v", err)
	}
}
