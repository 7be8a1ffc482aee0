import Model
import TalosMessages
import Testing

@testable import Talos

/// What is read out of a machine's own lists.
@Suite struct MachineHistoryTests {
  @Test(arguments: [
    ([], 0), (["Running"], 0), (["Preparing", "Running", "Waiting", "Running"], 1),
    (["Running", "Failed", "Waiting", "Running", "Waiting"], 2),
    (["Running", "Waiting", "Running", "Stopping", "Finished", "Preparing", "Running"], 0),
    (["Running", "Finished", "Running", "Waiting", "Running"], 1),
  ])
  func countsRestartsThatNobodyAskedFor(states: [String], restarts: Int) {
    #expect(ServiceRestarts.count(states.map { ServiceEvent(state: $0) }) == restarts)
  }

  @Test func removesOnlyImagesThatAreSurelyUnused() {
    func image(_ name: String, _ digest: String) -> ImageEntry { ImageEntry(name: name, digest: digest) }
    let listed = [
      image("r/a:1", "sha256:a"), image("r/a@sha256:a", "sha256:a"), image("r/b:1", "sha256:b"),
      image("sha256:b", "sha256:b"), image("r/pause:3", "sha256:p"),
    ]
    #expect(ImageUse.unused(listed, images: ["r/a:1", ""]) == ["r/b:1", "sha256:b"])
    #expect(ImageUse.unused(listed, images: ["x/y@sha256:b", "sha256:a"]) == [])
    #expect(ImageUse.unused(listed, images: ["r/unknown:1"]) == nil)
  }

  @Test(arguments: MachineStage.allCases)
  func knowsWhereEveryStageBelongs(stage: MachineStage) {
    #expect((TalosNodeOS.stage(stage) == nil) == (stage == .unknown))
  }
}
