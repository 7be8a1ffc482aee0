import Model
public import Ports
import Synchronization

/// Takes part in the election for as long as it runs, and knows at each instant whether this process leads.
///
/// `run` is called once. Everything else may be asked from any thread.
public final class LeaseElector: Leadership {
  /// Which lease, and who asks for it.
  public struct Candidacy: Sendable {
    public var namespace: String
    public var name: String
    /// Unique for each process: the pod's name and a random part. At most 253 bytes.
    public var identity: String
    public var timings: LeaseTimings

    public init(namespace: String, name: String, identity: String, timings: LeaseTimings = .standard) {
      self.namespace = namespace
      self.name = name
      self.identity = identity
      self.timings = timings
    }
  }

  private struct State {
    var election: LeaseElection
    var random: any RandomNumberGenerator & Sendable
    /// The lease's bytes as last seen, so that what others wrote into it is kept.
    var seen: [UInt8]?
    var problem: String?
  }

  private let api: any ResourceAPI
  private let candidacy: Candidacy
  private let clock: any ElectionClock
  private let state: Mutex<State>

  /// - Parameter random: draws the waits between tries; seeded in tests.
  public init(
    _ candidacy: Candidacy, through api: any ResourceAPI, clock: any ElectionClock = SystemElectionClock(),
    random: any RandomNumberGenerator & Sendable = SystemRandomNumberGenerator()
  ) {
    self.api = api
    self.candidacy = candidacy
    self.clock = clock
    let election = LeaseElection(identity: candidacy.identity, timings: candidacy.timings)
    state = Mutex(State(election: election, random: random))
  }

  // MARK: - Leadership

  /// Judged by the clock at this instant, so that a process that was stopped knows before its tasks have run.
  public var isLeading: Bool { state.withLock { $0.election.isLeading(at: clock.uptime()) } }
  public var term: Int { state.withLock { $0.election.term } }

  /// The lease's holder as last seen, this process included.
  public var leader: String? { state.withLock { $0.election.holder } }

  /// Why the last try failed, for people; `nil` after one that was answered.
  public var problem: String? { state.withLock { $0.problem } }

  // MARK: - Running

  /// Takes part until the task is cancelled, then gives the lease up: stop what acts before.
  public func run() async {
    while !Task.isCancelled {
      let pause = await round()
      do { try await clock.sleep(for: pause) } catch { break }
    }
    // Beyond the cancelled task, in which no request would leave.
    await Task { await self.release() }.value
  }

  /// One round.
  /// - Returns: how long to wait before the next.
  func round() async -> Duration {
    var request = state.withLock { $0.election.begin(at: clock.uptime(), wall: clock.wall()) }
    while true {
      let answer = await send(request)
      let next = state.withLock { state in
        state.election.take(answer, at: clock.uptime(), wall: clock.wall(), random: &state.random)
      }
      switch next {
      case .wait(let pause): return pause
      case .send(let following): request = following
      }
    }
  }

  /// Gives the lease up if it is held, so that another takes over at once. From the call on this process does not lead.
  func release() async {
    let request = state.withLock { $0.election.release(at: clock.uptime(), wall: clock.wall()) }
    if let request { _ = await send(request) }
  }

  // MARK: - Requests

  /// An answer that takes longer is none: a leader must be able to try again before its deadline.
  private var answerLimit: Duration { candidacy.timings.renewDeadline / 2 }

  private func send(_ request: LeaseElection.Request) async -> LeaseElection.Answer {
    await withTaskGroup(of: LeaseElection.Answer?.self) { group in
      group.addTask { await self.answer(to: request) }
      group.addTask {
        try? await self.clock.sleep(for: self.answerLimit)
        return nil
      }
      let first = await group.next() ?? nil
      group.cancelAll()
      guard let first else {
        note("The API server has not answered for \(answerLimit.text).")
        return .failed
      }
      return first
    }
  }

  private func answer(to request: LeaseElection.Request) async -> LeaseElection.Answer {
    let (namespace, name) = (candidacy.namespace, candidacy.name)
    do throws(KubernetesError) {
      switch request {
      case .read:
        let bytes = try await api.get(.leases, namespace: namespace, name: name)
        return .found(try keep(bytes))
      case .create(let record):
        let object = try LeaseObject.encode(record, namespace: namespace, name: name)
        return .written(try keep(try await api.create(.leases, namespace: namespace, object: object)))
      case .replace(let record, let version):
        let seen = state.withLock { $0.seen }
        let object = try LeaseObject.encode(record, namespace: namespace, name: name, over: version, in: seen)
        return .written(try keep(try await api.replace(.leases, namespace: namespace, name: name, object: object)))
      }
    } catch {
      switch error.code {
      case .notFound: return .notFound
      case .conflict, .alreadyExists: return .conflict
      default:
        // One that was given up says nothing any more.
        if !Task.isCancelled { note("The lease \(namespace)/\(name) could not be used: \(error.message)") }
        return .failed
      }
    }
  }

  private func keep(_ bytes: [UInt8]) throws(KubernetesError) -> ObservedLease {
    let lease = try LeaseObject.decode(bytes)
    state.withLock { state in
      state.seen = bytes
      state.problem = nil
    }
    return lease
  }

  private func note(_ problem: String) { state.withLock { $0.problem = problem } }
}
