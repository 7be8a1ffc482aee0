import Foundation
import Hummingbird

extension ServerContext {
  /// A part of the path by its name, with its percent-encoding undone.
  func path(_ name: String) -> String {
    let text = coreContext.parameters.get(name) ?? ""
    return text.removingPercentEncoding ?? text
  }
}
