# For the scripts that make packages: what a package is called, and the files of an installation, laid out below a directory.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

fail() {
  echo "$(basename "$0" .sh): $*" >&2
  exit 1
}

# The one place that names the version.
version() { sed -n 's/.*static let version = "\(.*\)".*/\1/p' "$root/Sources/poolkeeper/Poolkeeper.swift"; }

# Seconds since 1970 that all files of a package bear, so that the same source gives the same package: what
# SOURCE_DATE_EPOCH says, or when the source was last committed, or when its changelog was last written.
source_date() {
  if [ -n "${SOURCE_DATE_EPOCH:-}" ]; then
    echo "$SOURCE_DATE_EPOCH"
  else
    git -C "$root" log -1 --format=%ct 2>/dev/null || stat -c %Y "$root/docs/CHANGELOG.md"
  fi
}

# Puts a copy of the program without symbols to $2; the symbols go to the file $3 when it is given, for debuggers.
strip_program() {
  local program=$1 target=$2 symbols=${3:-}
  mkdir -p "$(dirname "$target")"
  if [ -n "$symbols" ]; then
    objcopy --only-keep-debug --compress-debug-sections=zlib "$program" "$symbols"
    chmod 644 "$symbols"
  fi
  strip --strip-all --remove-section=.comment --remove-section=.note -o "$target" "$program"
  if [ -n "$symbols" ]; then
    (cd "$(dirname "$symbols")" && objcopy --add-gnu-debuglink="$(basename "$symbols")" "$target")
  fi
  chmod 755 "$target"
}

# What the authors of the parts that are linked in want to have said: their notices, and their licences where these are
# not the one that a copy of stands beside (Apache 2.0). $1: the directory of the checkouts, $2: the file.
write_notices() {
  local checkouts=$1 target=$2 package file
  for package in "$checkouts"/*/; do
    for file in "$package"LICENSE* "$package"NOTICE*; do
      if [ ! -f "$file" ]; then continue; fi
      case $file in *LICENSE*) case $(head -3 "$file") in *'Apache License'*) continue ;; esac ;; esac
      printf '==== %s: %s ====\n\n' "$(basename "$package")" "$(basename "$file")"
      cat "$file"
      printf '\n'
    done
  done >"$target"
}

# Lays out everything but the program, the configuration and the unit.
# $1: the program, which writes its manual page and its completions; $2: the directory that stands for /usr; $3: the checkouts.
lay_out_shared_files() {
  local program=$1 usr=$2 checkouts=$3 folder
  local share=$usr/share/poolkeeper document=$usr/share/doc/poolkeeper
  mkdir -p "$share" "$document" "$usr/share/man/man1" "$usr/share/bash-completion/completions" \
    "$usr/share/zsh/vendor-completions" "$usr/share/fish/vendor_completions.d"
  cp -R "$root/rules" "$root/dashboards" "$share"
  for folder in "$root"/config/*/; do
    case $(basename "$folder") in debian | systemd | container) ;; *) cp -R "$folder" "$share" ;; esac
  done
  cp "$root"/config/worker-pools.json "$root"/config/worker-pools.schema.json "$share"
  mkdir -p "$share/scripts/lib"
  cp "$root"/scripts/{provision-*,extend-*,remove-*}.sh "$share/scripts"
  cp "$root/scripts/lib/poolkeeper.sh" "$share/scripts/lib"
  (cd "$root/docs" && find . \( -name '*.md' -o -name '*.yaml' \) ! -path ./CHANGELOG.md | LC_ALL=C sort | tar -cf - -T -) | tar -xf - -C "$document"
  write_notices "$checkouts" "$document/third-party-notices"
  "$program" manual >"$usr/share/man/man1/poolkeeper.1"
  "$program" --generate-completion-script bash | sed "1{/^#!/d}" >"$usr/share/bash-completion/completions/poolkeeper"
  "$program" --generate-completion-script zsh >"$usr/share/zsh/vendor-completions/_poolkeeper"
  "$program" --generate-completion-script fish >"$usr/share/fish/vendor_completions.d/poolkeeper.fish"
}

# The example as it is installed: with the places of an installed system. $1: the file, $2: where shared files are.
write_configuration() {
  mkdir -p "$(dirname "$1")"
  sed -e "s|\"\\./worker-pools.schema.json\"|\"$2/worker-pools.schema.json\"|" \
    -e 's|"data_directory": "[^"]*"|"data_directory": "/var/lib/poolkeeper"|' "$root/config/worker-pools.json" >"$1"
}

# Gives everything below $1 the rights that installed files have and one time, whatever the umask and the clock were.
settle() {
  find "$1" -type d -exec chmod 755 {} +
  find "$1" -type f ! -perm -100 -exec chmod 644 {} +
  find "$1" -type f -perm -100 -exec chmod 755 {} +
  find "$1" -exec touch -h -d "@$2" {} +
}
