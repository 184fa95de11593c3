# A node of its own for a script of deploy/: a network namespace with a registry and gantryd in it, on directories below
# $work. Source it after lib.sh; the script sets `netns` (a name) and `work` (a directory), and calls node_down at its end.
# shellcheck shell=bash disable=SC2154

bin=$ROOT/cri-server/target/gantry/bin
registry=127.0.0.1:5000
node_pids=()

inside() { nsenter --net="/run/netns/$netns" -- "$@"; }
gantry() { "$bin/gantry" --endpoint "unix://$work/gantry.sock" "$@"; }

# The namespace, and a registry at $registry in it.
node_registry() {
  ip netns add "$netns"
  inside ip link set lo up
  cat >"$work/registry.yml" <<END
version: 0.1
storage:
  filesystem:
    rootdirectory: $work/registry
http:
  addr: $registry
END
  mkdir "$work/registry"
  # Not by the function: $! must be the process itself.
  nsenter --net="/run/netns/$netns" -- docker-registry serve "$work/registry.yml" >"$work/registry.log" 2>&1 &
  node_pids+=($!)
  wait_for 20 inside curl -fs "http://$registry/v2/" || die "the registry does not answer: $(tail -3 "$work/registry.log")"
}

# gantryd, with the built-in network; its pid is then in $daemon.
node_daemon() {
  mkdir -p "$work/certs.d/$registry" "$work/cni"
  printf 'server = "http://%s"\n' "$registry" >"$work/certs.d/$registry/hosts.toml"
  cat >"$work/config.toml" <<END
[server]
listen = "unix://$work/gantry.sock"
[paths]
root = "$work/root"
state = "$work/state"
[image]
certs_dirs = ["$work/certs.d"]
[network]
# An empty directory: the built-in bridge serves.
cni_conf_dir = "$work/cni"
cni_cache_dir = "$work/cni-cache"
END
  nsenter --net="/run/netns/$netns" -- "$bin/gantryd" --config "$work/config.toml" >"$work/gantryd.log" 2>&1 &
  daemon=$!
  node_pids+=("$daemon")
  wait_for 20 test -S "$work/gantry.sock" || die "gantryd does not serve: $(tail -5 "$work/gantryd.log")"
}

stop_process() {
  kill "$1" 2>/dev/null || return 0
  wait_for 15 gone "$1" || { kill -KILL "$1" 2>/dev/null || true; }
}
gone() { ! kill -0 "$1" 2>/dev/null; }

# Ends what the two started. The pods are the caller's.
node_down() {
  local pid
  for pid in "${node_pids[@]}"; do stop_process "$pid"; done
  ip netns del "$netns" 2>/dev/null || true
}
