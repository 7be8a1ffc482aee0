#!/usr/bin/env bash
# Makes dist/poolkeeper-VERSION-linux-ARCHITECTURE.tar.gz of a program that has been built; `make tarball` builds it and
# calls this.
set -euo pipefail
# shellcheck source=scripts/lib/package.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/package.sh"

usage() {
  cat <<'TEXT'
usage: scripts/make-tarball.sh PROGRAM [--output DIRECTORY] [--checkouts DIRECTORY] [--any-libraries] [--help]

Makes a tar archive of the program and all that belongs to it, with a script that installs it, and prints its path. The
same program and sources give the same archive, byte for byte. Checksums go beside it, into SHA256SUMS.

  --output DIR     where the archive goes, dist without it
  --checkouts DIR  the sources of the Swift packages, for their notices; .build/checkouts without it
  --any-libraries  take a program that needs more than the libraries which every system with libcurl has; it may run on
                   this machine only
TEXT
}

# Of the system, by their names in the program. All else is in the program.
needed_libraries="libc.so.6 libcurl.so.4 libgcc_s.so.1 libm.so.6"

program='' output=$root/dist checkouts=$root/.build/checkouts any_libraries=false
while [ $# -gt 0 ]; do
  case $1 in
    --output | --checkouts)
      [ $# -ge 2 ] || fail "$1 needs a directory; see --help"
      if [ "$1" = --output ]; then output=$2; else checkouts=$2; fi
      shift
      ;;
    --any-libraries) any_libraries=true ;;
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
[ -x "$program" ] || fail "there is no program $program: build it first, as \`make tarball\` does"
for tool in objcopy strip readelf gzip sha256sum; do
  command -v $tool >/dev/null || fail "$tool is missing: apt-get install binutils"
done
program=$(realpath "$program")

if ! $any_libraries; then
  for library in $(readelf -d "$program" | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'); do
    # The loader is named by its architecture.
    case $library in ld-linux*) continue ;; esac
    case " $needed_libraries " in
      *" $library "*) ;;
      *) fail "$program needs $library, which not every system has; build it as \`make tarball\` does" ;;
    esac
  done
fi

date=$(source_date)
name=poolkeeper-$(version)-linux-$(uname -m)
mkdir -p "$output"
output=$(cd "$output" && pwd)
build=$(mktemp -d)
trap 'rm -rf "$build"' EXIT
tree=$build/$name
umask 022

strip_program "$program" "$tree/bin/poolkeeper"
lay_out_shared_files "$program" "$tree" "$checkouts"
write_configuration "$tree/etc/poolkeeper/worker-pools.json" /usr/local/share/poolkeeper
install -D -m 644 "$root/config/systemd/poolkeeper.default" "$tree/etc/default/poolkeeper"
install -D -m 644 "$root/config/systemd/poolkeeper.sysusers" "$tree/lib/sysusers.d/poolkeeper.conf"
mkdir -p "$tree/lib/systemd/system"
sed 's|/usr/bin/poolkeeper|/usr/local/bin/poolkeeper|' "$root/config/systemd/poolkeeper.service" \
  >"$tree/lib/systemd/system/poolkeeper.service"
install -m 755 "$root/scripts/lib/install-tarball.sh" "$tree/install.sh"
cp "$root/LICENSE" "$root/README.md" "$tree"
settle "$tree" "$date"

tar --sort=name --format=gnu --owner=root:0 --group=root:0 --mtime="@$date" -C "$build" -cf - "$name" \
  | gzip -9n >"$output/$name.tar.gz"
(cd "$output" && sha256sum "$name.tar.gz" >SHA256SUMS)
echo "$output/$name.tar.gz"
