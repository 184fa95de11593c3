# Ends every pod of this node at once and takes away what pods leave outside of Gantry's directories. Needs nothing of
# Gantry: its programs are gone when this runs.
end_pods() {
  shims=
  for process in /proc/[0-9]*; do
    # Only those of /run/gantry: another gantryd may run on directories of its own.
    [ "$(cat "$process/comm" 2>/dev/null)" = gantry-shim ] || continue
    pod=$(tr '\0' '\n' <"$process/cmdline" 2>/dev/null | sed -n 2p)
    if [ -n "$pod" ] && [ -d "/run/gantry/pods/$pod" ]; then
      shims="$shims ${process#/proc/}"
    fi
  done
  for shim in $shims; do
    # Whoever loses a parent in the pod becomes the shim's child, so it goes last.
    tries=0
    while below=$(descendants "$shim") && [ -n "$below" ] && [ "$tries" -lt 50 ]; do
      # shellcheck disable=SC2086 # a list of pids
      kill -KILL $below 2>/dev/null || true
      sleep 0.1
      tries=$((tries + 1))
    done
    kill -KILL "$shim" 2>/dev/null || true
  done
  for pin in /run/netns/gantry-*; do
    [ -e "$pin" ] || continue
    umount -l "$pin" 2>/dev/null || true
    rm -f "$pin"
  done
  if command -v nft >/dev/null; then nft delete table inet gantry 2>/dev/null || true; fi
  if command -v ip >/dev/null; then ip link delete gantry0 2>/dev/null || true; fi
  if [ -w /sys/kernel/security/apparmor/.remove ]; then
    printf gantry-default >/sys/kernel/security/apparmor/.remove 2>/dev/null || true
  fi
  find /sys/fs/cgroup -depth -type d \( -path '*/gantry/*' -o -name gantry \) -exec rmdir {} + 2>/dev/null || true
}

# The pids of all processes below one, without zombies.
descendants() {
  for status in /proc/[0-9]*/status; do
    sed -n 's/^State:[[:space:]]*\(.\).*/\1/p; s/^Pid:[[:space:]]*//p; s/^PPid:[[:space:]]*//p' "$status" 2>/dev/null |
      tr '\n' ' '
    echo
  done | awk -v top="$1" '
    NF == 3 { state[$2] = $1; parent[$2] = $3 }
    END {
      for (pid in parent) {
        if (state[pid] == "Z") continue
        for (up = parent[pid]; up > 1; up = parent[up]) if (up == top) { printf "%s ", pid; break }
      }
    }'
}
