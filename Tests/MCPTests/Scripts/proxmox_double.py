"""Stands in for the two known Proxmox servers of the Model Context Protocol, with a small Proxmox behind it.

usage: proxmox_double.py passing|unwrapping STATE.json

The state file holds the machines and the faults that are still to come, so that both outlive the process:
  machines  number -> row: host, type, name, status, template, tags, description, lock, cores, sockets, memory, disk (GiB)
  faults    tool -> list of what happens at the next calls: "" (nothing), "fail TEXT", "die" (before it is done),
            "lose" (it is done, then the process dies), "hang" (it is done, no answer), "half" (the clone stays unmarked),
            "vanish" (the machine has just been deleted)
  calls     what was called, in order
"""

import json
import os
import sys

KIND, STATE = sys.argv[1], sys.argv[2]
TEXT, NUMBER, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
MACHINE = {"node": TEXT, "vmid": NUMBER}
TOOLS = {
    "get_cluster_resources": {"type": TEXT},
    "get_vm_status": MACHINE,
    "get_vm_config": MACHINE,
    "clone_vm": {**MACHINE, "newid": NUMBER, "name": TEXT, "description": TEXT, "full": FLAG, "storage": TEXT,
                 "pool": TEXT, "target": TEXT},
    "resize_vm_disk": {**MACHINE, "disk": TEXT, "size": TEXT},
    "start_vm": {**MACHINE, "timeout": NUMBER},
    "stop_vm": {**MACHINE, "timeout": NUMBER},
    "delete_vm": {**MACHINE, "purge": FLAG},
    "get_task_status": {"node": TEXT, "upid": TEXT},
}
SIZE = {"cores": NUMBER, "sockets": NUMBER, "memory": NUMBER, "description": TEXT, "tags": TEXT}
if KIND == "passing":
    TOOLS["set_vm_config"] = {**MACHINE, **SIZE, "digest": TEXT}
    TOOLS["vm_agent_get_network_interfaces"] = MACHINE
    TOOLS["delete_vm"] = {**MACHINE, "purge": FLAG, "destroy-unreferenced-disks": FLAG}
else:
    TOOLS["update_vm_config"] = {**MACHINE, **SIZE}
    TOOLS["vm_agent_get_info"] = {**MACHINE, "info_type": TEXT}
    TOOLS["get_vm_config"] = {**MACHINE, "current": FLAG}
    TOOLS["delete_vm"] = {**MACHINE, "purge": FLAG, "destroy_unreferenced_disks": FLAG}


class Refused(Exception):
    """Proxmox answers with a status above 400 and this as its reason."""


def load():
    with open(STATE, encoding="utf-8") as file:
        return json.load(file)


def save(state):
    with open(STATE + ".new", "w", encoding="utf-8") as file:
        json.dump(state, file)
    os.replace(STATE + ".new", STATE)


def task(kind, node, number):
    return f"UPID:{node}:0000A1B2:00C3D4E5:66F00000:{kind}:{number}:poolkeeper@pve!test:"


def rows(state, kind):
    if kind == "node":
        return [{"type": "node", "node": name, "id": f"node/{name}", "status": "online", "maxcpu": 16,
                 "maxmem": 64 << 30} for name in ("pve1", "pve2")]
    if kind == "storage":
        return [{"type": "storage", "node": name, "storage": "local-lvm", "status": "available",
                 "maxdisk": 1000 << 30, "disk": 400 << 30} for name in ("pve1", "pve2")]
    found = []
    for number, machine in state["machines"].items():
        row = {"type": machine.get("type", "qemu"), "vmid": int(number), "node": machine["host"],
               "status": machine.get("status", "stopped"), "template": int(machine.get("template", False)),
               "maxcpu": machine.get("cores", 1), "maxmem": machine.get("memory", 2048) << 20}
        half = machine.get("half", False)
        for key in ("name", "tags", "lock"):
            if machine.get(key) and (key == "lock" or not half):
                row[key] = machine[key]
        found.append(row)
    return found


def configuration(machine):
    if machine.get("half"):
        return {"description": "qmclone temporary file\n", "lock": "clone", "digest": "0"}
    config = {"name": machine["name"], "cores": machine.get("cores", 1), "sockets": machine.get("sockets", 1),
              "memory": str(machine.get("memory", 2048)), "boot": "order=scsi0;net0",
              "scsi0": f"local-lvm:vm-disk-0,size={machine.get('disk', 8)}G", "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0",
              "smbios1": "uuid=0F8FAD5B-D9CB-469F-A165-70867728950E", "digest": f"d{machine.get('version', 0)}"}
    for key in ("description", "tags", "lock"):
        if machine.get(key):
            config[key] = machine[key]
    return config


def clone(state, arguments, half):
    source = state["machines"].get(str(arguments["vmid"]))
    number = str(arguments["newid"])
    if source is None:
        raise Refused(f"500 Configuration file 'nodes/{arguments['node']}/qemu-server/{arguments['vmid']}.conf' does not exist")
    if number in state["machines"]:
        raise Refused(f"500 unable to create VM {number}: config file already exists")
    # The words that a real Proxmox does not take.
    if KIND == "passing" and isinstance(arguments.get("full"), bool):
        raise Refused("400 Parameter verification failed.")
    machine = {**source, "template": False, "host": arguments.get("target") or source["host"],
               "name": arguments["name"], "description": arguments["description"], "status": "stopped"}
    if half:
        machine["half"], machine["lock"] = True, "clone"
    state["machines"][number] = machine
    return task("qmclone", arguments["node"], arguments["vmid"])


def perform(state, tool, arguments, fault):
    if tool == "get_cluster_resources":
        return rows(state, arguments.get("type") or "vm")
    if tool == "clone_vm":
        return clone(state, arguments, fault == "half")
    if tool == "get_task_status":
        for machine in state["machines"].values():
            if machine.pop("half", False):
                machine.pop("lock", None)
        end = state.get("task_end", "OK")
        return {"status": "stopped", "exitstatus": end, "upid": arguments["upid"]}
    number = str(arguments["vmid"])
    machine = state["machines"].get(number)
    if machine is None or machine["host"] != arguments["node"]:
        raise Refused(f"500 Configuration file 'nodes/{arguments['node']}/qemu-server/{number}.conf' does not exist")
    node = arguments["node"]
    if tool == "get_vm_config":
        return configuration(machine)
    if tool == "get_vm_status":
        return {"status": machine.get("status", "stopped"), "vmid": int(number)}
    if tool in ("vm_agent_get_network_interfaces", "vm_agent_get_info"):
        if machine.get("status") != "running":
            raise Refused(f"500 VM {number} is not running")
        return {"result": [
            {"name": "lo", "ip-addresses": [{"ip-address": "127.0.0.1", "ip-address-type": "ipv4"}]},
            {"name": "cni0", "ip-addresses": [{"ip-address": "10.244.1.1", "ip-address-type": "ipv4"}]},
            {"name": "eth1", "hardware-address": "bc:24:11:00:00:02",
             "ip-addresses": [{"ip-address": "10.9.9.9", "ip-address-type": "ipv4"}]},
            {"name": "eth0", "hardware-address": "bc:24:11:00:00:01", "ip-addresses": [
                {"ip-address": "fe80::1", "ip-address-type": "ipv6"},
                {"ip-address": "10.0.0.21", "ip-address-type": "ipv4"}]}]}
    if machine.get("lock"):
        raise Refused(f"500 VM is locked ({machine['lock']})")
    if tool in ("set_vm_config", "update_vm_config"):
        digest = arguments.get("digest")
        if digest and digest != configuration(machine)["digest"]:
            raise Refused("500 checksum mismatch (file change by other user?)")
        for key in ("cores", "sockets", "memory", "description", "tags"):
            if key in arguments:
                machine[key] = arguments[key]
        machine["version"] = machine.get("version", 0) + 1
        return None
    if tool == "resize_vm_disk":
        machine["disk"] = int(arguments["size"].rstrip("G"))
        return task("resize", node, number)
    if tool == "start_vm":
        if machine.get("status") == "running":
            raise Refused(f"500 VM {number} already running")
        machine["status"] = "running"
        return task("qmstart", node, number)
    if tool == "stop_vm":
        machine["status"] = "stopped"
        return task("qmstop", node, number)
    if tool == "delete_vm":
        if machine.get("status") == "running":
            raise Refused(f"500 VM {number} is running - destroy failed")
        del state["machines"][number]
        return task("qmdestroy", node, number)
    raise Refused(f"501 Method '{tool}' not implemented")


def answer(tool, data, refusal):
    """The result of a call in the manner of the server."""
    if KIND == "passing":
        body = {"data": data}
        if refusal is not None:
            words = refusal if refusal.startswith("!") else f"Server error '{refusal}' for url 'https://127.0.0.1:8006/api2/json/x'"
            body = {"error": words.lstrip("!"), "tool": tool}
        return {"content": [{"type": "text", "text": json.dumps(body, indent=2)}], "isError": False}
    if refusal is not None:
        print(f"ERROR Tool '{tool}' raised: {refusal} (token {os.environ.get('PROXMOX_TOKEN_VALUE', '')})", file=sys.stderr, flush=True)
        return {"content": [{"type": "text", "text": f"Error executing tool {tool}"}], "isError": True}
    text = data if isinstance(data, str) else json.dumps(data, indent=2)
    return {"content": [{"type": "text", "text": text}], "structuredContent": {"result": text}, "isError": False}


def call(tool, arguments):
    state = load()
    state.setdefault("calls", []).append([tool, arguments])
    waiting = state.setdefault("faults", {}).get(tool, [])
    fault = waiting.pop(0) if waiting else ""
    save(state)
    if fault == "die":
        print("fatal: out of luck", file=sys.stderr, flush=True)
        sys.exit(1)
    if fault.startswith("fail "):
        return answer(tool, None, fault.removeprefix("fail "))
    if tool not in TOOLS:
        return {"content": [{"type": "text", "text": f"Unknown tool: {tool}"}], "isError": True}
    if fault == "vanish":
        del state["machines"][str(arguments["vmid"])]
        save(state)
    try:
        data = perform(state, tool, arguments, fault)
    except Refused as refusal:
        return answer(tool, None, str(refusal))
    save(state)
    if fault == "lose":
        sys.exit(1)
    return None if fault == "hang" else answer(tool, data, None)


def listed():
    hidden = load().get("hidden", [])
    return [{"name": name, "description": name,
             "inputSchema": {"type": "object", "properties": properties}}
            for name, properties in TOOLS.items() if name not in hidden]


def respond(message):
    method, parameters = message.get("method"), message.get("params", {})
    if method == "initialize":
        return {"protocolVersion": "2025-06-18", "capabilities": {"tools": {}},
                "serverInfo": {"name": "a Proxmox server", "version": "1"}}
    if method == "tools/list":
        # Two pages, as a server may.
        tools = listed()
        half = len(tools) // 2
        return {"tools": tools[half:]} if parameters.get("cursor") == "2" else {"tools": tools[:half], "nextCursor": "2"}
    if method == "tools/call":
        return call(parameters["name"], parameters.get("arguments", {}))
    return {}


def main():
    print("starting with token " + os.environ.get("PROXMOX_TOKEN_VALUE", "none"), file=sys.stderr, flush=True)
    for line in sys.stdin:
        message = json.loads(line)
        if "id" not in message or "method" not in message:
            continue
        result = respond(message)
        if result is not None:
            print(json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": result}), flush=True)


main()
