import TestSupport

/// What the tests of both programs share.
enum Programs {
  static var resconv: Program { get throws { try Program("resconv") } }
  static var resverify: Program { get throws { try Program("resverify") } }

  /// A small model that real Keras wrote, with batch normalization, a shortcut and its goldens.
  static let model = Repository.fixture("block_projection/keras2.h5")
  static let golden = Repository.fixture("block_projection/keras2.golden.h5")
}
