import OrderedCollections
import ModelGraph
import Testing

@testable import KerasFormat

/// What each version of Keras does with masks, and where it matters.
@Suite struct MaskRuleTests {
  @Test(arguments: [
    ("2.5.0", "all", "add", false), ("2.15.0", "all", "add", false), ("3.0.0", "all", "add", true),
    ("3.3.3", "all", "add", true), ("3.4.0", nil, "add", true), ("3.12.1", nil, "add", true),
    ("3.13.0", nil, "replace", true), ("3.14.0", nil, nil, true), ("3.15.1", nil, nil, true),
  ])
  func `attributes say what the version does otherwise than today's`(
    version: String, rule: String?, masking: String?, passes: Bool
  ) {
    func attributes(_ kind: String) -> Attributes {
      MaskRules.attributes(of: kind, KerasVersion(version))
    }
    for kind in ["Add", "Average", "Concatenate", "Maximum", "Minimum", "Multiply", "Subtract"] {
      #expect(attributes(kind)["mask_rule"] == rule.map { .string($0) })
    }
    #expect(attributes("Softmax")["masking"] == masking.map { .string($0) })
    for kind in ["Identity", "Normalization", "Rescaling"] {
      #expect(attributes(kind)["passes_mask"] == (passes ? nil : .bool(false)))
    }
    #expect(attributes("Dense").values.isEmpty)
  }
}
