#if OneDNN

internal import COneDNN

/// The one oneDNN of the process: its engine and the stream that primitives run on.
///
/// Nothing outside of this folder calls oneDNN.
@safe enum Library {
  // Sound to share: both are made once, never changed, and may be used by several threads.
  nonisolated(unsafe) static let engine: dnnl_engine_t? = {
    var engine: dnnl_engine_t?
    let status = unsafe dnnl_engine_create(&engine, dnnl_cpu, 0)
    return unsafe status == dnnl_success ? engine : nil
  }()

  nonisolated(unsafe) static let stream: dnnl_stream_t? = {
    var stream: dnnl_stream_t?
    let status = unsafe dnnl_stream_create(
      &stream, engine, UInt32(dnnl_stream_default_flags.rawValue))
    return unsafe status == dnnl_success ? stream : nil
  }()

  /// The version of the library that runs: `2.6.3`.
  static var version: String {
    // Sound: the library's version is a constant of it.
    guard let version = unsafe dnnl_version() else { return "" }
    return unsafe "\(version.pointee.major).\(version.pointee.minor).\(version.pointee.patch)"
  }

  /// Turns a status of oneDNN into an error.
  static func check(_ what: @autoclosure () -> String, _ status: dnnl_status_t) throws(OneDNNError)
  {
    guard status != dnnl_success else { return }
    throw .failed(what(), status: Int(status.rawValue))
  }

  /// Makes something of oneDNN's by a function that returns it through a pointer.
  static func make<Made>(
    _ what: @autoclosure () -> String, _ create: (inout Made?) -> dnnl_status_t
  ) throws(OneDNNError) -> Made {
    var made: Made?
    let status = create(&made)
    try check(what(), status)
    guard let made else { throw .failed(what(), status: Int(status.rawValue)) }
    return made
  }
}

#endif
