#!/usr/bin/env bash
# Installs the system libraries that Poolkeeper is built on. Safe to repeat: what is there is left as it is.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: scripts/install-packages.sh [--test] [--help]

Installs the C libraries and tools that the build needs, with apt-get on Debian and its kin, with brew on macOS.
Nothing is changed when everything is there. sudo is used only where packages are missing and you are not root.

  --test   also fetches the programs that the tests and the benchmarks talk to (prometheus, promtool, alertmanager,
           amtool, victoria-metrics, kubectl). On Debian they are unpacked into .build/debian and not installed, because
           installing Debian's packages would start servers; Alertmanager's templates are copied to the only place
           where it looks for them, /usr/share/prometheus/alertmanager. Tools that start nothing and that packages are tried with
           (lintian, shells, mandoc) are installed. Python clients (Tests/requirements.txt) are put into .build/python
           with python3's venv and pip; the Python SDK of the Model Context Protocol (Tests/requirements-mcp.txt) into
           .build/python-mcp, checkers of manifests and scripts (Tests/requirements-packaging.txt) into
           .build/python-packaging, schemathesis (Tests/requirements-http.txt) into .build/python-http, and Grafana's
           models of dashboards (Tests/requirements-grafana-VERSION.txt) into .build/python-grafana-VERSION; without
           the latter the tests that need them are skipped. The browser in which the console is tried (chromium,
           chromium-driver) is installed on Debian; axe-core, which judges it, is put
           into .build/axe. Without them the tests in the browser are skipped.
TEXT
}

with_test_programs=false
for argument in "$@"; do
  case $argument in
    --test) with_test_programs=true ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      echo "install-packages: unknown argument \"$argument\"" >&2
      usage >&2
      exit 64
      ;;
  esac
done

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# Debian package, Homebrew formula ("-" where macOS has it already), and what it is for.
needed() {
  cat <<'TABLE'
libcurl4-openssl-dev curl        HTTP client for Proxmox, Kubernetes and Prometheus
libprotobuf-c-dev    protobuf-c  messages of Prometheus remote write
libsnappy-dev        snappy      their compression
libre2-dev           re2         regular expressions of PromQL
zlib1g-dev           zlib        gzip of large HTTP answers
libsqlite3-dev       -           the journal of intents and the ledger
pkg-config           pkgconf     tells the compiler where these are
git                  git         fetches the Swift packages
make                 make        make demo, make test
TABLE
}

# Debian packages that start nothing, and whose programs try our packages. Not on macOS, where those tests are skipped.
packaging_tools() {
  cat <<'TABLE'
adduser   - makes the user of the installed service
binutils  - takes the symbols out of the program
dpkg-dev  - finds what the program depends on
fish      - reads its completions
lintian   - reads the Debian package
man-db    - shows the manual page
mandoc    - reads the manual page
systemd   - reads the unit; nothing of it is started
tzdata    - time zones, on which the package depends
zsh       - reads its completions
TABLE
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    echo "install-packages: run this as root, or install sudo: $*" >&2
    exit 77
  fi
}

# --- Debian -------------------------------------------------------------------------------------------------------

installed_on_debian() {
  [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ] && return
  # pkg-config's place may be taken by pkgconf, and git or make may come from elsewhere.
  case $1 in pkg-config | git | make) command -v "$1" >/dev/null ;; *) return 1 ;; esac
}

install_on_debian() {
  local package formula purpose
  local missing=()
  while read -r package formula purpose; do
    installed_on_debian "$package" && continue
    missing+=("$package")
    echo "install-packages: will install $package: $purpose"
  done < <(
    needed
    if $with_test_programs; then packaging_tools; fi
  )
  if [ ${#missing[@]} -eq 0 ]; then
    echo "install-packages: all libraries are there"
    return
  fi
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
  echo "install-packages: installed ${missing[*]}"
}

# Debian package, the programs that are wanted of it, and what the tests do with them.
test_programs() {
  cat <<'TABLE'
prometheus              prometheus,promtool            scrape, remote-write, lint, and are asked the same queries
prometheus-alertmanager prometheus-alertmanager,amtool pass alerts on and check their configuration
victoria-metrics        victoria-metrics               is asked the same queries
kubernetes-client       kubectl                        looks at, drains and deletes nodes of the simulated cluster
TABLE
}

# Unpacks without installing: no service starts. The binaries need only libc, and Alertmanager its templates.
unpack_test_programs() {
  local target=$root/.build/debian
  local package programs purpose
  while read -r package programs purpose; do
    unpack_test_program "$target" "$package" "${programs//,/ }" "$purpose"
  done < <(test_programs)
  place_alertmanager_templates "$target"
}

# Debian's Alertmanager reads its templates from where its package has them, and nowhere else.
place_alertmanager_templates() {
  local templates=usr/share/prometheus/alertmanager
  if [ ! -x "$1/usr/bin/prometheus-alertmanager" ] || [ -e "/$templates/default.tmpl" ]; then return; fi
  echo "install-packages: will copy Alertmanager's templates to /$templates, the only place where it looks for them"
  as_root mkdir -p "/$templates"
  as_root cp "$1/$templates/default.tmpl" "$1/$templates/email.tmpl" "/$templates/"
}

# Whether all programs are executable files in a directory, or commands where no directory is given.
are_there() {
  local directory=$1 program
  shift
  for program in "$@"; do
    if [ -n "$directory" ]; then
      [ -x "$directory/$program" ] || return 1
    else
      command -v "$program" >/dev/null || return 1
    fi
  done
}

unpack_test_program() {
  local target=$1 package=$2 purpose=$4
  local programs
  read -r -a programs <<<"$3"
  if are_there "" "${programs[@]}"; then
    echo "install-packages: ${programs[*]} on the PATH"
    return
  fi
  if are_there "$target/usr/bin" "${programs[@]}"; then
    echo "install-packages: ${programs[*]} in .build/debian"
    return
  fi
  echo "install-packages: will unpack $package into .build/debian: ${programs[*]} $purpose"
  mkdir -p "$target"
  local download
  download=$(mktemp -d)
  # apt-get fetches as the user _apt, who must be allowed into the directory.
  chmod 755 "$download"
  if ! (cd "$download" && apt-get download -qq "$package") 2>/dev/null; then
    as_root apt-get update -qq
    (cd "$download" && apt-get download -qq "$package")
  fi
  dpkg -x "$download/$package"_*.deb "$target"
  rm -rf "$download"
  are_there "$target/usr/bin" "${programs[@]}"
  echo "install-packages: unpacked ${programs[*]}"
}

# --- Python -------------------------------------------------------------------------------------------------------

# A python3 that can make environments.
ensure_python() {
  python3 -c 'import ensurepip, venv' >/dev/null 2>&1 && return
  command -v apt-get >/dev/null || return 0
  echo "install-packages: will install python3 and python3-venv: other people's clients are tried in the tests"
  as_root apt-get update -qq
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends python3 python3-venv >/dev/null
}

# Puts the Python packages of a list into an environment of their own; made anew when the list has changed.
make_python_environment() {
  local list=$root/$1 target=$root/$2
  if [ -x "$target/bin/python" ] && cmp -s "$list" "$target/requirements.txt"; then
    echo "install-packages: $1 is in $2"
    return
  fi
  echo "install-packages: will put $1 into $2"
  if ! command -v python3 >/dev/null || ! python3 -m venv "$target"; then
    echo "install-packages: python3 with its venv is needed for that (on Debian: python3 and python3-venv)" >&2
    return 69
  fi
  if ! "$target/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$list"; then
    echo "install-packages: pip cannot fetch what $1 lists: is there a way to its package index?" >&2
    return 69
  fi
  cp "$list" "$target/requirements.txt"
  echo "install-packages: made $2"
}

# --- The browser --------------------------------------------------------------------------------------------------

# Chromium needs too many libraries to be unpacked without being installed. fonts-inter is for the pictures of the README.
ensure_browser() {
  if command -v chromium >/dev/null && command -v chromedriver >/dev/null; then
    echo "install-packages: chromium and chromedriver on the PATH"
    return
  fi
  command -v apt-get >/dev/null || return 69
  echo "install-packages: will install chromium, chromium-driver and fonts-inter: the console is tried in a browser"
  as_root apt-get update -qq || return
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    chromium chromium-driver fonts-inter >/dev/null
}

# The script axe-core finds what people with disabilities would stumble over. It comes with a package whose own needs are
# large and not ours.
fetch_axe() {
  local target=$root/.build/axe package=axe-playwright-python==0.1.8
  if [ -f "$target/$package" ]; then
    echo "install-packages: axe-core is in .build/axe"
    return
  fi
  echo "install-packages: will put axe-core into .build/axe"
  rm -rf "$target"
  "$root/.build/python/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps --target "$target" \
    "$package" || return 69
  touch "$target/$package"
}

# --- macOS --------------------------------------------------------------------------------------------------------

install_on_macos() {
  local package formula purpose
  local missing=()
  while read -r package formula purpose; do
    if [ "$formula" = - ] || brew list --formula "$formula" >/dev/null 2>&1; then continue; fi
    case $formula in git | make) command -v "$formula" >/dev/null && continue ;; esac
    missing+=("$formula")
    echo "install-packages: will install $formula: $purpose"
  done < <(needed)
  if $with_test_programs && ! command -v promtool >/dev/null; then
    missing+=(prometheus)
    echo "install-packages: will install prometheus: the tests let it scrape and remote-write (brew starts nothing)"
  fi
  if $with_test_programs && ! command -v victoria-metrics >/dev/null; then
    missing+=(victoriametrics)
    echo "install-packages: will install victoriametrics: the tests ask it the same queries (brew starts nothing)"
  fi
  if [ ${#missing[@]} -eq 0 ]; then
    echo "install-packages: all libraries are there"
  else
    brew install --quiet "${missing[@]}"
  fi
}

if command -v apt-get >/dev/null && command -v dpkg-query >/dev/null; then
  install_on_debian
  if $with_test_programs; then unpack_test_programs; fi
elif command -v brew >/dev/null; then
  install_on_macos
else
  echo "install-packages: neither apt-get nor brew is here. Install by hand what these Debian packages hold:" >&2
  needed >&2
  exit 69
fi

if $with_test_programs; then
  # Other people's clients, by which the tests know that the simulated world is like the real one.
  ensure_python
  make_python_environment Tests/requirements.txt .build/python || exit 69
  if ! ensure_browser || ! fetch_axe; then
    echo "install-packages: tests of the console in a browser will be skipped, all or those by axe-core" >&2
  fi
  if ! make_python_environment Tests/requirements-mcp.txt .build/python-mcp; then
    echo "install-packages: the tests that talk to other implementations of the Model Context Protocol will be skipped" >&2
  fi
  if ! make_python_environment Tests/requirements-packaging.txt .build/python-packaging; then
    echo "install-packages: the tests that check manifests, the Containerfile and scripts will be skipped" >&2
  fi
  if ! make_python_environment Tests/requirements-http.txt .build/python-http; then
    echo "install-packages: the test that tries the description of the HTTP API with schemathesis will be skipped" >&2
  fi
  for version in 10 newest; do
    if ! make_python_environment "Tests/requirements-grafana-$version.txt" ".build/python-grafana-$version"; then
      echo "install-packages: no dashboard will be read with Grafana's models ($version)" >&2
    fi
  done
fi
