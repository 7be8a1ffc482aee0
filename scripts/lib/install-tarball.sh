#!/usr/bin/env bash
# Installs Poolkeeper from this directory: the unpacked archive.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: ./install.sh [--root DIRECTORY] [--remove] [--help]

Puts the program below /usr/local, its unit and its configuration where systemd and you look for them, and makes the user
that it runs as. A configuration that is there already is kept. It starts nothing: systemctl enable --now poolkeeper does.

  --root DIR  install below DIR, as for an image; makes no user and reloads no systemd
  --remove    take away what was installed; configuration, credentials and data stay
TEXT
}

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
target='' remove=false
while [ $# -gt 0 ]; do
  case $1 in
    --root)
      [ $# -ge 2 ] || { echo "install: --root needs a directory" >&2; exit 64; }
      target=${2%/}
      shift
      ;;
    --remove) remove=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      echo "install: unknown argument \"$1\"; see --help" >&2
      exit 64
      ;;
  esac
  shift
done
if [ -z "$target" ] && [ "$(id -u)" -ne 0 ]; then
  echo "install: run this as root, or give --root" >&2
  exit 77
fi

reload() { if [ -z "$target" ] && [ -d /run/systemd/system ]; then systemctl daemon-reload; fi; }

# Every file of the archive that is installed, by its place in it.
installed_files() { (cd "$here" && find bin share lib -type f | LC_ALL=C sort); }

place_of() {
  case $1 in
    lib/systemd/*) echo "$target/etc/${1#lib/}" ;;
    lib/*) echo "$target/usr/$1" ;;
    *) echo "$target/usr/local/$1" ;;
  esac
}

if $remove; then
  if [ -z "$target" ] && [ -d /run/systemd/system ]; then systemctl disable --now poolkeeper.service || true; fi
  installed_files | while read -r file; do rm -f "$(place_of "$file")"; done
  for folder in share/poolkeeper share/doc/poolkeeper; do
    if [ -d "$target/usr/local/$folder" ]; then find "$target/usr/local/$folder" -depth -type d -empty -delete; fi
  done
  reload
  echo "removed; /etc/poolkeeper, /etc/default/poolkeeper and /var/lib/poolkeeper stay"
  exit
fi

installed_files | while read -r file; do
  mode=644
  if [ -x "$here/$file" ]; then mode=755; fi
  install -D -m "$mode" "$here/$file" "$(place_of "$file")"
done
install -d -m 755 "$target/etc/poolkeeper"
install -d -m 700 "$target/etc/poolkeeper/credentials"
for file in etc/poolkeeper/worker-pools.json etc/default/poolkeeper; do
  if [ ! -e "$target/$file" ]; then install -D -m 644 "$here/$file" "$target/$file"; fi
done
if [ -z "$target" ] && ! getent passwd poolkeeper >/dev/null; then
  if command -v systemd-sysusers >/dev/null; then
    systemd-sysusers /usr/lib/sysusers.d/poolkeeper.conf
  else
    useradd --system --home-dir /var/lib/poolkeeper --no-create-home --shell /usr/sbin/nologin poolkeeper
  fi
fi
reload
echo "installed; look at /etc/poolkeeper/worker-pools.json, then: systemctl enable --now poolkeeper"
