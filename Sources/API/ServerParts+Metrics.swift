public import Exposition
import RemoteWrite
import TimeSeries

extension ServerParts {
  /// What `/metrics` shows at this instant: the counters, the gauges of the loop, the store and the process.
  public func metricTable() -> MetricTable {
    var table = registry.snapshot()
    gauges(&table)
    addStore(to: &table)
    if receiver.deduplication != nil {
      let election = receiver.replicaElection
      for elected in election.elected {
        table.set(.remoteWriteElectedReplica, 1, labels: [elected.cluster, elected.replica])
      }
      table.set(.remoteWriteSwitchOvers, Double(election.switchOvers))
    }
    ProcessFigures.add(to: &table)
    return table
  }

  private func addStore(to table: inout MetricTable) {
    let store = receiver.store.statistics
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
  }
}
