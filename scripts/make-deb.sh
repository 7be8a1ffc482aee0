#!/usr/bin/env bash
# Makes dist/poolkeeper_VERSION_ARCHITECTURE.deb of a program that has been built; `make deb` builds it and calls this.
set -euo pipefail
# shellcheck source=scripts/lib/package.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/package.sh"

usage() {
  cat <<'TEXT'
usage: scripts/make-deb.sh PROGRAM [--output DIRECTORY] [--checkouts DIRECTORY] [--fast] [--help]

Makes a Debian package of the program, a file that `swift build` has made, and prints its path.

  --output DIR     where the package goes, dist without it. The symbols go beside it, into a .debug file
  --checkouts DIR  the sources of the Swift packages, for their notices; .build/checkouts without it
  --fast           for trying things out: compressed less, symbols thrown away

The package needs what the program is linked with. A program that needs Swift's libraries runs on this machine only, and
the package says nothing of them: for others build with --static-swift-stdlib, as `make deb` does.
DEBFULLNAME and DEBEMAIL, where set, say who made the package.
TEXT
}

program='' output=$root/dist checkouts=$root/.build/checkouts fast=false
while [ $# -gt 0 ]; do
  case $1 in
    --output | --checkouts)
      [ $# -ge 2 ] || fail "$1 needs a directory; see --help"
      if [ "$1" = --output ]; then output=$2; else checkouts=$2; fi
      shift
      ;;
    --fast) fast=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    -*) fail "unknown argument \"$1\"; see --help" ;;
    *) program=$1 ;;
  esac
  shift
done
[ -n "$program" ] || fail "which program? See --help"
[ -x "$program" ] || fail "there is no program $program: build it first, as \`make deb\` does"
for tool in dpkg-deb dpkg-shlibdeps objcopy strip; do
  command -v $tool >/dev/null || fail "$tool is missing: apt-get install dpkg-dev binutils"
done
program=$(realpath "$program")

version=$(version)
architecture=$(dpkg --print-architecture)
date=$(source_date)
name=poolkeeper_${version}_$architecture
mkdir -p "$output"
output=$(cd "$output" && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
tree=$build/tree
document=$tree/usr/share/doc/poolkeeper
umask 022

symbols=
if ! $fast; then symbols=$output/poolkeeper_${version}_$architecture.debug; fi
strip_program "$program" "$tree/usr/bin/poolkeeper" "$symbols"
lay_out_shared_files "$program" "$tree/usr" "$checkouts"
write_configuration "$tree/etc/poolkeeper/worker-pools.json" /usr/share/poolkeeper
install -D -m 644 "$root/config/systemd/poolkeeper.default" "$tree/etc/default/poolkeeper"
install -D -m 644 "$root/config/systemd/poolkeeper.service" "$tree/lib/systemd/system/poolkeeper.service"
install -D -m 644 "$root/config/debian/copyright" "$document/copyright"
install -D -m 644 "$root/config/debian/lintian-overrides" "$tree/usr/share/lintian/overrides/poolkeeper"
{
  printf 'poolkeeper (%s) unstable; urgency=medium\n\n  * Version %s; what is new stands in CHANGELOG.md.\n\n' \
    "$version" "$version"
  printf ' -- %s <%s>  %s\n' "${DEBFULLNAME:-Poolkeeper maintainers}" "${DEBEMAIL:-maintainers@poolkeeper.dev}" \
    "$(date -u -R -d "@$date")"
} >"$document/changelog"
cp "$root/docs/CHANGELOG.md" "$document/CHANGELOG.md"
gzip -9n "$document/changelog" "$document/third-party-notices" "$tree/usr/share/man/man1/poolkeeper.1"

settle "$tree" "$date"
# Secrets go there; only root may look, and the service manager hands them on.
install -d -m 700 "$tree/etc/poolkeeper/credentials"
touch -d "@$date" "$tree/etc/poolkeeper/credentials" "$tree/etc/poolkeeper"

# dpkg-shlibdeps wants the source of a package around it. Swift's own libraries belong to no package.
mkdir -p "$build/source/debian"
printf 'Source: poolkeeper\n\nPackage: poolkeeper\nArchitecture: any\n' >"$build/source/debian/control"
dependencies=$(cd "$build/source" && dpkg-shlibdeps --ignore-missing-info -O "$tree/usr/bin/poolkeeper" \
  2>"$build/warnings" | sed -n 's/^shlibs:Depends=//p') || fail "dpkg-shlibdeps: $(cat "$build/warnings")"
[ -n "$dependencies" ] || fail "dpkg-shlibdeps knows nothing that the program needs: $(cat "$build/warnings")"

mkdir "$tree/DEBIAN"
sed -e "s|@VERSION@|$version|" -e "s|@ARCHITECTURE@|$architecture|" -e "s|@DEPENDS@|$dependencies|" \
  -e "s|@INSTALLED_SIZE@|$(du -sk --apparent-size "$tree" | cut -f 1)|" \
  -e "s|@MAINTAINER@|${DEBFULLNAME:-Poolkeeper maintainers} <${DEBEMAIL:-maintainers@poolkeeper.dev}>|" \
  "$root/config/debian/control" >"$tree/DEBIAN/control"
printf '/etc/default/poolkeeper\n/etc/poolkeeper/worker-pools.json\n' >"$tree/DEBIAN/conffiles"
install -m 755 "$root"/config/debian/{postinst,prerm,postrm} "$tree/DEBIAN"
(cd "$tree" && find usr lib -type f -print0 | LC_ALL=C sort -z | xargs -0 md5sum) >"$tree/DEBIAN/md5sums"

compression=(-Zxz)
if $fast; then compression=(-Zgzip -z1); fi
SOURCE_DATE_EPOCH=$date dpkg-deb --root-owner-group "${compression[@]}" --build "$tree" "$output/$name.deb" >/dev/null
echo "$output/$name.deb"
