#!/usr/bin/env bash
# Asks for preemptible workers: provision-spot-workers.sh --count 5 --template medium
set -euo pipefail
# shellcheck source=lib/poolkeeper.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/poolkeeper.sh"

provision spot "$@"
