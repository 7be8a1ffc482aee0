@testable import Kubernetes

/// What a reader makes of a JSON text; `nil` when the text is not sound.
func reading<Value>(_ text: String, pools: DecodingPools? = nil, _ read: (inout JSONPull) -> Value) -> Value? {
  Array(text.utf8).withUnsafeBufferPointer { bytes in
    var json = JSONPull(bytes, pools: pools)
    let value = read(&json)
    return json.isSound && json.isAtEnd() ? value : nil
  }
}
