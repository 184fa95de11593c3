#!/bin/sh
# Installs Gantry on a distribution without .deb packages, out of the directory this script is in. What is needed of the
# distribution: libseccomp.so.2, libnftables.so.1, systemd.
#
# Usage: install.sh                 installs or upgrades; running pods go on
#        install.sh --remove        removes the programs; pods, data and configuration stay
#        install.sh --purge         removes everything, running pods too
set -eu
here=$(cd "$(dirname "$0")" && pwd)
[ "$(id -u)" -eq 0 ] || { echo "install.sh: must be run by root" >&2; exit 1; }

@END_PODS@

systemd() { [ ! -d /run/systemd/system ] || systemctl "$@"; }

remove() {
  systemd disable --now gantry.service || true
  # Only what this archive brought, deepest first; the configuration is not in usr/.
  (cd "$here" && find usr ! -type d) | while read -r file; do rm -f "/$file"; done
  (cd "$here" && find usr/share/doc/gantry -depth -type d) | while read -r directory; do rmdir "/$directory" || true; done
  rm -rf /usr/lib/gantry /var/cache/gantry
  systemd daemon-reload
}

case ${1:-} in
--remove) remove ;;
--purge)
  remove
  end_pods
  rm -rf --one-file-system /run/gantry /var/lib/gantry /etc/gantry
  ;;
'')
  missing=
  for library in libseccomp.so.2 libnftables.so.1; do
    ldconfig -p | grep -q "$library" || missing="$missing $library"
  done
  [ -z "$missing" ] || { echo "install.sh: missing:$missing" >&2; exit 1; }
  # Next to the old one and then in its place, so that a daemon that runs never sees a mixture.
  rm -rf /usr/lib/gantry.new
  cp -a "$here/usr/lib/gantry" /usr/lib/gantry.new
  rm -rf /usr/lib/gantry.old
  [ ! -e /usr/lib/gantry ] || mv /usr/lib/gantry /usr/lib/gantry.old
  mv /usr/lib/gantry.new /usr/lib/gantry
  (cd "$here" && tar -c --exclude=usr/lib/gantry usr) | tar -x -C / --no-same-owner
  mkdir -p /etc/gantry/config.d /etc/gantry/certs.d /var/cache/gantry
  if [ -e /etc/gantry/config.toml ]; then
    cp "$here/etc/gantry/config.toml" /etc/gantry/config.toml.dist
  else
    cp "$here/etc/gantry/config.toml" /etc/gantry/config.toml
  fi
  /usr/lib/gantry/lib/make-aot-caches /var/cache/gantry || echo "install.sh: no AOT caches: starts are slower" >&2
  if [ -d /run/systemd/system ]; then
    systemctl daemon-reload
    systemd-tmpfiles --create gantry.conf || true
    for module in overlay br_netfilter; do modprobe "$module" 2>/dev/null || true; done
    /usr/lib/systemd/systemd-sysctl 60-gantry.conf || true
    systemctl enable --quiet gantry.service
    systemctl restart gantry.service
  fi
  rm -rf /usr/lib/gantry.old
  ;;
*)
  sed -n '2,/^set /{/^#/s/^# \{0,1\}//p}' "$0" >&2
  exit 2
  ;;
esac
