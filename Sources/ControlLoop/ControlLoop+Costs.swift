import Exposition
import Model

extension ControlLoop {
  /// What the workers that are billed cost an hour, and what they would cost without their pools' savings.
  func addCosts(_ workers: [WorkerRecord], _ table: inout MetricTable) {
    let currency = policy.money.currency
    var costs: [[String]: (cost: Money, list: Money)] = [:]
    // A pool without workers has a zero.
    for pool in policy.pools {
      costs[[pool.name.rawValue, pool.defaultTemplate.rawValue, currency]] = (.zero, .zero)
    }
    for worker in workers where worker.billedFrom != nil && worker.billedUntil == nil {
      let price = worker.presentPrice.perHour
      // A clone in reserve is not billed by its template's price.
      let list = worker.isReserve ? price : policy.template(worker.template)?.price.perHour ?? price
      let labels = [worker.pool.rawValue, worker.template.rawValue, currency]
      let before = costs[labels] ?? (.zero, .zero)
      costs[labels] = (before.cost + price, before.list + max(price, list))
    }
    for (labels, hour) in costs {
      table.set(.costPerHour, hour.cost.units, labels: labels)
      table.set(.listPricePerHour, hour.list.units, labels: labels)
    }
  }
}
