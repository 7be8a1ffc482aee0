#!/usr/bin/env bash
# Installs a Debian package of Poolkeeper, changes it, upgrades, removes and purges it, and looks at what is left each time.
set -euo pipefail
# shellcheck source=scripts/lib/package.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/package.sh"

usage() {
  cat <<'TEXT'
usage: scripts/test-deb.sh PACKAGE.deb [--help]

All of it happens in a view of this machine's files whose changes are kept in memory and thrown away: nothing here changes.
That takes root and a Linux that lets it mount overlays; otherwise the exit code is 77, and nothing was tried.
TEXT
}

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
  '') fail "which package? See --help" ;;
esac

if [ "$1" != --inside ]; then
  package=$(realpath "$1")
  [ -f "$package" ] || fail "there is no package $1"
  if [ "$(id -u)" -ne 0 ]; then
    echo "test-deb: not tried: only root can install packages" >&2
    exit 77
  fi
  place=$(mktemp -d)
  trap 'rmdir "$place"' EXIT
  status=0
  unshare --mount --propagation private "${BASH_SOURCE[0]}" --inside "$package" "$place" || status=$?
  exit "$status"
fi

# --- In a namespace of its own: mounts end with it ----------------------------------------------------------------

package=$2
place=$3
mount_view() {
  mount -t tmpfs -o mode=755 tmpfs "$place" \
    && mkdir "$place/changes" "$place/work" "$place/root" \
    && mount -t overlay -o "lowerdir=/,upperdir=$place/changes,workdir=$place/work" overlay "$place/root" \
    && mount -t tmpfs tmpfs "$place/root/run" \
    && mount -t tmpfs -o mode=1777 tmpfs "$place/root/tmp" \
    && mount --rbind /dev "$place/root/dev" \
    && mount --rbind /proc "$place/root/proc"
}
if ! complaint=$(mount_view 2>&1); then
  echo "test-deb: not tried: this machine lets root mount no overlay: $complaint" >&2
  exit 77
fi
cp "$package" "$place/root/tmp/poolkeeper.deb"

inside() { chroot "$place/root" env DEBIAN_FRONTEND=noninteractive LC_ALL=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin "$@"; }
package_tool() { inside dpkg "$@" >"$place/said" 2>&1 || fail "dpkg $*: $(cat "$place/said")"; }
holds() { [ -e "$place/root$1" ] || fail "after $2 there is no $1"; }
lacks() { [ ! -e "$place/root$1" ] || fail "after $2 there still is $1"; }
# shellcheck disable=SC2016 # dpkg-query's own variable
state() { inside dpkg-query -W -f='${db:Status-Abbrev}' poolkeeper 2>/dev/null || echo none; }

unit_link=/etc/systemd/system/multi-user.target.wants/poolkeeper.service
if [ "$(state)" != none ]; then
  inside dpkg --purge poolkeeper >/dev/null 2>&1 || true
fi
inside cat /etc/passwd /etc/group >"$place/users"

package_tool --install /tmp/poolkeeper.deb
[ "$(state)" = "ii " ] || fail "after the installation the package is in the state \"$(state)\""
for file in /usr/bin/poolkeeper /lib/systemd/system/poolkeeper.service /etc/poolkeeper/worker-pools.json \
  /etc/default/poolkeeper /etc/poolkeeper/credentials /usr/share/man/man1/poolkeeper.1.gz \
  /usr/share/bash-completion/completions/poolkeeper /usr/share/zsh/vendor-completions/_poolkeeper \
  /usr/share/fish/vendor_completions.d/poolkeeper.fish /usr/share/poolkeeper/rules/poolkeeper.rules.yml \
  /usr/share/poolkeeper/kubernetes/base/kustomization.yaml /usr/share/poolkeeper/worker-pools.schema.json; do
  holds "$file" "the installation"
done
[ -L "$place/root$unit_link" ] || fail "after the installation the service is not enabled"
[ "$(inside stat -c '%U %a' /etc/poolkeeper/credentials)" = "root 700" ] || fail "others may look at the credentials"
inside getent passwd poolkeeper | grep -q ':/var/lib/poolkeeper:/usr/sbin/nologin$' || fail "there is no user poolkeeper"
said=$(inside /usr/bin/poolkeeper --version)
[ "$said" = "$(version)" ] || fail "the installed program says that it is $said, and the source says $(version)"
inside runuser -u poolkeeper -- poolkeeper check /etc/poolkeeper/worker-pools.json >"$place/said" 2>&1 \
  || fail "the installed configuration has errors: $(cat "$place/said")"
inside grep -q '"mode": "observe"' /etc/poolkeeper/worker-pools.json || fail "the service would act at once"
inside man --warnings -l /usr/share/man/man1/poolkeeper.1.gz >/dev/null 2>"$place/said" || true
[ ! -s "$place/said" ] || fail "man complains: $(cat "$place/said")"

# What an administrator and the service do.
echo '# changed by hand' >>"$place/root/etc/default/poolkeeper"
echo secret >"$place/root/etc/poolkeeper/credentials/proxmox-token"
inside install -d -o poolkeeper -g poolkeeper -m 700 /var/lib/poolkeeper
inside runuser -u poolkeeper -- touch /var/lib/poolkeeper/journal.sqlite

package_tool --install /tmp/poolkeeper.deb
[ "$(state)" = "ii " ] || fail "after the upgrade the package is in the state \"$(state)\""
tail -1 "$place/root/etc/default/poolkeeper" | grep -q 'changed by hand' || fail "the upgrade lost a changed file"
holds /etc/poolkeeper/credentials/proxmox-token "the upgrade"
holds /var/lib/poolkeeper/journal.sqlite "the upgrade"

package_tool --remove poolkeeper
[ "$(state)" = "rc " ] || fail "after the removal the package is in the state \"$(state)\""
for file in /usr/bin/poolkeeper /lib/systemd/system/poolkeeper.service /usr/share/poolkeeper; do
  lacks "$file" "the removal"
done
for file in /etc/default/poolkeeper /etc/poolkeeper/worker-pools.json /var/lib/poolkeeper/journal.sqlite; do
  holds "$file" "the removal"
done

package_tool --purge poolkeeper
[ "$(state)" = none ] || fail "after the purge the package is in the state \"$(state)\""
for file in /etc/poolkeeper /etc/default/poolkeeper /var/lib/poolkeeper "$unit_link"; do lacks "$file" "the purge"; done
inside cat /etc/passwd /etc/group | diff "$place/users" - >"$place/said" || fail "users are left: $(cat "$place/said")"
# Of all that changed on the way only what keeps account of it may be left.
left=$(cd "$place/changes" && find . -type f ! -path './var/lib/dpkg/*' ! -path './var/log/*' ! -path './var/cache/*' \
  ! -path './etc/passwd*' ! -path './etc/group*' ! -path './etc/shadow*' ! -path './etc/gshadow*' \
  ! -path ./etc/.pwd.lock ! -path './etc/subuid*' ! -path './etc/subgid*' ! -path './tmp/*' ! -path './etc/ld.so.cache')
[ -z "$left" ] || fail "after the purge these files are left: $left"
echo "test-deb: installed, upgraded, removed and purged"
