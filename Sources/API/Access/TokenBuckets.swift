/// How often each of many may do something: a bucket for each, which fills steadily. Pure: time is an argument.
///
/// A bounded number of buckets is kept. When there are more, those that are full again go first, since a new one would be
/// as full; then the one that was used longest ago.
struct TokenBuckets<Key: Hashable & Sendable>: Sendable {
  private struct Bucket {
    var tokens: Double
    var at: Duration
  }

  /// Tokens a second.
  var rate: Double
  /// Tokens of a full bucket; 1 at least.
  var size: Double
  /// Buckets that are kept.
  let capacity: Int
  private var buckets: [Key: Bucket] = [:]

  init(rate: Double, size: Double, capacity: Int) {
    self.rate = rate
    self.size = max(1, size)
    self.capacity = capacity
  }

  /// Buckets that are kept now.
  var count: Int { buckets.count }

  /// Takes a token.
  /// - Returns: `nil` when there was one; otherwise after how long there is one.
  mutating func take(_ key: Key, now: Duration) -> Duration? {
    if let wait = wait(key, now: now) { return wait }
    if buckets[key] == nil, buckets.count >= capacity { makeRoom(now: now) }
    buckets[key] = Bucket(tokens: tokens(of: key, now: now) - 1, at: now)
    return nil
  }

  /// Puts back a token that should not have been taken.
  mutating func giveBack(_ key: Key) {
    guard let bucket = buckets[key] else { return }
    buckets[key]?.tokens = min(size, bucket.tokens + 1)
  }

  /// After how long there is a token; `nil` when there is one now.
  func wait(_ key: Key, now: Duration) -> Duration? {
    let tokens = tokens(of: key, now: now)
    return tokens >= 1 ? nil : .seconds((1 - tokens) / rate)
  }

  private func tokens(of key: Key, now: Duration) -> Double {
    guard let bucket = buckets[key] else { return size }
    return min(size, bucket.tokens + rate * max(0, (now - bucket.at) / .seconds(1)))
  }

  private mutating func makeRoom(now: Duration) {
    let full = buckets.keys.filter { tokens(of: $0, now: now) >= size }
    for key in full { buckets[key] = nil }
    if buckets.count >= capacity, let oldest = buckets.min(by: { $0.value.at < $1.value.at }) {
      buckets[oldest.key] = nil
    }
  }
}
