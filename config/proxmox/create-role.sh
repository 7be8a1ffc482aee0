#!/usr/bin/env bash
# Makes the role, the user and the token that Poolkeeper needs on a Proxmox VE cluster: what it uses and nothing more.
# Run it on one host as root. It prints what it does, and the token once.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: create-role.sh [--user NAME@REALM] [--token NAME] [--path PATH]... [--print]

  --user NAME@REALM  the user, made where it is not there (keeper@pve)
  --token NAME       the token's name (pool)
  --path PATH        where the role holds, for example /pool/workers; may be given several times (/)
  --print            print the commands instead of running them

docs/proxmox.md tells which right is for what, and which paths are enough.
TEXT
}

fail() {
  echo "create-role.sh: $1" >&2
  exit 64
}

user=keeper@pve
token=pool
paths=()
print=false
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --print)
      print=true
      shift
      ;;
    --user | --token | --path)
      [ $# -ge 2 ] && [ -n "$2" ] || fail "$1 needs a value"
      case $1 in
        --user) user=$2 ;;
        --token) token=$2 ;;
        --path) paths+=("$2") ;;
      esac
      shift 2
      ;;
    *) fail "unknown argument \"$1\"; see --help" ;;
  esac
done
[[ $user =~ ^[A-Za-z0-9._-]+@[A-Za-z0-9._-]+$ ]] || fail "a user is written NAME@REALM, not \"$user\""
[ ${#paths[@]} -gt 0 ] || paths=(/)

run() {
  echo "+ $*"
  if [ "$print" = false ]; then "$@"; fi
}

# The guest agent's addresses: version 9 has a right of its own for them and does not know the older one any more.
guest=VM.GuestAgent.Audit
if [ "$print" = false ]; then
  command -v pveum >/dev/null || fail "there is no pveum: run this on a host of the Proxmox cluster, as root"
  if pveversion | grep -q '^pve-manager/8'; then guest=VM.Monitor; fi
fi

privileges="VM.Audit VM.Clone VM.Allocate VM.PowerMgmt VM.Config.CPU VM.Config.Memory VM.Config.Network VM.Config.Options"
privileges+=" VM.Config.HWType VM.Config.Disk VM.Config.CDROM VM.Config.Cloudinit $guest"
privileges+=" Datastore.Audit Datastore.AllocateSpace SDN.Use Sys.Audit Mapping.Use Mapping.Audit"

exists() { [ "$print" = false ] && pveum "$1" list --output-format json | grep -q "\"$2\":\"$3\""; }

if exists role roleid Poolkeeper; then
  run pveum role modify Poolkeeper --privs "$privileges"
else
  run pveum role add Poolkeeper --privs "$privileges"
fi
exists user userid "$user" || run pveum user add "$user" --comment "Poolkeeper"
for path in "${paths[@]}"; do
  run pveum acl modify "$path" --users "$user" --roles Poolkeeper
done
# The token has the user's rights, and the user has no others.
run pveum user token add "$user" "$token" --privsep 0
