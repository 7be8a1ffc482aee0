#!/usr/bin/env bash
# Builds the program as it is handed out: optimised, with Swift's libraries in it. `make deb` and `make tarball` call this.
set -euo pipefail
# shellcheck source=scripts/lib/package.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/package.sh"

usage() {
  cat <<'TEXT'
usage: scripts/build-release.sh [--scratch-path DIRECTORY] [--static-libraries] [--help]

Builds DIRECTORY/release/poolkeeper; the directory is .build/static without --scratch-path. It takes some ten minutes when
nothing is built yet.

  --static-libraries  make DIRECTORY/release/poolkeeper-static as well: with the C libraries in it, all but libcurl, so that
                      it runs on other distributions
TEXT
}

scratch=.build/static static_libraries=false
while [ $# -gt 0 ]; do
  case $1 in
    --scratch-path)
      [ $# -ge 2 ] || fail "$1 needs a directory; see --help"
      scratch=$2
      shift
      ;;
    --static-libraries) static_libraries=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *) fail "unknown argument \"$1\"; see --help" ;;
  esac
  shift
done
cd "$root"

swift build --configuration release --static-swift-stdlib --product poolkeeper --scratch-path "$scratch"

# Swift's library of time zones is in a program without shared libraries only if something in it asks for it; without it
# every zone but UTC would be unknown.
zoned=$scratch/time-zone.json
sed 's|"time_zone": "UTC"|"time_zone": "Europe/Berlin"|' config/worker-pools.json >"$zoned"
grep -q Europe/Berlin "$zoned" || fail "config/worker-pools.json names no time zone; correct this check"
if ! found=$("$scratch/release/poolkeeper" check "$zoned" 2>&1); then
  echo "$found" >&2
  fail "the program that was built refuses $zoned, see above; does it still use a part of FoundationInternationalization?"
fi

if $static_libraries; then
  # The same objects, linked once more. The linker takes what it finds first: a directory that holds archives only, before
  # all others. The package manager gives the main of a program a name of its own.
  archives=$(realpath -m "$scratch")/archives
  compiler=$(command -v cc || command -v clang) || fail "there is no C compiler: apt-get install g++"
  rm -rf "$archives"
  mkdir -p "$archives"
  for library in re2 snappy protobuf-c sqlite3 z stdc++; do
    archive=$("$compiler" -print-file-name="lib$library.a")
    [ "$archive" != "lib$library.a" ] || fail "lib$library.a is missing: run scripts/install-packages.sh, or install g++"
    ln -s "$(realpath "$archive")" "$archives/lib$library.a"
  done
  swiftc -emit-executable -static-stdlib "-L$archives" "@$scratch/release/poolkeeper.product/Objects.LinkFileList" \
    -lre2 -lsnappy -lprotobuf-c -lsqlite3 -lz -lstdc++ -lcurl -lm \
    -Xlinker --defsym=main=poolkeeper_main -o "$scratch/release/poolkeeper-static"
fi
