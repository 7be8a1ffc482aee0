#!/usr/bin/env bash
# Installs a Debian package of Poolkeeper below a systemd of its own, and lets that run the service: with all that the unit
# forbids, with its credentials, through a reload, a crash, a stop, and a configuration that is wrong.
set -euo pipefail
# shellcheck source=scripts/lib/package.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/package.sh"

usage() {
  cat <<'TEXT'
usage: scripts/test-service.sh PACKAGE.deb [--help]

The systemd is process 1 of namespaces of its own, without a network, on a view of this machine's files whose changes are
kept in memory and thrown away. That takes root, systemd's programs and cgroup version 2; otherwise the exit code is 77, and
nothing was tried. Not part of `make test`: run it after a change of the unit.
TEXT
}

not_tried() {
  echo "test-service: not tried: $*" >&2
  exit 77
}

# --- Process 1 of the namespaces -----------------------------------------------------------------------------------

if [ "${1:-}" = --inside ]; then
  package=$2 place=$3
  system=$place/root
  mount -t tmpfs -o mode=755 tmpfs "$place"
  mkdir "$place/changes" "$place/work" "$system"
  mount -t overlay -o "lowerdir=/,upperdir=$place/changes,workdir=$place/work" overlay "$system"
  mount -t tmpfs tmpfs "$system/run"
  mount -t tmpfs -o mode=1777 tmpfs "$system/tmp"
  mount -t proc proc "$system/proc"
  mount -t sysfs sysfs "$system/sys"
  mount -t cgroup2 cgroup2 "$system/sys/fs/cgroup"
  mount --rbind /dev "$system/dev"
  cp "$package" "$system/tmp/poolkeeper.deb"
  chroot "$system" dpkg --install /tmp/poolkeeper.deb >/dev/null 2>&1
  install -m 600 /dev/null "$system/etc/poolkeeper/credentials/proxmox-token"
  echo token >"$system/etc/poolkeeper/credentials/proxmox-token"
  # What belongs to a machine and not to a service.
  for unit in systemd-udevd.service systemd-udev-trigger.service systemd-networkd.service systemd-resolved.service \
    systemd-timesyncd.service systemd-logind.service systemd-sysctl.service systemd-modules-load.service \
    systemd-remount-fs.service systemd-random-seed.service dev-hugepages.mount dev-mqueue.mount \
    sys-kernel-debug.mount sys-kernel-tracing.mount proc-sys-fs-binfmt_misc.automount getty.target \
    network-online.target dbus.service dbus.socket; do
    ln -sf /dev/null "$system/etc/systemd/system/$unit"
  done
  mkdir "$system/oldroot"
  cd "$system"
  # A process below chroot may make no user namespaces, which the unit asks for.
  pivot_root . oldroot
  cd /
  umount -l /oldroot
  mount --make-rshared /
  container=other exec /lib/systemd/systemd --system --unit=poolkeeper.service --show-status=no
fi

# --- Outside -------------------------------------------------------------------------------------------------------

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  '') fail "which package? See --help" ;;
esac
package=$(realpath "$1")
[ -f "$package" ] || fail "there is no package $1"
[ "$(id -u)" -eq 0 ] || not_tried "only root can start a systemd"
[ -x /lib/systemd/systemd ] || not_tried "there is no systemd"
cgroups=$(awk '$3 == "cgroup2" { print $2; exit }' /proc/mounts)
[ -n "$cgroups" ] || not_tried "there is no cgroup version 2"

place=$(mktemp -d)
group=$cgroups/poolkeeper-test-$$
mkdir "$group" 2>/dev/null || not_tried "no control group can be made in $cgroups"
clean_up() {
  if [ -n "${system:-}" ]; then kill -KILL "$system" 2>/dev/null || true; fi
  wait 2>/dev/null || true
  for _ in $(seq 50); do
    find "$group" -depth -type d -exec rmdir {} + 2>/dev/null || true
    if [ ! -d "$group" ]; then break; fi
    sleep 0.1
  done
  rmdir "$place"
}
trap clean_up EXIT

(
  echo "$BASHPID" >"$group/cgroup.procs"
  exec unshare --mount --propagation private --pid --fork --kill-child --uts --ipc --net --cgroup \
    "${BASH_SOURCE[0]}" --inside "$package" "$place"
) >"$place.log" 2>&1 &
outer=$!

eventually() {
  local what=$1
  shift
  for _ in $(seq 600); do
    if "$@" >/dev/null 2>&1; then return; fi
    kill -0 "$outer" 2>/dev/null || fail "systemd has ended: $(cat "$place.log")"
    sleep 0.2
  done
  fail "$what did not happen: $(inside systemctl status --no-pager --full poolkeeper 2>&1 || true)"
}
inside() { nsenter --target "$system" --mount --pid --uts --ipc --net --cgroup --root --wd "$@"; }
find_system() {
  system=$(pgrep -P "$outer" | head -1)
  [ -n "$system" ] && [ "$(readlink "/proc/$system/exe")" = /usr/lib/systemd/systemd ]
}
property() { inside systemctl show --property "$1" --value poolkeeper.service; }
is_active() { [ "$(property ActiveState)" = active ] && [ "$(property SubState)" = running ]; }
is_failed() { [ "$(property ActiveState)" = failed ]; }
log_has() { inside journalctl --no-pager --unit poolkeeper.service | grep -q -- "$1"; }
# As the service sees it.
within() { nsenter --target "$system" --mount --pid -- nsenter --target "$(property MainPID)" --mount --root -- "$@"; }

eventually "the start of systemd" find_system
eventually "the start of the service" is_active
first=$(property MainPID)
[ "$(within cat /run/credentials/poolkeeper.service/poolkeeper_proxmox-token)" = token ] \
  || fail "the service does not see its credential"
[ "$(inside stat -c %U "/proc/$first")" = poolkeeper ] || fail "the service does not run as the user poolkeeper"
eventually "the first decision" inside poolkeeper status
inside test -f /var/lib/poolkeeper/journal.sqlite || fail "there is no journal"

inside systemctl reload poolkeeper.service
eventually "the end of the reload" is_active
[ "$(property MainPID)" = "$first" ] || fail "the reload was a restart"

inside systemctl kill --signal KILL poolkeeper.service
is_another() { is_active && [ "$(property MainPID)" != "$first" ]; }
eventually "the restart after a crash" is_another
eventually "the first decision after the restart" inside poolkeeper status

inside systemctl stop poolkeeper.service
[ "$(property Result) $(property ExecMainStatus)" = "success 0" ] || fail "the stop was not in order: $(property Result)"

inside sed -i 's/"max_size": 20/"max_size": -20/' /etc/poolkeeper/worker-pools.json
inside systemctl start poolkeeper.service || true
eventually "the refusal of a wrong configuration" is_failed
[ "$(property ExecMainStatus) $(property NRestarts)" = "64 0" ] \
  || fail "a wrong configuration ended with $(property ExecMainStatus) after $(property NRestarts) restarts"
log_has 'max_size' || fail "the log does not name what is wrong"
inside dpkg --purge poolkeeper >/dev/null 2>&1
rm -f "$place.log"
echo "test-service: started, reloaded, crashed, stopped, refused"
