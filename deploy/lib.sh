# Shared by the scripts of deploy/: source it after `set -euo pipefail`. Sets ROOT, the top of the tree.
# shellcheck shell=bash

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# What building and testing need, by the program or library that shows it is there.
PACKAGES_BUILD=(
  mvn:maven
  musl-gcc:musl-tools
  gcc:gcc
  libseccomp.so.2:libseccomp2
  libnftables.so.1:libnftables1
  libisal.so.2:libisal2
  libcrypto.so.3:libssl3
)
PACKAGES_RUN=(
  ip:iproute2
  nft:nftables
  nsenter:util-linux
  /usr/lib/cni/bridge:containernetworking-plugins
  docker-registry:docker-registry
  busybox:busybox-static
  crun:crun
  strace:strace
  runc:runc
  skopeo:skopeo
  umoci:umoci
  curl:curl
  openssl:openssl
  promtool:prometheus
)

say() { printf '\n==> %s\n' "$*"; }
note() { printf '    %s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}

# Prints the comment block at the top of the calling script.
usage() {
  sed -n '2,/^[^#]/{s/^# \{0,1\}//;t print;q;:print p}' "$0"
}

# Goes on as root, by sudo when needed.
as_root() {
  [ "$(id -u)" -eq 0 ] && return
  command -v sudo >/dev/null || die "must be run by root, and there is no sudo"
  note "going on as root by sudo"
  exec sudo --preserve-env=JAVA_HOME,GANTRY_JAVA_OPTS -- "$0" "$@"
}

has() {
  case $1 in
    /*) [ -e "$1" ] ;;
    # Without -q, which ends before ldconfig does: with pipefail that looks like a missing library.
    lib*) ldconfig -p | grep "^[[:space:]]*$1 " >/dev/null ;;
    *) command -v "$1" >/dev/null ;;
  esac
}

# Installs the packages of those THING:PACKAGE arguments whose thing is missing.
need_packages() {
  local pair missing=()
  for pair in "$@"; do
    has "${pair%%:*}" || missing+=("${pair#*:}")
  done
  if [ "${#missing[@]}" -eq 0 ]; then
    note "all packages are there"
    return
  fi
  command -v apt-get >/dev/null || die "missing: ${missing[*]}; not a Debian, install them by hand"
  note "installing ${missing[*]}"
  apt_install "${missing[@]}"
  for pair in "$@"; do
    has "${pair%%:*}" || die "${pair%%:*} is missing although ${pair#*:} is installed"
  done
}

# Installs without letting packages start services: docker-registry would serve on port 5000.
apt_install() (
  policy=/usr/sbin/policy-rc.d
  if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod 0755 "$policy"
  fi
  log=$(mktemp)
  export DEBIAN_FRONTEND=noninteractive
  if ! { apt-get update -q && apt-get install -q -y --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -20 "$log" >&2
    rm -f "$log"
    die "apt-get could not install $*"
  fi
  rm -f "$log"
  # Nor at the next boot, where nobody asked for it.
  for package in "$@"; do
    if [[ $package =~ ^(docker-registry|prometheus)$ ]] && [ -d /run/systemd/system ]; then
      systemctl disable --quiet "$package"
    fi
  done
)

# Sets JAVA_HOME to a JDK of version 25 or later.
need_jdk() {
  local jdk version
  if ! find_jdk; then
    note "no JDK 25 under /usr/lib/jvm"
    for jdk in openjdk-25-jdk-headless temurin-25-jdk; do
      version=$(apt-cache policy "$jdk" 2>/dev/null | sed -n 's/^ *Candidate: //p')
      if [ -n "$version" ] && [ "$version" != "(none)" ]; then
        note "installing $jdk"
        apt_install "$jdk"
        break
      fi
    done
    find_jdk || die "no package source has a JDK 25: add https://packages.adoptium.net/artifactory/deb and install temurin-25-jdk, or set JAVA_HOME"
  fi
  export JAVA_HOME
  note "JDK: $JAVA_HOME"
}

find_jdk() {
  local jdk version
  for jdk in "${JAVA_HOME:-}" /usr/lib/jvm/*25* /usr/lib/jvm/*; do
    [ -x "$jdk/bin/javac" ] && [ -r "$jdk/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$jdk/release")
    if [ "${version:-0}" -ge 25 ]; then
      JAVA_HOME=$jdk
      return 0
    fi
  done
  return 1
}

# Runs Maven in the tree, showing which module it is at; the whole output goes to target/LOG.
maven() {
  local log=$ROOT/target/$1
  shift
  mkdir -p "$ROOT/target"
  if ! (cd "$ROOT" && mvn -B -ntp "$@") 2>&1 | tee "$log" |
    sed -un 's/^\[INFO\] Building \(Gantry[^0-9]*\).*/    \1/p; s/^\[INFO\] --- maven-\(surefire\|failsafe\)-plugin:[0-9.]*:[a-z-]*test (\(default-test\|default\)) @ \([a-z-]*\) ---.*/      \1: \3/p'; then
    grep -E '^\[ERROR\]' "$log" | head -60 >&2 || true
    die "mvn $* failed; all of it is in $log"
  fi
}

# Builds cri-server/target/gantry unless it is newer than every source.
build_if_stale() {
  local stamp=$ROOT/cri-server/target/gantry/.built
  if [ -e "$stamp" ] && [ -z "$(find "$ROOT"/pom.xml "$ROOT"/*/pom.xml "$ROOT"/*/src/main -newer "$stamp" -print -quit)" ]; then
    note "build is up to date"
    return
  fi
  note "building; the first time takes minutes, libraries are fetched from Maven Central"
  maven build.log package -DskipTests
  touch "$stamp"
}

# A TCP port of 127.0.0.1 that nobody listens on.
free_port() {
  local port
  for port in $(shuf -i 20000-32000 -n 50); do
    if ! (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
      echo "$port"
      return
    fi
  done
  die "no free port"
}

# Waits until the command given after SECONDS succeeds.
wait_for() {
  local end=$((SECONDS + $1))
  shift
  until "$@" >/dev/null 2>&1; do
    [ "$SECONDS" -lt "$end" ] || return 1
    sleep 0.05
  done
}

# Everything that pods leave on a machine when something is wrong, one line each.
traces() {
  # A zombie is its parent's to reap, and no process of ours lives on.
  pgrep -a -r D,I,R,S,T gantry-shim | sed 's/^/process: /' || true
  grep -E ' /run/netns/gantry-|/gantry[^ ]*/(pods|images)' /proc/self/mountinfo | awk '{print "mount: " $5}' || true
  find /run/netns -maxdepth 1 -name 'gantry-*' -printf 'netns: %p\n' 2>/dev/null || true
  # /gantry itself stays, as the place for pods without a parent of their own.
  find /sys/fs/cgroup -type d -path '*gantry*' ! -path '/sys/fs/cgroup*/gantry' -printf 'cgroup: %p\n' 2>/dev/null || true
  ip -o link show 2>/dev/null | awk -F': ' '$2 ~ /^(gantry|veth.*gantry)/ {print "link: " $2}' || true
  nft list tables 2>/dev/null | grep gantry | sed 's/^/nftables: /' || true
}

# Makes an image out of Debian's busybox-static, as an OCI layout with one gzip layer: make_image LAYOUT TAG
make_image() (
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  busybox=$(command -v busybox)
  umoci init --layout "$work/layout" >/dev/null
  umoci new --image "$work/layout:$2" >/dev/null
  umoci unpack --image "$work/layout:$2" "$work/bundle" >/dev/null
  root=$work/bundle/rootfs
  install -d "$root/bin" "$root/etc" "$root/proc" "$root/sys" "$root/dev" "$root/var"
  install -d -m 1777 "$root/tmp"
  install -m 0755 "$busybox" "$root/bin/busybox"
  for applet in $("$busybox" --list); do
    [ "$applet" = busybox ] || ln -s busybox "$root/bin/$applet"
  done
  echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
  echo 'nobody:x:65534:65534:nobody:/:/bin/false' >>"$root/etc/passwd"
  printf 'root:x:0:\nnogroup:x:65534:\n' >"$root/etc/group"
  umoci repack --image "$work/layout:$2" "$work/bundle" >/dev/null
  umoci config --image "$work/layout:$2" --config.env PATH=/bin --config.cmd sh >/dev/null
  mv "$work/layout" "$1"
)
