#!/usr/bin/env bash
# Asks for a worker with a GPU: provision-gpu-worker.sh --count 1 --template gpu-nvidia
set -euo pipefail
# shellcheck source=lib/poolkeeper.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib/poolkeeper.sh"

provision gpu "$@"
