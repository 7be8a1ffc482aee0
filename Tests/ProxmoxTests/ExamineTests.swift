import Model
import Ports
import Testing

@testable import Proxmox

@Suite struct ExamineTests {
  private func sentences(_ findings: [ConnectionFinding], _ outcome: ConnectionFinding.Outcome) -> [String] {
    findings.filter { $0.outcome == outcome }.map(\.sentence)
  }

  @Test func aClusterAsItMustBeIsFine() async throws {
    try await withProxmox({ $0.storage = "ceph" }) { stage in
      let findings = await stage.hypervisor.examine([.medium])
      #expect(sentences(findings, .missing) == [])
      #expect(findings.first?.sentence.hasPrefix("Proxmox VE 9.1.2 answers at http://") == true)
      #expect(findings.contains { $0.sentence == "The token has every right that is needed." })
      #expect(findings.contains { $0.sentence == "The storage ceph is shared and takes machines." })
      #expect(findings.last?.sentence == "The template is there, with its tag.")
      #expect(!stage.server.log.contains { !$0.hasPrefix("GET ") })
    }
  }

  @Test func everyRightThatIsMissingIsNamedWithItsPurpose() async throws {
    try await withProxmox { stage in
      stage.change { state in
        state.rights = ["/": ["Sys.Audit", "SDN.Use"], "/vms": PretendProxmox.State.allRights, "/storage/ceph": []]
        state.rights["/vms"]?.removeAll { ["VM.Clone", "VM.GuestAgent.Audit"].contains($0) }
        // What version 8 calls it.
        state.rights["/vms"]?.append("VM.Monitor")
      }
      let findings = await stage.hypervisor.examine([.medium])
      #expect(
        sentences(findings, .missing) == [
          "The token lacks VM.Clone (to clone templates), Datastore.AllocateSpace (to put disks on a storage), "
            + "Datastore.Audit (to see free room)."
        ])
      let remedy = findings.first { $0.outcome == .missing }?.remedy
      #expect(remedy?.contains("--privs \"VM.Clone Datastore.AllocateSpace Datastore.Audit\"") == true)
    }
  }

  @Test func rightsOfANarrowPathCountForWhatLiesThere() async throws {
    try await withProxmox { stage in
      stage.change { state in
        let all = PretendProxmox.State.allRights
        state.rights = [
          "/pool/kubernetes": all.filter { $0.hasPrefix("VM.") }, "/storage/ceph": all, "/sdn/zones/localnetwork": all,
          "/nodes": ["Sys.Audit"],
        ]
      }
      #expect(sentences(await stage.hypervisor.examine([.medium]), .missing) == [])
    }
  }

  @Test func aTemplateThatIsNotAsItMustBeIsNamed() async throws {
    try await withProxmox { stage in
      var (other, gone) = (Template.medium, Template.medium)
      (other.name, other.source) = ("other", MachineID(9100))
      (gone.name, gone.source) = ("gone", MachineID(9200))
      stage.change { state in
        state.set(9002, "tags", "people")
        state.machines[9100] = PretendProxmox.Machine(node: "pve1", configuration: ["name": "web"])
      }
      let findings = await stage.hypervisor.examine([gone, .medium, other])
      #expect(
        sentences(findings, .missing) == [
          "Template gone is to be cloned from machine 9200, which is not to be seen.",
          "Template 9002 (\(stage.server[9002]?.configuration["name"] ?? "")) does not carry the tag poolkeeper.",
          "Machine 9100 (web) for template other is no template.",
        ])
    }
  }

  @Test func aStorageThatIsNotThereIsNamedWithThoseThatAre() async throws {
    try await withProxmox({ $0.storage = "local-lvm-2" }) { stage in
      let missing = sentences(await stage.hypervisor.examine([.medium]), .missing)
      #expect(missing.count == 1)
      #expect(missing.first?.hasPrefix("The storage local-lvm-2 for machines is not to be seen; there are: ") == true)
      #expect(missing.first?.contains("ceph") == true)
    }
  }

  @Test func aLostQuorumAndAWrongTokenAreTold() async throws {
    try await withProxmox { stage in
      stage.change { $0.isQuorate = false }
      let findings = await stage.hypervisor.examine([.medium])
      #expect(sentences(findings, .missing) == ["The Proxmox cluster has no quorum."])
    }
    try await withProxmox { stage in
      stage.change { $0.fail("GET", "/version", .refuse(status: 401, reason: "Authentication failed!")) }
      let findings = await stage.hypervisor.examine([.medium])
      #expect(findings.count == 1)
      #expect(findings.first?.remedy?.contains("PROXMOX_TOKEN_SECRET") == true, "\(findings)")
    }
  }
}
