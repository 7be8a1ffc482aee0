import Model

/// All promises that a run is judged by.
public enum Checkers {
  /// In the order in which they are told.
  public static let all: [any Checker.Type] = [
    BudgetOvershootChecker.self, DisruptionBudgetChecker.self, MinimumChecker.self, CreatedTwiceChecker.self,
    ForeignMachinesChecker.self, OrphansChecker.self, ExpiryChecker.self, MissingDataChecker.self,
    CapacityChecker.self, IdlenessChecker.self, RepairOrderChecker.self, SicknessChecker.self,
    JournalAgreementChecker.self, LedgerChecker.self, ObservationChecker.self,
  ]
}

/// What is new or other in a list of records.
enum RecordChanges {
  /// Both sorted by id, of which none ever goes.
  static func between(_ old: [WorkerRecord], _ new: [WorkerRecord]) -> [WorkerRecord] {
    var changed: [WorkerRecord] = []
    var index = 0
    for record in new {
      while index < old.count, old[index].id < record.id { index += 1 }
      // Records that are done with are the most, and stay as they are.
      if index < old.count, old[index].id == record.id, isSame(old[index], record) { continue }
      changed.append(record)
    }
    return changed
  }

  private static func isSame(_ old: WorkerRecord, _ new: WorkerRecord) -> Bool {
    old.state == .terminated && new.state == .terminated && old.billedUntil == new.billedUntil
      && old.createdAt == new.createdAt || old == new
  }
}
