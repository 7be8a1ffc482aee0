# shellcheck shell=bash
# What the scripts for operators share; sourced, not run. They only check their arguments and hand them to the program,
# whose exit code is theirs.

# Exit code for wrong arguments, as sysexits.h and the program have it.
readonly usage_error=64

fail() {
  echo "$(basename "$0"): $1" >&2
  echo "Try $(basename "$0") --help." >&2
  exit "$usage_error"
}

# need_value OPTION [VALUE...]: an option that stands last has no value.
need_value() {
  if [ $# -lt 2 ] || [ -z "$2" ]; then fail "$1 needs a value"; fi
}

need_count() {
  [[ $2 =~ ^[1-9][0-9]{0,3}$ ]] || fail "$1 must be a whole number from 1 to 9999, not \"$2\""
}

# Runs the program: POOLKEEPER_BIN, or poolkeeper on the PATH, or what was built in this repository.
run_poolkeeper() {
  local root program
  root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
  program=${POOLKEEPER_BIN:-$(command -v poolkeeper || true)}
  for built in "$root/.build/release/poolkeeper" "$root/.build/debug/poolkeeper"; do
    if [ -z "$program" ] && [ -x "$built" ]; then program=$built; fi
  done
  if [ -z "$program" ]; then
    echo "$(basename "$0"): there is no poolkeeper: run make build, put it on the PATH, or set POOLKEEPER_BIN" >&2
    exit 69
  fi
  exec "$program" "$@"
}

provision_usage() {
  cat <<TEXT
usage: $(basename "$0") [--count N] [--template NAME] [--ttl DURATION] [--reason TEXT] [--output table|json]

Asks the running Poolkeeper for workers of the pool "$1".

  --count N        workers to add (1)
  --template NAME  worker template: small, medium, … (the pool's own)
  --ttl DURATION   time to live, for example 4h or 90m (the pool's own)
  --reason TEXT    why, for events and the audit log
  --output FORMAT  table or json

POOLKEEPER_URL is the running program's address, POOLKEEPER_TOKEN_FILE the file of a token where it asks for one,
POOLKEEPER_CA_FILE that of the authority of its certificate, POOLKEEPER_BIN the program to call.
TEXT
}

# provision POOL ARGUMENT...
provision() {
  local pool=$1 count=1
  local options=()
  shift
  while [ $# -gt 0 ]; do
    case $1 in
      -h | --help)
        provision_usage "$pool"
        exit 0
        ;;
      --count)
        need_value "$@"
        need_count "$1" "$2"
        count=$2
        shift 2
        ;;
      --template | --output | --reason)
        need_value "$@"
        options+=("$1" "$2")
        shift 2
        ;;
      --ttl)
        need_value "$@"
        [[ $2 =~ ^([0-9]+[smhd])+$|^[0-9]+(\.[0-9]+)?$ ]] || fail "--ttl must be a duration like 4h or 90m, or a number of hours, not \"$2\""
        options+=("$1" "$2")
        shift 2
        ;;
      *) fail "unknown argument \"$1\"" ;;
    esac
  done
  run_poolkeeper provision --pool "$pool" --count "$count" ${options[@]+"${options[@]}"}
}
