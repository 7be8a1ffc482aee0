import Model
import Testing

@testable import Proxmox

@Suite struct MachineConfigurationTests {
  private let machine = MachineConfiguration(values: [
    "name": "worker-burst-001", "tags": "poolkeeper;people", "cores": "4", "sockets": "2", "memory": "current=8192",
    "smbios1": "uuid=ABCDEF00-0000-4000-8000-000000000001,serial=x", "agent": "enabled=1,fstrim_cloned_disks=1",
    "net0": "virtio=BC:24:11:AA:BB:CC,bridge=vmbr0", "boot": "order=ide2;virtio1;net0",
    "scsi0": "ceph:vm-1-disk-0,size=32G", "virtio1": "local-lvm:vm-1-disk-1,size=100G",
    "efidisk0": "ceph:vm-1-disk-2,size=1M",
    "ide2": "ceph:vm-1-cloudinit,media=cdrom", "scsihw": "virtio-scsi-single",
    "ipconfig0": "ip=10.0.0.7/24,gw=10.0.0.1",
  ])

  @Test func readsWhatTheProgramNeeds() {
    #expect(machine.cores == 8)
    #expect(machine.memoryMebibytes == 8192)
    #expect(machine.uuid == "abcdef00-0000-4000-8000-000000000001")
    #expect(machine.hasAgent)
    #expect(machine.macAddress == "bc:24:11:aa:bb:cc")
    #expect(machine.fixedAddress == "10.0.0.7")
    #expect(machine.hasCloudInitDrive)
    #expect(machine.disks.map(\.key) == ["efidisk0", "scsi0", "virtio1"])
    #expect(machine.bootDisk?.key == "virtio1")
    #expect(machine.bootDisk?.size?.text == "100G")
  }

  @Test func fallsBackToProxmoxOwnDefaults() {
    let bare = MachineConfiguration(values: [
      "scsi0": "a:b", "ipconfig0": "ip=dhcp", "net0": "model=virtio,macaddr=AA:BB",
    ])
    #expect(bare.cores == 1)
    #expect(bare.memoryMebibytes == 512)
    #expect(!bare.hasAgent)
    #expect(bare.fixedAddress == nil)
    #expect(bare.macAddress == "aa:bb")
    #expect(bare.bootDisk?.key == "scsi0")
    #expect(bare.bootDisk?.size == nil)
  }

  @Test func isConfiguredWhenItHasTheSizeThatItWasConfiguredTo() throws {
    let mark = SizeMark(Template.medium.machine)
    #expect(mark.text == "poolkeeper-size/1 cores=8 memory=16384 disk=94")
    #expect(SizeMark(in: "notes\n\(mark.text)\nmore") == mark)
    #expect(SizeMark(in: "\(mark.text)\n\(mark.text)") == nil)
    #expect(mark.written(into: "one\npoolkeeper-size/1 cores=1\ntwo\n") == "one\ntwo\n\(mark.text)")
    var values = [
      "description": mark.text, "cores": "8", "memory": "16384", "scsi0": "ceph:vm-1-disk-0,size=94G",
    ]
    #expect(MachineConfiguration(values: values).isConfigured)
    for (key, value) in [
      ("cores", "4"), ("memory", "8192"), ("scsi0", "ceph:vm-1-disk-0,size=10G"), ("lock", "backup"),
    ] {
      let right = values.updateValue(value, forKey: key)
      #expect(!MachineConfiguration(values: values).isConfigured, "\(key)")
      values[key] = right
    }
  }

  // MARK: Changes

  private var options: ProxmoxOptions {
    ProxmoxOptions(endpoints: [], credentials: .token(id: "", secret: ""), cluster: "prod")
  }

  private func change(_ values: [String: String], _ set: (inout ProxmoxOptions) -> Void = { _ in }) -> [String: String]
  {
    var options = options
    options.hardware.cpuType = nil
    options.tags.enabled = false
    set(&options)
    let right = [
      "cores": "8", "memory": "16384", "tags": "poolkeeper", "description": SizeMark(Template.medium.machine).text,
    ]
    let configuration = MachineConfiguration(values: right.merging(values) { _, new in new })
    return MachineChange(
      of: configuration, to: .medium, owner: .worker(1), options: options, ipConfiguration: nil
    ).values.mapValues(\.text)
  }

  @Test func sendsNothingWhereAllIsRight() {
    #expect(change([:]) == [:])
  }

  @Test func bringsSizeToTheTemplates() {
    #expect(change(["cores": "2", "sockets": "2", "vcpus": "3"]) == ["cores": "8", "sockets": "1", "vcpus": "8"])
    #expect(change(["memory": "512"]) == ["memory": "16384"])
  }

  @Test func keepsTagsOfPeople() {
    let tags = change(["tags": "people"]) { $0.tags.enabled = true }["tags"]
    #expect(tags == "k8s-burst;k8s-medium;people;poolkeeper")
  }

  @Test func keepsTheCardsHardwareAddressAndQueues() {
    let card = ["net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0,firewall=1,queues=4"]
    let changed = change(card) {
      $0.network.bridge = "vmbr1"
      $0.network.vlan = 20
      $0.network.firewall = false
    }
    #expect(changed == ["net0": "virtio=BC:24:11:00:00:01,bridge=vmbr1,queues=4,tag=20"])
    #expect(change(card) { $0.network.bridge = "vmbr0" } == [:])
  }

  @Test func setsHardwareOnlyWhereItDiffers() {
    let wanted: (inout ProxmoxOptions) -> Void = {
      $0.hardware.cpuType = "host"
      $0.hardware.numa = true
      $0.hardware.balloon = false
      $0.hardware.machineType = "q35"
      $0.hardware.startsWithHost = false
    }
    #expect(
      change(["cpu": "kvm64,flags=+aes", "onboot": "1"], wanted)
        == ["cpu": "host", "numa": "1", "balloon": "0", "machine": "q35", "onboot": "0"])
    let right = ["cpu": "cputype=host,flags=+aes", "numa": "1", "balloon": "0", "machine": "pc-q35-9.0"]
    #expect(change(right, wanted) == [:])
    #expect(change(["balloon": "0"]) { $0.hardware.balloon = true } == ["delete": "balloon"])
  }

  @Test func givesMappedDevicesAndTakesTheBalloonAway() {
    let changed = change([:]) { $0.devices["medium"] = [MappedDevice("t4"), MappedDevice("nic")] }
    #expect(changed == ["hostpci0": "mapping=t4,pcie=1", "hostpci1": "mapping=nic,pcie=1", "balloon": "0"])
  }

  // MARK: Identity

  private func identity(_ values: [String: String], isNumberOurs: Bool = false) -> MachineIdentity {
    let mark = OwnerMark(owner: .worker(1), createdAt: .epoch).text
    let all = ["name": "worker-burst-001", "description": mark, "tags": "poolkeeper"].merging(values) { _, new in new }
    return MachineIdentity(MachineConfiguration(values: all), cluster: "prod", isNumberOurs: isNumberOurs)
  }

  @Test func aMachineIsOursByNameMarkAndTag() {
    let owner = MachineOwner.worker(1)
    #expect(identity([:]).objection(to: owner, name: "worker-burst-001") == nil)
    #expect(identity([:]).objection(to: owner, name: "web") == "it is called \"web\"")
    #expect(
      identity([:]).objection(to: .worker(1, id: "w-2"), name: "worker-burst-001")
        == "its mark names the worker worker-burst-001 (w-1)")
    #expect(identity(["tags": "other"]) == .foreign("it does not carry the tag poolkeeper"))
    #expect(identity(["description": "notes"]) == .foreign("its description holds no owner's mark"))
    #expect(identity(["template": "1"]) == .foreign("it is a template"))
    let stranger = OwnerMark(owner: .worker(1, cluster: "test"), createdAt: .epoch).text
    #expect(identity(["description": stranger]) == .foreign("its mark names the cluster test"))
    #expect(identity(["description": "qmclone temporary file", "lock": "clone"]) == .halfClone)
  }

  @Test func aCloneOfAnUntaggedTemplateIsOursUntilItIsConfigured() {
    let mark = OwnerMark(owner: .worker(1), createdAt: .epoch)
    #expect(identity(["tags": ""], isNumberOurs: true) == .of(mark))
    let configured = mark.text + "\n" + SizeMark(Template.medium.machine).text
    #expect(
      identity(["tags": "", "description": configured], isNumberOurs: true)
        == .foreign("it does not carry the tag poolkeeper"))
  }
}
