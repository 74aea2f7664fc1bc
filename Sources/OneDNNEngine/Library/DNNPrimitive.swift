#if OneDNN

internal import COneDNN

/// An operation of oneDNN, compiled for given layouts.
///
/// It may be run by several threads at once: what it writes to, and its scratchpad, are given to
/// it each time.
@safe final class DNNPrimitive: Sendable {
  // Sound to share: neither is changed after it was made, and oneDNN allows running a primitive
  // on several threads.
  private nonisolated(unsafe) let description: dnnl_primitive_desc_t
  private nonisolated(unsafe) let primitive: dnnl_primitive_t
  /// What runs it: `jit:avx2`.
  let implementation: String

  /// Compiles an operation.
  ///
  /// - Parameters:
  ///   - followers: What is done to each element of the result.
  ///   - create: Describes the operation, with the attributes it is given.
  init(
    _ what: @autoclosure () -> String, followers: [Follower] = [],
    _ create: (inout dnnl_primitive_desc_t?, dnnl_primitive_attr_t) -> dnnl_status_t
  ) throws(OneDNNError) {
    let attributes = try unsafe Self.attributes(followers)
    defer { unsafe _ = dnnl_primitive_attr_destroy(attributes) }
    let description: dnnl_primitive_desc_t = try unsafe Library.make(what()) { made in
      unsafe create(&made, attributes)
    }
    do throws(OneDNNError) {
      unsafe primitive = try unsafe Library.make(what()) { made in
        unsafe dnnl_primitive_create(&made, description)
      }
    } catch {
      unsafe _ = dnnl_primitive_desc_destroy(description)
      throw error
    }
    unsafe self.description = description
    implementation = unsafe String(cString: onednn_implementation(description))
  }

  deinit {
    unsafe _ = dnnl_primitive_destroy(primitive)
    unsafe _ = dnnl_primitive_desc_destroy(description)
  }

  /// Whether the library has no tuned code for the operation on these layouts.
  var isUntuned: Bool { implementation.contains("ref") }

  /// Whether the library makes code for the processor at hand.
  var isVectorized: Bool { implementation.contains("jit") }

  /// The layout chosen for an argument.
  func layout(_ argument: Argument) throws(OneDNNError) -> Layout {
    try unsafe Layout(chosenBy: description, for: argument.query, index: argument.index)
  }

  /// The memory that the primitive needs while it runs, in bytes.
  var scratchpadByteCount: Int {
    (try? unsafe Layout(chosenBy: description, for: dnnl_query_scratchpad_md))?.byteCount ?? 0
  }

  /// Runs the primitive.
  func run(_ arguments: Arguments) throws(OneDNNError) {
    let status = unsafe arguments.entries.withUnsafeBufferPointer { entries in
      unsafe dnnl_primitive_execute(
        primitive, Library.stream, Int32(entries.count), entries.baseAddress)
    }
    try Library.check("run \(implementation)", status)
  }

  private static func attributes(
    _ followers: [Follower]
  ) throws(OneDNNError) -> dnnl_primitive_attr_t {
    let attributes: dnnl_primitive_attr_t = try unsafe Library.make("make attributes") {
      unsafe dnnl_primitive_attr_create(&$0)
    }
    do throws(OneDNNError) {
      try Library.check(
        "set the scratchpad's mode",
        unsafe dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user))
      guard !followers.isEmpty else { return unsafe attributes }
      let operations: dnnl_post_ops_t = try unsafe Library.make("make post-operations") {
        unsafe dnnl_post_ops_create(&$0)
      }
      defer { unsafe _ = dnnl_post_ops_destroy(operations) }
      for follower in followers {
        let status =
          switch follower {
          case .sum: unsafe onednn_append_sum(operations)
          case .function(let function):
            unsafe onednn_append_function(
              operations, function.kind.kind, function.alpha, function.beta)
          }
        try Library.check("append a post-operation", status)
      }
      try Library.check(
        "set post-operations", unsafe dnnl_primitive_attr_set_post_ops(attributes, operations))
    } catch {
      unsafe _ = dnnl_primitive_attr_destroy(attributes)
      throw error
    }
    return unsafe attributes
  }
}

/// A tensor that a primitive reads or writes.
enum Argument: Hashable {
  case source, secondSource, weights, bias, destination, scratchpad
  case mean, variance, scale, shift
  case sourceState, sourceCell, recurrentWeights, newState, newCell
  case part(Int)

  var number: Int32 {
    switch self {
    case .source: DNNL_ARG_SRC_0
    case .secondSource: DNNL_ARG_SRC_1
    case .weights: DNNL_ARG_WEIGHTS_0
    case .bias: DNNL_ARG_BIAS
    case .destination: DNNL_ARG_DST_0
    case .scratchpad: DNNL_ARG_SCRATCHPAD
    case .mean: DNNL_ARG_MEAN
    case .variance: DNNL_ARG_VARIANCE
    case .scale: DNNL_ARG_SCALE
    case .shift: DNNL_ARG_SHIFT
    case .sourceState: DNNL_ARG_SRC_1
    case .sourceCell: DNNL_ARG_SRC_2
    case .recurrentWeights: DNNL_ARG_WEIGHTS_1
    case .newState: DNNL_ARG_DST_1
    case .newCell: DNNL_ARG_DST_2
    case .part(let index): DNNL_ARG_MULTIPLE_SRC + Int32(index)
    }
  }

  var query: dnnl_query_t {
    switch self {
    case .weights, .recurrentWeights: dnnl_query_weights_md
    case .destination: dnnl_query_dst_md
    case .scratchpad: dnnl_query_scratchpad_md
    default: dnnl_query_src_md
    }
  }

  var index: Int {
    switch self {
    case .part(let index): index
    case .secondSource, .recurrentWeights: 1
    default: 0
    }
  }
}

#endif
