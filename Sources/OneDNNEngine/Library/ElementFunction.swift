#if OneDNN

internal import COneDNN

/// What a primitive does to each element of its result before it stores it.
enum Follower: Hashable {
  /// Adds what the destination held before.
  case sum
  /// Applies a function.
  case function(ElementFunction)
}

/// A function of one element that oneDNN knows.
struct ElementFunction: Hashable {
  /// The formula, with the parameters alpha and beta.
  enum Kind {
    /// `x > 0 → x; else alpha·x`.
    case relu
    /// `min(max(x, alpha), beta)`.
    case clip
    /// `alpha·x + beta`.
    case linear
    /// `x > 0 → x; else alpha·(eˣ - 1)`.
    case elu
    case logistic, tanh, exponential
    /// `x·logistic(alpha·x)`.
    case swish
    case geluErf, geluTanh
    case hardSwish

    var kind: dnnl_alg_kind_t {
      switch self {
      case .relu: dnnl_eltwise_relu
      case .clip: dnnl_eltwise_clip
      case .linear: dnnl_eltwise_linear
      case .elu: dnnl_eltwise_elu
      case .logistic: dnnl_eltwise_logistic
      case .tanh: dnnl_eltwise_tanh
      case .exponential: dnnl_eltwise_exp
      case .swish: dnnl_eltwise_swish
      case .geluErf: dnnl_eltwise_gelu_erf
      case .geluTanh: dnnl_eltwise_gelu_tanh
      case .hardSwish: dnnl_eltwise_hardswish
      }
    }
  }

  let kind: Kind
  var alpha: Float = 0
  var beta: Float = 0

  /// Whether it is `max(x, 0)`.
  var isReLU: Bool { kind == .relu && alpha == 0 }
}

#endif
