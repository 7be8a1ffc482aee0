import Model
import Testing

/// The cases are those of the Kubernetes documentation on resource sharing within containers.
@Suite struct PodRequestsTests {
  private func cpu(_ millicores: Int64) -> Resources { Resources(cpuMillicores: millicores) }

  @Test func containersAddUp() {
    let whole = PodRequests.effective(containers: [cpu(200), cpu(300)])
    #expect(whole == Resources(cpuMillicores: 500, pods: 1))
  }

  @Test func theLargestInitContainerCountsAloneWhenItIsLargerThanTheSum() {
    let whole = PodRequests.effective(
      containers: [cpu(200)], initContainers: [.init(requests: cpu(700)), .init(requests: cpu(400))])
    #expect(whole.cpuMillicores == 700)
  }

  @Test func aSidecarRunsBesideTheContainersAndTheLaterInitContainers() {
    let sidecar = PodRequests.InitContainer(requests: cpu(100), isSidecar: true)
    let before = PodRequests.effective(
      containers: [cpu(200)], initContainers: [.init(requests: cpu(500)), sidecar])
    #expect(before.cpuMillicores == 500)
    let after = PodRequests.effective(
      containers: [cpu(200)], initContainers: [sidecar, .init(requests: cpu(500))])
    #expect(after.cpuMillicores == 600)
    let beside = PodRequests.effective(containers: [cpu(900)], initContainers: [sidecar, .init(requests: cpu(500))])
    #expect(beside.cpuMillicores == 1000)
  }

  @Test func eachResourceIsTakenByItself() {
    let whole = PodRequests.effective(
      containers: [Resources(cpuMillicores: 100, memoryBytes: 900, extended: ["nvidia.com/gpu": 1])],
      initContainers: [.init(requests: Resources(cpuMillicores: 400, memoryBytes: 300))])
    #expect(
      whole == Resources(cpuMillicores: 400, memoryBytes: 900, pods: 1, extended: ["nvidia.com/gpu": 1]))
  }

  @Test func theOverheadComesOnTop() {
    let whole = PodRequests.effective(
      containers: [cpu(200)], initContainers: [.init(requests: cpu(700))], overhead: cpu(250))
    #expect(whole.cpuMillicores == 950)
  }

  @Test func requestsOfThePodStandInForThoseOfItsContainers() {
    let whole = PodRequests.effective(
      containers: [Resources(cpuMillicores: 200, memoryBytes: 500)], overhead: cpu(50),
      podLevel: Resources(cpuMillicores: 1000))
    #expect(whole == Resources(cpuMillicores: 1050, memoryBytes: 500, pods: 1))
  }
}
