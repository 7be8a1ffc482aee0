#if POOLKEEPER_FUZZING
  import Glibc

  /// The target that the environment names; one program serves all of them.
  private let chosen: FuzzTarget = {
    let name = getenv("POOLKEEPER_FUZZ_TARGET").map { String(cString: $0) } ?? ""
    guard let target = FuzzTarget(rawValue: name) else {
      fatalError("POOLKEEPER_FUZZ_TARGET must be one of \(FuzzTarget.allCases.map(\.rawValue).joined(separator: ", "))")
    }
    return target
  }()

  /// What libFuzzer calls with each input.
  @_cdecl("LLVMFuzzerTestOneInput")
  public func fuzzOneInput(_ data: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    do {
      try chosen.run(UnsafeRawBufferPointer(start: data, count: count))
    } catch {
      fatalError("\(chosen.rawValue): \(error)")
    }
    return 0
  }
#endif
