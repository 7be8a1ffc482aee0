#!/usr/bin/env bash
# Feeds mutated inputs to what takes bytes from outside, with libFuzzer and the address sanitizer.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/fuzz.sh [--seconds N] [--build-only] [TARGET …]

Builds the harness in Tests/Fuzzing with coverage and the address sanitizer, and runs each target for N seconds (600), beginning
with the committed corpus. Without a TARGET all of them run: wire1 wire2 snappy log snapshot promql configuration http.

The target http is the whole server: requests that nobody should send, over sockets, without libFuzzer.

New inputs are kept in .build/fuzz/corpus. An input that crashes the target, takes a second or much memory is written
to .build/fuzz/findings; .build/fuzz/fuzz FILE runs it again (with POOLKEEPER_FUZZ_TARGET set to the target). Linux only.
TEXT
}

seconds=600
build_only=false
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    --seconds)
      seconds=${2:?--seconds needs a number}
      shift
      ;;
    --build-only) build_only=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    wire1 | wire2 | snappy | log | snapshot | promql | configuration | http) targets+=("$1") ;;
    *)
      echo "fuzz: unknown argument \"$1\"" >&2
      usage >&2
      exit 64
      ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=(wire1 wire2 snappy log snapshot promql configuration http)

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$root"
build=.build/fuzz
mkdir -p "$build/corpus" "$build/findings"
swiftc=$(command -v "${SWIFTC:-swiftc}") || {
  echo "fuzz: swiftc is not in the PATH; install a Swift toolchain" >&2
  exit 69
}
clang=$(dirname "$(readlink -f "$swiftc")")/clang
includes=(-I Sources/C/CSnappy -I Sources/C/CProtobufC -I Sources/C/CRE2System)
for directory in Sources/C/CRemoteWrite Sources/C/CRE2 Sources/C/CFloatText; do includes+=(-I "$build/$(basename "$directory")"); done

# The C targets: objects, and module maps for those that the package manager would make.
for name in CRemoteWrite CRE2 CFloatText; do
  mkdir -p "$build/$name"
  cp Sources/C/$name/include/*.h "$build/$name/"
  {
    echo "module $name {"
    for header in "$build/$name"/*.h; do echo "  header \"$(basename "$header")\""; done
    echo "  export *"
    echo "}"
  } >"$build/$name/module.modulemap"
done
sanitize=(-g -O1 -fsanitize=address,fuzzer-no-link)
"$clang" "${sanitize[@]}" -I "$build/CRemoteWrite" -c Sources/C/CRemoteWrite/remote_write.pb-c.c -o "$build/v1.o"
"$clang" "${sanitize[@]}" -I "$build/CRemoteWrite" -c Sources/C/CRemoteWrite/remote_write_v2.pb-c.c -o "$build/v2.o"
"$clang" "${sanitize[@]}" -std=c++17 -I "$build/CRE2" -c Sources/C/CRE2/re2_shim.cpp -o "$build/re2.o"
"$clang" "${sanitize[@]}" -std=c++17 -I "$build/CFloatText" -c Sources/C/CFloatText/float_text.cpp -o "$build/float_text.o"

# The rooms, one module each, with internals visible to the harness.
flags=(-O -g -wmo -swift-version 6 -package-name poolkeeper -enable-testing -sanitize=address,fuzzer
  -enable-upcoming-feature ExistentialAny -enable-upcoming-feature InternalImportsByDefault
  -enable-upcoming-feature MemberImportVisibility -I "$build" "${includes[@]}")
objects=("$build/v1.o" "$build/v2.o" "$build/re2.o" "$build/float_text.o")
changed=false
for module in Model ConfigurationFile TimeSeries RemoteWrite PromQL; do
  objects+=("$build/$module.o")
  # A module is built anew when it, or one below it, has changed.
  if [ -z "$(find "Sources/$module" scripts/fuzz.sh -newer "$build/$module.o" 2>&1)" ] && ! $changed; then continue; fi
  changed=true
  echo "building $module"
  mapfile -t sources < <(find "Sources/$module" -name '*.swift' | sort)
  "$swiftc" "${flags[@]}" -parse-as-library -module-name "$module" -emit-module \
    -emit-module-path "$build/$module.swiftmodule" -c "${sources[@]}" -o "$build/$module.o"
done
echo "building the harness"
mapfile -t sources < <(find Tests/Fuzzing -name '*.swift' ! -name 'CorpusTests.swift' | sort)
"$swiftc" "${flags[@]}" -parse-as-library -module-name FuzzingTests -D POOLKEEPER_FUZZING "${sources[@]}" \
  "${objects[@]}" -lsnappy -lprotobuf-c -lre2 -lstdc++ -o "$build/fuzz" 2> >(grep -v 'Cannot export local symbol' >&2)
# The compiler leaves the description of the module that it linked where it was called.
rm -f FuzzingTests-*.swiftmodule FuzzingTests-*.swiftdoc FuzzingTests-*.swiftsourceinfo FuzzingTests-*.abi.json
$build_only && exit 0

failed=()
for target in "${targets[@]}"; do
  if [ "$target" = http ]; then
    echo "== http, $seconds seconds"
    POOLKEEPER_HTTP_FUZZ_SECONDS=$seconds swift test --filter HTTPFuzzTests || failed+=("http")
    continue
  fi
  mkdir -p "$build/corpus/$target"
  echo "== $target, $seconds seconds"
  # Leaks are not looked for: arrays inside of enumerations are held by pointers that the sanitizer does not recognise.
  ASAN_OPTIONS=detect_leaks=0 POOLKEEPER_FUZZ_TARGET=$target "$build/fuzz" -detect_leaks=0 -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -malloc_limit_mb=256 \
    -max_len=8192 -artifact_prefix="$build/findings/$target-" -print_final_stats=1 -verbosity=1 \
    "$build/corpus/$target" "Tests/Fuzzing/corpus/$target" 2>&1 |
    grep -vE '^#.*(NEW|REDUCE|RELOAD|pulse)' | tail -n 40 || failed+=("$target")
done
if [ ${#failed[@]} -gt 0 ]; then
  echo "fuzz: something was found in ${failed[*]}; the inputs are in $build/findings" >&2
  exit 1
fi
