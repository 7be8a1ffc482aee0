import Exposition
import HTTPTypes
import Hummingbird
import NIOCore
import Ports
import RemoteWrite
import TimeSeries

/// `/metrics`, `/-/healthy` and `/-/ready`: what the program says about itself.
struct SelfRoutes: Sendable {
  let parts: ServerParts

  func add(to router: some RouterMethods<ServerContext>) {
    router.get("/metrics") { request, _ in metrics(request) }
    router.get("/-/healthy") { _, _ in plain(.ok, "Poolkeeper is healthy.\n") }
    router.get("/-/ready") { _, _ in
      await parts.operations.latest() == nil
        ? plain(.serviceUnavailable, "No decision has been made yet.\n") : plain(.ok, "Poolkeeper is ready.\n")
    }
    for (path, render) in parts.exporters {
      router.get(RouterPath(path)) { request, _ in
        let format = ExpositionFormat.negotiated(accept: request.headers[.accept])
        return Response(
          status: .ok, headers: [.contentType: format.contentType],
          body: ResponseBody(byteBuffer: ByteBuffer(bytes: render(format))))
      }
    }
  }

  private func plain(_ status: HTTPResponse.Status, _ text: String) -> Response {
    Response(
      status: status, headers: [.contentType: "text/plain; charset=utf-8"],
      body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
  }

  private func metrics(_ request: Request) -> Response {
    var table = parts.registry.snapshot()
    parts.gauges(&table)
    let store = parts.receiver.store.statistics
    table.set(.headSeries, Double(store.series))
    table.set(.headChunks, Double(store.chunks))
    table.set(.headSamplesAppended, Double(store.samplesAppendedTotal))
    table.set(.headSeriesCreated, Double(store.seriesCreatedTotal))
    table.set(.headSeriesRemoved, Double(store.seriesRemovedTotal))
    table.set(.headChunksRemoved, Double(store.chunksRemovedTotal))
    table.set(.headBytes, Double(store.headBytes))
    if let oldest = store.oldestTimestamp { table.set(.headOldestTimestamp, Double(oldest) / 1_000) }
    table.set(.retentionByteCuts, Double(store.cutsForBytesTotal))
    table.set(.storeDiskBytes, Double(store.diskBytes))
    table.set(.snapshots, Double(store.snapshotsTotal))
    table.set(.writeAheadLogWrittenBytes, Double(store.logBytesTotal))
    table.set(.writeAheadLogFailures, Double(store.logFailuresTotal))
    if parts.receiver.deduplication != nil {
      let election = parts.receiver.replicaElection
      for elected in election.elected {
        table.set(.remoteWriteElectedReplica, 1, labels: [elected.cluster, elected.replica])
      }
      table.set(.remoteWriteSwitchOvers, Double(election.switchOvers))
    }
    ProcessFigures.add(to: &table)
    let format = ExpositionFormat.negotiated(accept: request.headers[.accept])
    return Response(
      status: .ok, headers: [.contentType: format.contentType],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: format.render(table.families()))))
  }
}
